"""The log's key in KMS: Ed25519, which never leaves it."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from autopilot.adapters.kms_calls import call
from autopilot.errors import Refused

ALGORITHM: Final = "ED25519_SHA_512"  #: of a key of spec ECC_NIST_EDWARDS25519, message type RAW


class KmsSigner:
    """A `Signer` over one KMS key.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
    """

    def __init__(self, *, key_id: str, client: Any) -> None:
        """Sign with `key_id` through `client`."""
        self._key_id = key_id
        self._client = client

    def public_key(self) -> bytes:
        """The 32 bytes of the public key; asked for once."""
        return self._public_key

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; at most 4,096 bytes can be signed."""
        answer = call(
            self._client,
            "sign",
            KeyId=self._key_id,
            Message=message,
            MessageType="RAW",
            SigningAlgorithm=ALGORITHM,
        )
        return bytes(answer["Signature"])

    @cached_property
    def _public_key(self) -> bytes:
        answer = call(self._client, "get_public_key", KeyId=self._key_id)
        key = serialization.load_der_public_key(answer["PublicKey"])
        if not isinstance(key, Ed25519PublicKey):
            message = f"{self._key_id}: expected a key of spec ECC_NIST_EDWARDS25519, got {key}"
            raise Refused(message)
        return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
