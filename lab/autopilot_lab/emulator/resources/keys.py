"""KMS keys of every kind, and replicas of multi-Region keys in other regions."""

from __future__ import annotations

import json
from typing import Any, Self

from moto.kms.models import kms_backends

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.resources.resource import LabResource
from autopilot_lab.emulator.strict.key_material import EDWARDS, create_edwards_key, separate


class Key(LabResource):
    """AWS::KMS::Key, with the specs and usages that moto's own leaves out."""

    TYPE = "AWS::KMS::Key"
    ATTRIBUTES = frozenset({"Arn", "KeyId"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        """Create the key. `Ref` gives its id."""
        policy = json.dumps(properties["KeyPolicy"])
        if properties.get("KeySpec") == EDWARDS:
            made: Any = create_edwards_key(region, {**properties, "Policy": policy})
        else:
            made = kms_backends[ACCOUNT][region].create_key(
                policy=policy,
                key_usage=properties.get("KeyUsage", "ENCRYPT_DECRYPT"),
                key_spec=properties.get("KeySpec", "SYMMETRIC_DEFAULT"),
                description=properties.get("Description", name),
                tags=properties.get("Tags", []),
                multi_region=bool(properties.get("MultiRegion", False)),
            )
        made.key_rotation_status = bool(properties.get("EnableKeyRotation", False))
        made.enabled = bool(properties.get("Enabled", True))
        return cls(made.id, {"Arn": made.arn, "KeyId": made.id})

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,  # noqa: ARG003 - the signature is moto's
        cloudformation_json: dict[str, Any],
        account_id: str,  # noqa: ARG003
        region_name: str,
    ) -> Self:
        """Change the policy; the key and its material stay."""
        key = kms_backends[ACCOUNT][region_name].keys[original_resource.physical_resource_id]
        key.policy = json.dumps(cloudformation_json["Properties"]["KeyPolicy"])
        return cls(key.id, {"Arn": key.arn, "KeyId": key.id})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:  # noqa: ARG003
        """Schedule the key for deletion: nothing of KMS goes at once."""
        kms_backends[ACCOUNT][region].keys[physical_id].key_state = "PendingDeletion"


class ReplicaKey(LabResource):
    """AWS::KMS::ReplicaKey: in the stack's region, of a primary key in another one."""

    TYPE = "AWS::KMS::ReplicaKey"
    ATTRIBUTES = frozenset({"Arn", "KeyId"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        """Replicate the key. Raises `AwsError` for a primary that is none."""
        arn = str(properties["PrimaryKeyArn"])
        primary_region, key_id = arn.split(":")[3], arn.rsplit("/", 1)[-1]
        backend = kms_backends[ACCOUNT][primary_region]
        if key_id not in backend.keys or not backend.keys[key_id].multi_region:
            message = f"{name}: {arn} is not a multi-Region primary key"
            raise AwsError("ValidationError", message)
        if key_id not in kms_backends[ACCOUNT][region].keys:
            backend.replicate_key(key_id, region)
            separate(key_id, region, json.dumps(properties["KeyPolicy"]))
        replica = kms_backends[ACCOUNT][region].keys[key_id]
        return cls(key_id, {"Arn": replica.arn, "KeyId": key_id})
