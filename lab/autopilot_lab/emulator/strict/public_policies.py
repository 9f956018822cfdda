"""S3: what makes a bucket policy public, and that Block Public Access refuses it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.strict.layer import Answer, StrictLayer
from autopilot_lab.emulator.strict.object_lock import FORBIDDEN, bucket_of

#: Keys that make a statement not public when a condition fixes their value.
FIXING: Final = frozenset(
    {
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)

#: Operators that hold for the values they name, and for no others.
_HOLDING = frozenset(
    {"stringequals", "stringlike", "arnequals", "arnlike", "ipaddress", "stringequalsignorecase"}
)

#: Address ranges broader than these count as everybody.
_PREFIX_BITS_MIN = {4: 8, 6: 32}


def register(layer: StrictLayer) -> None:
    """Put the rules and amendments in force."""
    layer.refuse("s3", ("PutBucketPolicy",), refuse_public_policy)
    layer.amend("s3", ("GetBucketPolicyStatus",), _judge_status)


def refuse_public_policy(asked: Asked) -> None:
    """With BlockPublicPolicy, PutBucketPolicy of a public policy is denied."""
    bucket = bucket_of(asked)
    if bucket is not None:
        check_policy(bucket.public_access_block, asked.request.body)


def check_policy(block: Any, policy: bytes | str) -> None:
    """Raise `AwsError` for a public policy where `block`, moto's settings, refuses such."""
    refuses = block is not None and str(block.block_public_policy).lower() == "true"
    if refuses and is_public(policy):
        raise AwsError(
            "AccessDenied",
            "s3:PutBucketPolicy: public policies are prevented by the BlockPublicPolicy setting "
            "in S3 Block Public Access.",
            FORBIDDEN,
        )


def is_public(policy: bytes | str) -> bool:
    """Whether a statement allows something to everybody, from anywhere."""
    try:
        document = json.loads(policy)
    except ValueError:
        return False  # moto says what is wrong with it
    return any(
        statement.get("Effect") == "Allow" and _open(statement)
        for statement in _list(document.get("Statement"))
    )


def _judge_status(asked: Asked, answer: Answer) -> wire.Response:
    response, bucket = answer(), bucket_of(asked)
    if bucket is None or not bucket.policy or wire.error_code(response):
        return response
    status = {"PolicyStatus": {"IsPublic": is_public(bucket.policy)}}
    return wire.encode("s3", "GetBucketPolicyStatus", asked.request, status)


def _open(statement: Mapping[str, Any]) -> bool:
    return _names_everybody(statement.get("Principal")) and not any(
        _fixes(operator, key, _list(values))
        for operator, keys in (statement.get("Condition") or {}).items()
        for key, values in keys.items()
    )


def _names_everybody(principal: Any) -> bool:
    if isinstance(principal, Mapping):
        return any("*" in _list(names) for names in principal.values())
    return bool(principal == "*")


def _fixes(operator: str, key: str, values: Iterable[Any]) -> bool:
    """Whether a condition holds for fixed values only: no wildcards, no policy variables."""
    if operator.lower() not in _HOLDING or key.lower() not in FIXING:
        return False
    return all(_is_fixed(key.lower(), str(value)) for value in values)


def _is_fixed(key: str, value: str) -> bool:
    if key == "aws:sourceip":
        network = ipaddress.ip_network(value, strict=False)
        return network.prefixlen >= _PREFIX_BITS_MIN[network.version]
    return "*" not in value and "?" not in value and "${" not in value


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
