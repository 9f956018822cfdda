"""AWS::KMS::Key: as moto makes them, and those of the Ed25519 spec, which moto does not."""
# ruff: noqa: ARG003, D102 - moto creates every type with the same arguments; see LabResource

from __future__ import annotations

import json
from typing import Any, Self

from moto.kms.models import Key as MotoKey
from moto.kms.models import kms_backends

from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.resources.resource import LabResource
from autopilot_lab.emulator.strict.key_material import EDWARDS, create_edwards_key


class Key(LabResource):
    """AWS::KMS::Key."""

    TYPE = "AWS::KMS::Key"
    ATTRIBUTES = frozenset({"Arn", "KeyId"})

    @classmethod
    def create(cls, name: str, properties: dict[str, Any], region: str) -> Self:
        if properties.get("KeySpec") == EDWARDS:
            policy = json.dumps(properties["KeyPolicy"])
            key: MotoKey = create_edwards_key(region, {**properties, "Policy": policy})
        else:
            make: Any = MotoKey.create_from_cloudformation_json
            key = make(name, {"Properties": properties}, ACCOUNT, region)
        return cls(key.id, {"Arn": key.arn, "KeyId": key.id})

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Self:
        """Change the policy; the key and its material stay."""
        key = kms_backends[ACCOUNT][region_name].keys[original_resource.physical_resource_id]
        key.policy = json.dumps(cloudformation_json["Properties"]["KeyPolicy"])
        return cls(key.id, {"Arn": key.arn, "KeyId": key.id})

    @classmethod
    def delete(cls, physical_id: str, properties: dict[str, Any], region: str) -> None:
        backend = kms_backends[ACCOUNT][region]
        backend.keys[physical_id].key_state = "PendingDeletion"
