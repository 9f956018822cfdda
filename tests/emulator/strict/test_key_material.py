"""KMS: Ed25519 keys, multi-Region keys, and what may be signed."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME, STANDBY, START
from tests.emulator.strict.refusals import refusal

EDWARDS = {"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_EDWARDS25519"}
PURE = {"SigningAlgorithm": "ED25519_SHA_512", "MessageType": "RAW"}


@pytest.fixture
def kms(aws: EmbeddedAws) -> Any:
    """KMS at home."""
    return aws.client("kms", HOME)


def test_an_ed25519_signature_verifies_outside_kms(kms: Any) -> None:
    """With the public key that KMS hands out, and RFC 8032 alone."""
    made = kms.create_key(**EDWARDS)["KeyMetadata"]
    assert made["SigningAlgorithms"] == ["ED25519_SHA_512", "ED25519_PH_SHA_512"]
    signature = kms.sign(KeyId=made["KeyId"], Message=b"note", **PURE)["Signature"]
    told = kms.get_public_key(KeyId=made["Arn"])
    public = load_der_public_key(told["PublicKey"])
    assert isinstance(public, Ed25519PublicKey)
    public.verify(signature, b"note")
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"another note")


def test_kms_verifies_its_own_ed25519_signatures(kms: Any) -> None:
    """And no message that was changed."""
    key = kms.create_key(**EDWARDS)["KeyMetadata"]["KeyId"]
    signature = kms.sign(KeyId=key, Message=b"note", **PURE)["Signature"]
    verify = {"KeyId": key, "Signature": signature, **PURE}
    assert kms.verify(Message=b"note", **verify)["SignatureValid"] is True
    assert kms.verify(Message=b"nota", **verify)["SignatureValid"] is False


def test_the_same_seed_signs_the_same_bytes() -> None:
    """A trail that is signed in a drill is the same trail in the next."""
    signatures = []
    for _ in range(2):
        with EmbeddedAws(START, seed=3) as aws:
            kms = aws.client("kms", HOME)
            key = kms.create_key(**EDWARDS)["KeyMetadata"]["KeyId"]
            signatures.append(kms.sign(KeyId=key, Message=b"note", **PURE)["Signature"])
    assert signatures[0] == signatures[1]


def test_two_ed25519_keys_differ(kms: Any) -> None:
    """Each has material of its own."""
    keys = [kms.create_key(**EDWARDS)["KeyMetadata"]["KeyId"] for _ in range(2)]
    assert len({kms.get_public_key(KeyId=key)["PublicKey"] for key in keys}) == 2


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"MessageType": "DIGEST"}, "ValidationException"),
        ({"SigningAlgorithm": "ECDSA_SHA_256"}, "ValidationException"),
        ({"SigningAlgorithm": "ED25519_PH_SHA_512"}, "UnsupportedOperationException"),
    ],
)
def test_ed25519_signs_raw_messages_only(kms: Any, changes: dict[str, str], code: str) -> None:
    """No digests, no other algorithm; the prehashed variant is refused by name."""
    key = kms.create_key(**EDWARDS)["KeyMetadata"]["KeyId"]
    assert refusal(kms.sign, KeyId=key, Message=b"note", **{**PURE, **changes}) == code


def test_an_ed25519_key_only_signs(kms: Any) -> None:
    """It cannot be made for encryption."""
    made_for = {"KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "ENCRYPT_DECRYPT"}
    assert refusal(kms.create_key, **made_for) == "ValidationException"


def test_a_message_has_at_most_4096_bytes(kms: Any) -> None:
    """Of any kind of key, to sign and to verify."""
    key = kms.create_key(**EDWARDS)["KeyMetadata"]["KeyId"]
    longest, longer = b"x" * 4096, b"x" * 4097
    signature = kms.sign(KeyId=key, Message=longest, **PURE)["Signature"]
    assert refusal(kms.sign, KeyId=key, Message=longer, **PURE) == "ValidationException"
    verify = {"KeyId": key, "Signature": signature, **PURE}
    assert refusal(kms.verify, Message=longer, **verify) == "ValidationException"


def test_a_multi_region_key_reads_in_both_regions(aws: EmbeddedAws, kms: Any) -> None:
    """What one region encrypts, the other decrypts, in both directions."""
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=STANDBY)
    standby = aws.client("kms", STANDBY)
    for here, there in ((kms, standby), (standby, kms)):
        sealed = here.encrypt(KeyId=key, Plaintext=b"data key")["CiphertextBlob"]
        assert there.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"data key"


def test_a_multi_region_signing_key_is_one_key(aws: EmbeddedAws, kms: Any) -> None:
    """A signature of the standby verifies at home."""
    key = kms.create_key(MultiRegion=True, **EDWARDS)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=STANDBY)
    signed = aws.client("kms", STANDBY).sign(KeyId=key, Message=b"note", **PURE)
    verify = {"KeyId": key, "Message": b"note", "Signature": signed["Signature"], **PURE}
    assert kms.verify(**verify)["SignatureValid"] is True


def test_each_replica_has_a_state_of_its_own(aws: EmbeddedAws, kms: Any) -> None:
    """A primary that is disabled leaves its replica in service."""
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    kms.replicate_key(KeyId=key, ReplicaRegion=STANDBY)
    kms.disable_key(KeyId=key)
    standby = aws.client("kms", STANDBY)
    standby.encrypt(KeyId=key, Plaintext=b"1")
    kinds = [
        client.describe_key(KeyId=key)["KeyMetadata"]["MultiRegionConfiguration"][
            "MultiRegionKeyType"
        ]
        for client in (standby, kms)
    ]
    assert kinds == ["REPLICA", "PRIMARY"]


def test_only_a_primary_is_replicated_and_once(aws: EmbeddedAws, kms: Any) -> None:
    """Not a key of one region, not a replica, not twice into one region."""
    single = kms.create_key()["KeyMetadata"]["KeyId"]
    key = kms.create_key(MultiRegion=True)["KeyMetadata"]["KeyId"]
    to_standby = {"ReplicaRegion": STANDBY}
    kms.replicate_key(KeyId=key, **to_standby)
    standby = aws.client("kms", STANDBY)
    unsupported = "UnsupportedOperationException"
    assert refusal(kms.replicate_key, KeyId=single, **to_standby) == unsupported
    assert refusal(standby.replicate_key, KeyId=key, ReplicaRegion="eu-west-3") == unsupported
    assert refusal(kms.replicate_key, KeyId=key, **to_standby) == "AlreadyExistsException"
