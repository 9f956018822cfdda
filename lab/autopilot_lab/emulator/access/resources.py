"""AWS::IAM::Role and AWS::Logs::LogGroup, which moto's CloudFormation makes otherwise than AWS.

moto 5.2.5 leaves a role's ManagedPolicyArns out, and its log group's Arn lacks the ":*" that
CloudFormation's has
(https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html).
"""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

from typing import Any, Self

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends

from autopilot_lab.emulator.access.roles import as_text, attach
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.resources.resource import LabResource


class Role(LabResource):
    """AWS::IAM::Role, with its managed policies."""

    TYPE = "AWS::IAM::Role"
    NAME_PROPERTY = "RoleName"
    ATTRIBUTES = frozenset({"Arn", "RoleId"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        made = iam_backends[ACCOUNT]["aws"].create_role(
            role_name=name,
            assume_role_policy_document=as_text(
                f"{name}/trust", properties["AssumeRolePolicyDocument"]
            ),
            path=properties.get("Path", "/"),
            permissions_boundary=properties.get("PermissionsBoundary", ""),
            description=properties.get("Description", ""),
            tags=properties.get("Tags", []),
            max_session_duration=str(properties.get("MaxSessionDuration", 3600)),
        )
        for policy in properties.get("Policies", ()):
            document = as_text(f"{name}/{policy['PolicyName']}", policy["PolicyDocument"])
            made.put_policy(policy["PolicyName"], document)
        attach(made, properties.get("ManagedPolicyArns", ()))
        return cls(name, {"Arn": made.arn, "RoleId": made.id})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        backend = iam_backends[ACCOUNT]["aws"]
        try:
            role = backend.get_role(physical_id)
        except NotFoundException:
            return
        role.policies.clear()
        role.managed_policies.clear()
        backend.delete_role(physical_id)


class LogGroup(LabResource):
    """AWS::Logs::LogGroup."""

    TYPE = "AWS::Logs::LogGroup"
    NAME_PROPERTY = "LogGroupName"
    ATTRIBUTES = frozenset({"Arn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        backend = logs_backends[ACCOUNT][region]
        tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", ())}
        backend.create_log_group(name, tags, **{k: v for k, v in properties.items() if k != "Tags"})
        return cls(name, {"Arn": f"{backend.groups[name].arn}:*"})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        groups = logs_backends[ACCOUNT][region].groups
        groups.pop(physical_id, None)
