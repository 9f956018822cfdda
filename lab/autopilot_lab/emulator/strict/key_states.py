"""KMS: what a key may be used for in the state it is in.

https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from datetime import UTC
from typing import Any, Final

from moto.kms.models import Key as MotoKey
from moto.kms.models import KmsBackend, kms_backends
from moto.s3.models import s3_backends

from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.access.objects import place
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.strict.layer import ANY, StrictLayer

DISABLED: Final = "Disabled"
PENDING: Final = "PendingDeletion"

#: What takes an enabled key: the operations whose API model names DisabledException.
TAKING_AN_ENABLED_KEY: Final = (
    "CreateGrant",
    "Decapsulate",
    "Decrypt",
    "DeriveSharedSecret",
    "DisableKeyRotation",
    "EnableKeyRotation",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetPublicKey",
    "ReEncrypt",
    "ReplicateKey",
    "RotateKeyOnDemand",
    "Sign",
    "UpdatePrimaryRegion",
    "Verify",
    "VerifyMac",
)

#: What a disabled key takes, and one that is pending deletion does not.
NOT_WHILE_PENDING: Final = (
    "CreateAlias",
    "DisableKey",
    "EnableKey",
    "ScheduleKeyDeletion",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateKeyDescription",
)

_NAMING_A_KEY = ("KeyId", "TargetKeyId", "SourceKeyId", "DestinationKeyId")
_CIPHERTEXT_KEY_BYTES = 36  #: moto's texts begin with the id of their key
_OBJECT_WRITES = ("PutObject", "CopyObject", "CreateMultipartUpload")
_OBJECT_READS = ("GetObject",)


class KeyStates:
    """Refuses what a key's state does not allow. `now` gives Unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def register(self, layer: StrictLayer) -> None:
        """Put the rules in force."""
        layer.refuse("kms", (ANY,), self.delete_what_is_due)
        layer.refuse("kms", TAKING_AN_ENABLED_KEY, self.must_be_enabled)
        layer.refuse("kms", NOT_WHILE_PENDING, self.must_not_be_pending)
        layer.refuse("kms", ("CancelKeyDeletion",), self.must_be_pending)
        layer.refuse("s3", (*_OBJECT_WRITES, *_OBJECT_READS), self.must_serve_s3)

    def delete_what_is_due(self, asked: Asked) -> None:
        """A key goes at the end of its waiting period; then it is not found.

        https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
        """
        backend = _backend(asked.call.region)
        for key in [one for one in backend.keys.values() if one.key_state == PENDING]:
            due = key.deletion_date
            if due is not None and due.replace(tzinfo=UTC).timestamp() <= self._now():
                backend.delete_key(key.id)

    def must_be_enabled(self, asked: Asked) -> None:
        """A disabled key is refused with DisabledException, one to be deleted by its state."""
        for key in _keys(asked):
            _check_enabled(key, "DisabledException", "KMSInvalidStateException")

    def must_not_be_pending(self, asked: Asked) -> None:
        """A key that is to be deleted takes no changes."""
        for key in _keys(asked):
            if key.key_state == PENDING:
                raise AwsError("KMSInvalidStateException", f"{key.arn} is pending deletion.")

    def must_be_pending(self, asked: Asked) -> None:
        """Only a deletion that was scheduled can be cancelled."""
        for key in _keys(asked):
            if key.key_state != PENDING:
                raise AwsError("KMSInvalidStateException", f"{key.arn} is not pending deletion.")

    def must_serve_s3(self, asked: Asked) -> None:
        """S3 passes on what KMS says of the key an object is encrypted with.

        https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        """
        named = _key_of_object(asked)
        key = _find(_region_of(named, asked.call.region), named) if named else None
        if key is not None:
            _check_enabled(key, "KMS.DisabledException", "KMS.KMSInvalidStateException")


def _check_enabled(key: MotoKey, if_disabled: str, if_pending: str) -> None:
    if key.key_state == PENDING:
        raise AwsError(if_pending, f"{key.arn} is pending deletion.")
    if key.key_state == DISABLED or not key.enabled:
        raise AwsError(if_disabled, f"{key.arn} is disabled.")


def _backend(region: str) -> KmsBackend:
    backend: KmsBackend = kms_backends[ACCOUNT][region]
    return backend


def _keys(asked: Asked) -> Iterator[MotoKey]:
    """The keys that a call is about."""
    named = [asked.text(name) for name in _NAMING_A_KEY]
    if "CiphertextBlob" in asked.params:
        sealed = base64.b64decode(asked.params["CiphertextBlob"])
        named.append(sealed[:_CIPHERTEXT_KEY_BYTES].decode("ascii", "replace"))
    for name in named:
        key = _find(asked.call.region, name) if name else None
        if key is not None:
            yield key


def _find(region: str, name: str) -> MotoKey | None:
    """The key of an id, an alias or an ARN of either; None when there is none."""
    backend = _backend(region)
    if "alias/" in name:
        name = backend.get_key_id_from_alias(f"alias/{name.split('alias/', 1)[1]}") or ""
    found: MotoKey | None = backend.keys.get(name.rsplit("/", 1)[-1])
    return found


def _region_of(named: str, otherwise: str) -> str:
    return named.split(":")[3] if named.startswith("arn:") else otherwise


def _key_of_object(asked: Asked) -> str:
    """The key with which an object is, or is to be, encrypted; "" without one."""
    bucket_name, name = place(asked)
    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(bucket_name)
    if bucket is None:
        return ""
    if asked.call.operation in _OBJECT_READS:
        stored = bucket.keys.get(name)
        return str(getattr(stored, "kms_key_id", None) or "")
    asked_for = asked.request.headers.get("x-amz-server-side-encryption-aws-kms-key-id")
    return asked_for or _default_key(bucket.encryption)


def _default_key(encryption: dict[str, Any] | None) -> str:
    rule = (encryption or {}).get("Rule", {}).get("ApplyServerSideEncryptionByDefault", {})
    return str(rule.get("KMSMasterKeyID") or "")
