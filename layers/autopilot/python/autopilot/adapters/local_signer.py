"""An Ed25519 key on this machine: for tests, drills and a trail that is not in AWS."""

from __future__ import annotations

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class LocalSigner:
    """A `Signer` over a seed of 32 bytes (RFC 8032)."""

    def __init__(self, seed: bytes) -> None:
        """Use the key that `seed` makes."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature."""
        return self._key.sign(message)
