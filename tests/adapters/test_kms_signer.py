"""Checkpoints signed by KMS, as the lab has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from autopilot.adapters.kms_signer import KmsSigner
from autopilot.audit.note import Checkpoint, VerifierKey, open_checkpoint, sign
from autopilot.errors import Refused, Transient
from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.adapters.answers import answer, fall_silent

HEAD = Checkpoint("trail.example.com/eu-central-1", 7, b"\x02" * 32)


@pytest.fixture
def kms() -> Iterator[Any]:
    """KMS of an embedded AWS."""
    with EmbeddedAws(start=1_790_000_000.0) as aws:
        yield aws.client("kms", "eu-central-1")


def signer(kms: Any, spec: str = "ECC_NIST_EDWARDS25519") -> KmsSigner:
    """A signer over a new key."""
    made = kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec=spec)
    return KmsSigner(key_id=made["KeyMetadata"]["KeyId"], client=kms)


def test_a_checkpoint_that_kms_signed_opens_under_its_public_key(kms: Any) -> None:
    """And is the same however often it is signed, so that two sealers write the same bytes."""
    over_kms = signer(kms)
    note = sign(HEAD, over_kms)
    assert open_checkpoint(note, VerifierKey(HEAD.origin, over_kms.public_key())) == HEAD
    assert sign(HEAD, over_kms) == note


def test_a_key_of_another_kind_is_refused(kms: Any) -> None:
    """Verifiers of the C2SP formats ignore what is not Ed25519."""
    with pytest.raises(Refused, match="ECC_NIST_EDWARDS25519"):
        signer(kms, "ECC_NIST_P256").public_key()


def test_a_busy_or_silent_kms_may_be_tried_again(kms: Any) -> None:
    """Nothing was signed, or nobody knows; signing again gives the same."""
    made = signer(kms)
    answer(kms, "kms", (400, "ThrottlingException"))
    with pytest.raises(Transient, match="ThrottlingException"):
        made.sign(b"x")
    fall_silent(kms, "kms")
    with pytest.raises(Transient, match="did not answer"):
        made.sign(b"x")
