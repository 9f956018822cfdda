"""AWS::S3::Bucket, with the properties that moto's own passes over."""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

from typing import Any, Self

from moto.s3.models import FakeBucket, PublicAccessBlock, s3_backends

from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.resources.resource import LabResource
from autopilot_lab.emulator.strict.object_lock import configure

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_ATTRIBUTES = ("Arn", "DomainName", "DualStackDomainName", "RegionalDomainName", "WebsiteURL")


class Bucket(LabResource):
    """AWS::S3::Bucket."""

    TYPE = "AWS::S3::Bucket"
    NAME_PROPERTY = "BucketName"
    ATTRIBUTES = frozenset(_ATTRIBUTES)

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        template = {"Properties": properties}
        make: Any = FakeBucket.create_from_cloudformation_json
        return cls._configured(make(name, template, ACCOUNT, region), properties)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        """Change the settings of the bucket; its objects stay. Another name is another bucket."""
        properties, old = cloudformation_json["Properties"], original_resource.physical_resource_id
        if properties.get("BucketName", old) != old:
            return cls.create(properties["BucketName"], properties, region_name)
        bucket = s3_backends[ACCOUNT]["aws"].get_bucket(old)
        update: Any = FakeBucket.update_from_cloudformation_json
        named = {"Properties": {**properties, "BucketName": old}}
        update(bucket, new_resource_name, named, account_id, region_name)
        return cls._configured(bucket, properties)

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        s3_backends[ACCOUNT]["aws"].delete_bucket(physical_id)

    @classmethod
    def _configured(cls, bucket: FakeBucket, properties: dict[str, Any]) -> Self:
        status = properties.get("VersioningConfiguration", {}).get("Status")
        if status:
            bucket.versioning_status = status
        if properties.get("ObjectLockEnabled"):
            bucket.object_lock_enabled, bucket.versioning_status = True, "Enabled"
            configure(bucket, properties.get("ObjectLockConfiguration", {}))
        block = properties.get("PublicAccessBlockConfiguration")
        if block is not None:
            bucket.public_access_block = PublicAccessBlock(
                *(block.get(name, False) for name in _BLOCKS)
            )
        rules = properties.get("LifecycleConfiguration", {}).get("Rules")
        if rules:
            bucket.set_lifecycle([lifecycle_rule(one) for one in rules])
        attributes = {name: str(bucket.get_cfn_attribute(name)) for name in _ATTRIBUTES}
        return cls(str(bucket.name), attributes)


def lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule of a template as PutBucketLifecycleConfiguration has it, which names some otherwise.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-s3-bucket-rule.html
    """
    made: dict[str, Any] = {
        "ID": rule.get("Id", ""),
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
    }
    if "ExpirationInDays" in rule:
        made["Expiration"] = {"Days": str(rule["ExpirationInDays"])}
    earlier = rule.get("NoncurrentVersionExpiration")
    if earlier:
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": str(earlier["NoncurrentDays"])}
    abandoned = rule.get("AbortIncompleteMultipartUpload")
    if abandoned:
        days = {"DaysAfterInitiation": str(abandoned["DaysAfterInitiation"])}
        made["AbortIncompleteMultipartUpload"] = days
    made["Transition"] = [
        {"Days": str(one["TransitionInDays"]), "StorageClass": one["StorageClass"]}
        for one in rule.get("Transitions", ())
    ]
    return made
