"""AWS::CloudTrail::Trail, with what CloudTrail asks of its bucket and key.

The bucket's policy must let CloudTrail ask for the bucket's ACL and write below AWSLogs/, the
key's policy must let it make data keys
(https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html,
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html).
"""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Self

from moto.cloudtrail.models import cloudtrail_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.resources.resource import LabResource

SERVICE: Final = "cloudtrail.amazonaws.com"
_OF_THE_BUCKET: Final = ("s3:GetBucketAcl", "s3:PutObject")
_OF_THE_KEY: Final = "kms:GenerateDataKey*"


class Trail(LabResource):
    """AWS::CloudTrail::Trail. It records nothing in the lab; what it is set to can be read."""

    TYPE = "AWS::CloudTrail::Trail"
    NAME_PROPERTY = "TrailName"
    ATTRIBUTES = frozenset({"Arn", "SnsTopicArn"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        check_bucket(str(properties["S3BucketName"]))
        key = str(properties.get("KMSKeyId", ""))
        backend = cloudtrail_backends[ACCOUNT][region]
        made = backend.create_trail(
            name,
            properties["S3BucketName"],
            properties.get("S3KeyPrefix", ""),
            properties.get("SnsTopicName", ""),
            is_global=bool(properties.get("IncludeGlobalServiceEvents", True)),
            is_multi_region=bool(properties.get("IsMultiRegionTrail", False)),
            log_validation=bool(properties.get("EnableLogFileValidation", False)),
            is_org_trail=False,
            cw_log_group_arn="",
            cw_role_arn="",
            kms_key_id=_checked_key(key, region) if key else "",
            tags_list=properties.get("Tags", []),
        )
        if properties["IsLogging"]:
            backend.start_logging(name)
        return cls(name, {"Arn": str(made.arn), "SnsTopicArn": ""})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        cloudtrail_backends[ACCOUNT][region].delete_trail(physical_id)


def check_bucket(name: str) -> None:
    """Refuse a bucket into which CloudTrail may not write."""
    bucket = s3_backends[ACCOUNT]["aws"].get_bucket(name)
    policy = json.loads(bucket.policy or b"{}")
    missing = [action for action in _OF_THE_BUCKET if not _lets_in(policy, action)]
    if missing:
        message = f"Incorrect S3 bucket policy is detected for bucket: {name} ({missing[0]})"
        raise AwsError("InsufficientS3BucketPolicyException", message)


def _checked_key(name: str, region: str) -> str:
    """The ARN of a key that CloudTrail may use."""
    key = kms_backends[ACCOUNT][region].keys[name.rsplit("/", 1)[-1]]
    if not _lets_in(json.loads(key.policy), _OF_THE_KEY):
        message = f"{key.arn}: CloudTrail does not have sufficient access to the key"
        raise AwsError("InsufficientEncryptionPolicyException", message)
    return str(key.arn)


def _lets_in(policy: Mapping[str, Any], action: str) -> bool:
    return any(
        one["Effect"] == "Allow"
        and SERVICE in _listed(one["Principal"].get("Service", []))
        and action in _listed(one["Action"])
        for one in policy.get("Statement", ())
    )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
