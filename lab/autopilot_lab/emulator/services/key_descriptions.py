"""KMS's DescribeKey, by id, ARN or alias: moto's own trips over keys that templates made.

https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.kms.models import kms_backends

from autopilot_lab.emulator.access.services import key_arn
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.moto_backend import ACCOUNT

_INSTANTS = ("CreationDate", "DeletionDate")


def describe_key(params: dict[str, Any], region: str) -> dict[str, Any]:
    """The metadata of one key."""
    named = str(params["KeyId"])
    backend: Any = kms_backends[ACCOUNT][region]
    key = backend.keys.get(key_arn(region, named).rsplit("/", 1)[-1])
    if key is None:
        kind = "Alias" if "alias/" in named else "Key"
        raise AwsError("NotFoundException", f"{kind} {named} is not found.")
    metadata: dict[str, Any] = key.to_dict()["KeyMetadata"]
    for name in _INSTANTS:
        if name in metadata:
            metadata[name] = datetime.fromtimestamp(float(metadata[name]), UTC)
    return {"KeyMetadata": metadata}
