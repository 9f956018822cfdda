"""What a translated template allows: its policy statements, and rules over them.

A rule is a function from a template to complaints; each complaint names the place.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.template.sources import listed, of_type, references

#: Actions for which AWS has no resource type, so that "*" is the only resource there is
#: (service authorization reference, one page a service; kms:* is a key's policy over itself).
WILDCARD_FORCED: Final = frozenset(
    {
        "backup:ListBackupVaults",
        "bedrock:GetFoundationModelAvailability",
        "bedrock:GetModelInvocationLoggingConfiguration",
        "cloudtrail:DescribeTrails",
        # DescribeAlarms has one, but answers with composite alarms only under "*".
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:PutMetricData",
        "dynamodb:ListBackups",
        "dynamodb:ListTables",
        "iam:GetAccountAuthorizationDetails",
        "iam:GetAccountSummary",
        "iam:ListUsers",
        "kms:ListKeys",
        "lambda:ListFunctions",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:GetLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:UpdateLogDelivery",
        "route53:GetCheckerIpRanges",
        "s3:GetAccountPublicAccessBlock",
        "s3:ListAllMyBuckets",
        "scheduler:ListSchedules",
        "servicequotas:GetServiceQuota",
        "sns:ListTopics",
        "sqs:ListQueues",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }
)
_SOURCE_KEYS: Final = {"aws:sourcearn", "aws:sourceaccount"}
_DOCUMENTS: Final = {
    "AWS::IAM::ManagedPolicy": "PolicyDocument",
    "AWS::IAM::Policy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
}


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, and the resource whose it is."""

    owner: str
    kind: str
    body: Mapping[str, Any]

    @property
    def actions(self) -> list[str]:
        """What it is about."""
        return listed(self.body["Action"])

    @property
    def allows(self) -> bool:
        """Whether it gives a right, rather than taking one away."""
        return bool(self.body["Effect"] == "Allow")

    @property
    def services(self) -> list[str]:
        """The service principals that it names."""
        principal = self.body.get("Principal", {})
        return listed(principal.get("Service", [])) if isinstance(principal, Mapping) else []

    @property
    def condition_keys(self) -> set[str]:
        """The keys of its conditions, in lower case, as IAM compares them."""
        conditions = self.body.get("Condition", {})
        return {key.lower() for pairs in conditions.values() for key in pairs}


def statements(template: Mapping[str, Any]) -> Iterator[Statement]:
    """Every statement of every policy: trust, inline, managed and resource policies."""
    for name, resource in template["Resources"].items():
        kind, properties = resource["Type"], resource.get("Properties", {})
        documents = [properties[_DOCUMENTS[kind]]] if kind in _DOCUMENTS else []
        if kind == "AWS::IAM::Role":
            documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
            documents.append(properties["AssumeRolePolicyDocument"])
        for document in documents:
            for body in listed(document["Statement"]):
                yield Statement(name, kind, body)


def wildcards(template: Mapping[str, Any]) -> list[str]:
    """Allowed statements with a star that AWS does not force."""
    return [
        f"{one.owner}: {', '.join(one.actions)} on {one.body.get('Resource')}"
        for one in statements(template)
        if one.allows and not _is_key_policy(one) and (_any_action(one) or _any_resource(one))
    ]


def _is_key_policy(one: Statement) -> bool:
    """In a key policy "*" is that key (KMS developer guide, "Key policies")."""
    return one.kind == "AWS::KMS::Key"


def _any_action(one: Statement) -> bool:
    return any("*" in action for action in one.actions)


def _any_resource(one: Statement) -> bool:
    stars = "*" in listed(one.body.get("Resource", []))
    return stars and not WILDCARD_FORCED.issuperset(one.actions)


def borrowed_deputies(template: Mapping[str, Any]) -> list[str]:
    """Statements and permissions through which another account's resource could act as ours."""
    lax = [
        f"{one.owner}: {', '.join(one.services)} without aws:SourceArn or aws:SourceAccount"
        for one in statements(template)
        if one.allows
        and set(one.services) - {"lambda.amazonaws.com"}
        and not one.condition_keys & _SOURCE_KEYS
    ]
    permissions = of_type(template, "AWS::Lambda::Permission")
    return lax + [
        f"{name}: {permission['Properties']['Principal']} without SourceArn and SourceAccount"
        for name, permission in permissions.items()
        if not {"SourceArn", "SourceAccount"} <= permission["Properties"].keys()
    ]


def managed(template: Mapping[str, Any], role: str) -> set[str]:
    """The logical ids of the policies of a role that stand by themselves, managed and inline."""
    inline = {
        name
        for name, each in of_type(template, "AWS::IAM::Policy").items()
        if role in set(references(each["Properties"]["Roles"]))
    }
    properties = template["Resources"][role]["Properties"]
    return inline | set(references(properties.get("ManagedPolicyArns", [])))


def actions_of(template: Mapping[str, Any], role: str) -> set[str]:
    """Everything that a role may do, own policies and managed ones together."""
    owners = {role} | managed(template, role)
    return {
        action
        for one in statements(template)
        if one.owner in owners and one.allows and "Principal" not in one.body
        for action in one.actions
    }


def may(template: Mapping[str, Any], role: str, action: str, target: str) -> bool:
    """Whether a role may do something to a resource of the template, named by logical id."""
    owners = {role} | managed(template, role)
    return any(
        one.owner in owners
        and one.allows
        and any(fnmatch.fnmatchcase(action, pattern) for pattern in one.actions)
        and target in set(references(one.body.get("Resource")))
        for one in statements(template)
    )
