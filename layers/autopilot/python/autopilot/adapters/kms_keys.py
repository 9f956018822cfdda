"""Keys of persons, wrapped by a multi-Region KMS key; their references, by a multi-Region HMAC key.

A multi-Region key has the same id and material in both regions, so that what home wrapped standby
unwraps, and both name a person alike
(https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html).
"""

from __future__ import annotations

import base64
from typing import Any, Final

from autopilot.adapters.kms_calls import call
from autopilot.errors import BadInput, Problem, Refused

MATERIAL_BYTES: Final = 64
SUBJECT_BYTES_MAX: Final = 256
REFERENCE_CHARACTERS: Final = 52  #: base32 of 256 bits
_MAC: Final = "HMAC_SHA_256"
#: Another context, another key, or changed bytes: KMS does not say which (API_Decrypt).
_NOT_FOR_THIS: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


class KmsKeyWrapper:
    """A `KeyWrapper`; the encryption context binds what is wrapped to one person of one service.

    CloudTrail shows the context, so it holds the reference and never an id that others know.
    """

    def __init__(self, *, client: Any, key_id: str, service: str) -> None:
        """Wrap by the key `key_id` of the client's region."""
        self._client = client
        self._key_id = key_id
        self._service = service

    def make(self, reference: str) -> tuple[bytearray, bytes]:
        """64 fresh random bytes, and the same wrapped."""
        answer = call(
            self._client,
            "generate_data_key",
            KeyId=self._key_id,
            NumberOfBytes=MATERIAL_BYTES,
            EncryptionContext=self._context(reference),
        )
        return bytearray(answer["Plaintext"]), bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, reference: str) -> bytearray:
        """What was wrapped for `reference`; raise `Refused` for any other."""
        answer = call(
            self._client,
            "decrypt",
            refused=_NOT_FOR_THIS,
            KeyId=self._key_id,
            CiphertextBlob=wrapped,
            EncryptionContext=self._context(reference),
        )
        material = bytearray(answer["Plaintext"])
        if len(material) != MATERIAL_BYTES:
            message = f"expected {MATERIAL_BYTES} wrapped bytes, got {len(material)}"
            raise Refused(message)
        return material

    def _context(self, reference: str) -> dict[str, str]:
        return {"service": self._service, "subject": reference}


class KmsReferences:
    """`References` by HMAC-SHA-256 with a key that never leaves KMS."""

    def __init__(self, *, client: Any, key_id: str, service: str) -> None:
        """Use the key `key_id` of the client's region."""
        self._client = client
        self._key_id = key_id
        self._service = service

    def reference(self, subject: str) -> str:
        """The reference of the service's own id of a person: 52 letters and digits."""
        size = len(subject.encode())
        if not 0 < size <= SUBJECT_BYTES_MAX:
            problem = Problem("subject", f"1 to {SUBJECT_BYTES_MAX} bytes of text", f"{size} bytes")
            raise BadInput("a person's id", [problem], "Give the id that the service uses.")
        message = f"{self._service}/{subject}".encode()
        answer = call(
            self._client, "generate_mac", KeyId=self._key_id, MacAlgorithm=_MAC, Message=message
        )
        return base64.b32encode(answer["Mac"]).decode().rstrip("=").lower()
