"""A vault and its keys on this machine: for tests, demonstrations and a trail not in AWS."""

from __future__ import annotations

import base64
import hmac
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from autopilot.domain.permit import ErasurePermit, KeyErasure
from autopilot.errors import Refused
from autopilot.persons import WrappedKeys

_NONCE_BYTES = 12
_MATERIAL_BYTES = 64


class LocalVault:
    """A `Vault` in memory."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: dict[str, WrappedKeys] = {}

    def find(self, reference: str) -> WrappedKeys | None:
        """The keys, or None."""
        return self.kept.get(reference)

    def keep(self, reference: str, keys: WrappedKeys) -> WrappedKeys:
        """Keep `keys` unless there are some already; answers with those that stand."""
        return self.kept.setdefault(reference, keys)

    def erase(self, erasure: KeyErasure, permit: ErasurePermit) -> None:
        """Destroy the keys."""
        permit.demand(erasure)
        self.kept.pop(erasure.reference, None)


class LocalKeyWrapper:
    """A `KeyWrapper` over a key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        """Wrap by `key`."""
        self._cipher = AESGCM(key)

    def make(self, reference: str) -> tuple[bytearray, bytes]:
        """64 fresh random bytes, and the same wrapped."""
        material, nonce = os.urandom(_MATERIAL_BYTES), os.urandom(_NONCE_BYTES)
        wrapped = nonce + self._cipher.encrypt(nonce, material, reference.encode())
        return bytearray(material), wrapped

    def unwrap(self, wrapped: bytes, reference: str) -> bytearray:
        """What was wrapped for `reference`; raise `Refused` for any other."""
        nonce, sealed = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        try:
            return bytearray(self._cipher.decrypt(nonce, sealed, reference.encode()))
        except InvalidTag as error:
            message = "expected what was wrapped for this person, got something else"
            raise Refused(message) from error


class LocalReferences:
    """`References` over a key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        """Name persons by `key`."""
        self._key = key

    def reference(self, subject: str) -> str:
        """The reference of the service's own id of a person."""
        digest = hmac.new(self._key, subject.encode(), sha256).digest()
        return base64.b32encode(digest).decode().rstrip("=").lower()
