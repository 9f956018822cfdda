"""KMS: keys that moto does not make, or makes otherwise.

Ed25519 keys, the ids and replicas of multi-Region keys, and what may be signed
(https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html).
"""

from __future__ import annotations

import base64
import copy
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from moto.kms import models as kms
from moto.kms.responses import KmsResponse
from moto.kms.utils import AbstractPrivateKey

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.strict.layer import Answer, StrictLayer

EDWARDS: Final = "ECC_NIST_EDWARDS25519"
PURE: Final = "ED25519_SHA_512"
PREHASHED: Final = "ED25519_PH_SHA_512"

#: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html, Message
MESSAGE_BYTES_MAX: Final = 4_096

_MULTI_REGION_ID = re.compile(r"mrk-[0-9a-f]{32}")


def register(layer: StrictLayer) -> None:
    """Put the rules and amendments in force."""
    layer.refuse("kms", ("Sign", "Verify"), check_message)
    layer.amend("kms", ("CreateKey",), _create_edwards_key)
    layer.refuse("kms", ("ReplicateKey",), _check_replication)
    layer.amend("kms", ("ReplicateKey",), _separate_replica)


def check_message(asked: Asked) -> None:
    """A message has at most 4,096 bytes, and ED25519_SHA_512 takes it RAW.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
    """
    size = len(base64.b64decode(asked.params.get("Message", "")))
    if size > MESSAGE_BYTES_MAX:
        raise _invalid(
            "1 validation error detected: Value at 'message' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MESSAGE_BYTES_MAX}"
        )
    algorithm, kind = asked.text("SigningAlgorithm"), asked.text("MessageType") or "RAW"
    if algorithm == PREHASHED:
        raise AwsError("UnsupportedOperationException", f"the lab does not have {PREHASHED}")
    if algorithm == PURE and kind != "RAW":
        raise _invalid(f"{PURE} requires the message type RAW, got {kind}")


class EdwardsPrivateKey(AbstractPrivateKey):
    """An Ed25519 key (RFC 8032). Its seed comes from the key's id: one id, the same signatures."""

    def __init__(self, key_id: str) -> None:
        seed = hashlib.sha256(f"{EDWARDS}/{key_id}".encode()).digest()
        self._key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)

    def sign(self, message: bytes, signing_algorithm: str) -> bytes:  # noqa: ARG002 - there is one
        """The 64 bytes of a signature."""
        return self._key.sign(message)

    def verify(self, message: bytes, signature: bytes, signing_algorithm: str) -> bool:  # noqa: ARG002 - there is one
        """Whether the signature is of this message."""
        try:
            self._key.public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def public_key(self) -> bytes:
        """The public key as SubjectPublicKeyInfo, in DER."""
        return self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )


class EdwardsKey(kms.Key):
    """A KMS key of spec ECC_NIST_EDWARDS25519."""

    def become_edwards(self) -> None:
        """Take Ed25519 material in place of what moto has drawn."""
        self.key_spec = EDWARDS
        self.private_key = EdwardsPrivateKey(self.id)

    @property
    def signing_algorithms(self) -> list[str]:
        """Both algorithms of the spec."""
        return [PURE, PREHASHED]


def create_edwards_key(region: str, properties: dict[str, Any]) -> EdwardsKey:
    """Make an Ed25519 key from the parameters of CreateKey."""
    key: EdwardsKey = _any(EdwardsKey)(
        properties.get("Policy"),
        "SIGN_VERIFY",
        "ECC_NIST_P256",  # moto draws material for the specs it knows; it is replaced at once
        properties.get("Description", ""),
        ACCOUNT,
        region,
        bool(properties.get("MultiRegion")),
    )
    key.become_edwards()
    backend = kms.kms_backends[ACCOUNT][region]
    backend.keys[key.id] = key
    if properties.get("Tags"):
        backend.tagger.tag_resource(key.id, properties["Tags"])
    return key


def _create_edwards_key(asked: Asked, answer: Answer) -> wire.Response:
    if (asked.text("KeySpec") or asked.text("CustomerMasterKeySpec")) != EDWARDS:
        return answer()
    if asked.text("KeyUsage") != "SIGN_VERIFY":
        raise _invalid(f"KeyUsage of a key of {EDWARDS} must be SIGN_VERIFY")
    made = create_edwards_key(asked.call.region, dict(asked.params))
    return wire.encode("kms", "CreateKey", asked.request, made.to_dict())


def _check_replication(asked: Asked) -> None:
    """Only the primary of a multi-Region key is replicated, once into each region.

    https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html
    """
    key_id, target = asked.text("KeyId").rsplit("/", 1)[-1], asked.text("ReplicaRegion")
    key = kms.kms_backends[ACCOUNT][asked.call.region].keys.get(key_id)
    if key is None:
        return
    primary = key.multi_region and key.multi_region_configuration["PrimaryKey"]["Arn"] == key.arn
    if not primary:
        message = f"{key.arn} is not a multi-Region primary key."
        raise AwsError("UnsupportedOperationException", message)
    if key_id in kms.kms_backends[ACCOUNT][target].keys:
        message = f"Unable to replicate {key.arn}: it exists in {target}."
        raise AwsError("AlreadyExistsException", message)


def _separate_replica(asked: Asked, answer: Answer) -> wire.Response:
    """A replica shares id and material, and nothing else: grants, aliases and policy are its own.

    https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
    """
    response = answer()
    if wire.error_code(response):
        return response
    key_id, target = asked.text("KeyId").rsplit("/", 1)[-1], asked.text("ReplicaRegion")
    replica = separate(key_id, target, asked.text("Policy"))
    result = {
        "ReplicaKeyMetadata": replica.to_dict()["KeyMetadata"],
        "ReplicaPolicy": replica.policy,
    }
    return wire.encode("kms", "ReplicateKey", asked.request, result)


def separate(key_id: str, region: str, policy: str) -> kms.Key:
    """Give the replica in `region` what is its own; an empty policy is the default one."""
    replica = kms.kms_backends[ACCOUNT][region].keys[key_id]
    replica.multi_region_configuration = copy.deepcopy(replica.multi_region_configuration)
    replica.multi_region_configuration["MultiRegionKeyType"] = "REPLICA"
    replica.grants, replica.aliases, replica.rotations = {}, {}, []
    replica.policy = policy or replica.generate_default_policy()
    return replica


@contextmanager
def multi_region_ids() -> Iterator[None]:
    """Let ids of multi-Region keys be "mrk-" and 32 digits, as AWS's are, until the exit.

    moto's are longer than the room its encrypted texts have for an id, and nothing that such a
    key encrypted could be decrypted; and moto would not know AWS's.
    """
    module, responses = _any(kms), _any(KmsResponse)
    generate, validate = module.generate_key_id, responses._validate_cmk_id

    def generate_as_aws(multi_region: bool = False) -> str:  # noqa: FBT001, FBT002 - moto's signature
        made = str(generate(multi_region=False))
        return f"mrk-{made.replace('-', '')}" if multi_region else made

    def validate_as_aws(self: KmsResponse, key_id: str) -> None:
        if not _MULTI_REGION_ID.fullmatch(key_id) or key_id not in self.kms_backend.keys:
            validate(self, key_id)

    module.generate_key_id = generate_as_aws
    responses._validate_cmk_id = validate_as_aws
    try:
        yield
    finally:
        module.generate_key_id = generate
        responses._validate_cmk_id = validate


def _any(what: Any) -> Any:
    """For assignments that types forbid."""
    return what


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
