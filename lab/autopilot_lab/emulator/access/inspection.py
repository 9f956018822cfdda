"""The rights that reads of an account's settings need: what the compliance check looks at.

Actions and resource types are those of the service authorization reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from autopilot_lab.emulator.access.needs import Asked, Need
from autopilot_lab.emulator.access.objects import place
from autopilot_lab.emulator.moto_backend import ACCOUNT

Rule = Callable[[Asked], list[Need]]

#: Operations of S3 whose action has another name.
_S3: Final[Mapping[str, str]] = {
    "GetBucketTagging": "GetBucketTagging",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
}


def _on(action: str, resource: Callable[[Asked], str]) -> Rule:
    return lambda asked: [Need(action, resource(asked))]


def _all(prefix: str, operations: Iterable[str]) -> dict[str, Rule]:
    """Operations without a resource type."""
    return {name: _on(f"{prefix}:{name}", lambda _: "*") for name in operations}


def _bucket(asked: Asked) -> str:
    return f"arn:aws:s3:::{place(asked)[0]}"


def _user(asked: Asked) -> str:
    return f"arn:aws:iam::{ACCOUNT}:user/{asked.text('UserName')}"


def _key(asked: Asked) -> str:
    name = asked.text("KeyId")
    return name if name.startswith("arn:") else asked.arn("kms", f"key/{name}")


def _function(asked: Asked) -> str:
    name = asked.request.url.split("/functions/")[-1].split("/")[0]
    return name if name.startswith("arn:") else asked.arn("lambda", f"function:{name}")


#: boto3 name of the service → operation → the rights it needs.
INSPECTION: Final[Mapping[str, Mapping[str, Rule]]] = {
    "backup": _all("backup", ("ListBackupVaults",)),
    "cloudtrail": {
        **_all("cloudtrail", ("DescribeTrails",)),
        "GetTrailStatus": _on("cloudtrail:GetTrailStatus", lambda asked: asked.text("Name")),
    },
    "dynamodb": {
        **_all("dynamodb", ("ListBackups",)),
        "ListTagsOfResource": _on(
            "dynamodb:ListTagsOfResource", lambda asked: asked.text("ResourceArn")
        ),
    },
    "iam": {
        **_all("iam", ("GetAccountAuthorizationDetails", "GetAccountSummary", "ListUsers")),
        **{
            name: _on(f"iam:{name}", _user)
            for name in ("GetLoginProfile", "ListMFADevices", "ListAccessKeys")
        },
    },
    "kms": {"GetKeyRotationStatus": _on("kms:GetKeyRotationStatus", _key)},
    "lambda": {
        "GetFunctionEventInvokeConfig": _on("lambda:GetFunctionEventInvokeConfig", _function)
    },
    "route53": _all("route53", ("GetCheckerIpRanges",)),
    "s3": {name: _on(f"s3:{action}", _bucket) for name, action in _S3.items()},
    "s3control": {
        "GetPublicAccessBlock": _on("s3:GetAccountPublicAccessBlock", lambda _: "*"),
    },
    "scheduler": _all("scheduler", ("ListSchedules",)),
    "securityhub": {
        "BatchImportFindings": _on(
            "securityhub:BatchImportFindings",
            lambda asked: (
                f"arn:aws:securityhub:{asked.call.region}:{ACCOUNT}:product/{ACCOUNT}/default"
            ),
        )
    },
}
