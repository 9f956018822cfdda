"""The policies of a role, from moto's state: inline, managed, boundary, and whom it trusts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, Role, iam_backends

from autopilot_lab.emulator.access.conditions import PolicyProblem
from autopilot_lab.emulator.access.documents import Statement, parse_document
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.services.rights import CONDITION_KEYS as OWN_KEYS

_AWS_OWNED = "arn:aws:iam::aws:policy/"

#: Condition keys that the lab supplies. A policy that asks for another is refused by name, for
#: an absent key would decide, one way or the other, what nobody meant.
SUPPLIED_KEYS = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:securetransport",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceowner",
        *OWN_KEYS,
        "cloudwatch:namespace",
        "dynamodb:leadingkeys",
        "kms:calleraccount",
        "kms:encryptioncontext:service",
        "kms:resourcealiases",
        "kms:viaservice",
        "s3:if-match",
        "s3:if-none-match",
        "s3:x-amz-acl",
        "s3:objectcreationoperation",
        "s3:prefix",
    }
)


def load(name: str, document: Any) -> tuple[Statement, ...]:
    """The statements of a policy that is in force. Raises `PolicyProblem`."""
    statements = parse_document(name, document)
    for statement in statements:
        for condition in statement.conditions:
            if condition.key not in SUPPLIED_KEYS:
                message = f"policy {name}: the lab does not supply the condition key"
                raise PolicyProblem(f"{message} {condition.key}")
    return statements


def as_text(name: str, document: Mapping[str, Any]) -> str:
    """A policy document as JSON. Raises `AwsError` MalformedPolicyDocument."""
    try:
        load(name, document)
    except PolicyProblem as problem:
        raise AwsError("MalformedPolicyDocument", str(problem)) from problem
    return json.dumps(document)


def find_role(arn: str) -> Role | None:
    """The role of that ARN, if it exists."""
    roles: Iterable[Role] = iam_backends[ACCOUNT]["aws"].roles.values()
    return next((role for role in roles if role.arn == arn), None)


def identity_policies(role: Role) -> tuple[Statement, ...]:
    """All statements of a role's inline and managed policies."""
    return tuple(_statements(role))


def _statements(role: Role) -> Iterator[Statement]:
    for name, document in role.policies.items():
        yield from load(f"{role.name}/{name}", document)
    for arn, managed in role.managed_policies.items():
        yield from load(arn, _document(managed))


def _document(managed: Any) -> str:
    """The text of the default version of a managed policy."""
    versions = {one.version_id: one.document for one in managed.versions}
    return str(versions[managed.default_version_id])


def boundary_of(role: Role) -> tuple[Statement, ...] | None:
    """The statements of a role's permissions boundary; None when it has none."""
    arn = role.permissions_boundary_arn
    return load(arn, _document(_managed(arn))) if arn else None


def trust_of(role: Role) -> tuple[Statement, ...]:
    """Who may assume a role."""
    return load(f"{role.name}/trust", role.assume_role_policy_document)


def attach(role: Role, arns: Iterable[str]) -> None:
    """Attach managed policies, AWS's own among them. Raises `AwsError` for an unknown one."""
    for arn in arns:
        _managed(arn).attach_to(role)


def _managed(arn: str) -> Any:
    known = iam_backends[ACCOUNT]["aws"].managed_policies
    if arn not in known and arn.startswith(_AWS_OWNED):
        name = arn.rsplit("/", 1)[-1]
        data = _aws_policies().get(name)
        if data is not None:
            known[arn] = AWSManagedPolicy.from_data(name, ACCOUNT, "us-east-1", data)
    if arn not in known:
        message = f"Policy {arn} does not exist or is not attachable."
        raise AwsError("NoSuchEntity", message, 404)
    return known[arn]


@cache
def _aws_policies() -> dict[str, Any]:
    """AWS's managed policies, which moto ships as one text of five megabytes."""
    return dict(json.loads(aws_managed_policies_data))
