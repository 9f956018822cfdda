"""KMS: a key serves in the states AWS lets it serve in, and in no other."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import Loader

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.strict.key_states import TAKING_AN_ENABLED_KEY
from tests.emulator.conftest import HOME
from tests.emulator.strict.refusals import refusal

DAY = 86_400.0


@pytest.fixture
def kms(aws: EmbeddedAws) -> Any:
    """KMS at home."""
    return aws.client("kms", HOME)


def key(kms: Any, **settings: str) -> str:
    """A new key's id."""
    return str(kms.create_key(**settings)["KeyMetadata"]["KeyId"])


def uses(kms: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    """A key of each kind, and calls that use it."""
    symmetric, other = key(kms), key(kms)
    signing = key(kms, KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")
    mac = key(kms, KeyUsage="GENERATE_VERIFY_MAC", KeySpec="HMAC_256")
    sealed = kms.encrypt(KeyId=symmetric, Plaintext=b"1")["CiphertextBlob"]
    sign = {"KeyId": signing, "Message": b"1", "SigningAlgorithm": "ECDSA_SHA_256"}
    return {
        "encrypt": (symmetric, {"KeyId": symmetric, "Plaintext": b"1"}),
        "decrypt": (symmetric, {"CiphertextBlob": sealed}),
        "re_encrypt": (symmetric, {"CiphertextBlob": sealed, "DestinationKeyId": other}),
        "generate_data_key": (symmetric, {"KeyId": symmetric, "KeySpec": "AES_256"}),
        "sign": (signing, sign),
        "verify": (signing, {**sign, "Signature": kms.sign(**sign)["Signature"]}),
        "get_public_key": (signing, {"KeyId": signing}),
        "generate_mac": (
            mac,
            {"KeyId": mac, "Message": b"1", "MacAlgorithm": "HMAC_SHA_256"},
        ),
    }


def test_every_operation_that_may_answer_disabled_is_ruled() -> None:
    """The list is that of the API's model, neither more nor less."""
    model = Loader().load_service_model("kms", "service-2")
    naming = {
        name
        for name, operation in model["operations"].items()
        if any(error["shape"] == "DisabledException" for error in operation.get("errors", ()))
    }
    assert set(TAKING_AN_ENABLED_KEY) == naming


def test_a_disabled_key_serves_nothing(kms: Any) -> None:
    """Every cryptographic operation is refused by the same name; enabled again, all succeed."""
    for operation, (key_id, arguments) in uses(kms).items():
        kms.disable_key(KeyId=key_id)
        assert refusal(getattr(kms, operation), **arguments) == "DisabledException"
        kms.enable_key(KeyId=key_id)
        getattr(kms, operation)(**arguments)


def test_a_key_pending_deletion_serves_nothing(kms: Any) -> None:
    """Not even what was encrypted with it can be read."""
    for operation, (key_id, arguments) in uses(kms).items():
        kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
        assert refusal(getattr(kms, operation), **arguments) == "KMSInvalidStateException"
        kms.cancel_key_deletion(KeyId=key_id)
        kms.enable_key(KeyId=key_id)
        getattr(kms, operation)(**arguments)


def test_the_key_to_encrypt_again_with_must_serve_too(kms: Any) -> None:
    """ReEncrypt needs both keys."""
    first, second = key(kms), key(kms)
    sealed = kms.encrypt(KeyId=first, Plaintext=b"1")["CiphertextBlob"]
    kms.disable_key(KeyId=second)
    arguments = {"CiphertextBlob": sealed, "DestinationKeyId": second}
    assert refusal(kms.re_encrypt, **arguments) == "DisabledException"


def test_an_alias_does_not_hide_the_state_of_its_key(kms: Any) -> None:
    """By alias, by key ARN and by alias ARN."""
    made = kms.create_key()["KeyMetadata"]
    kms.create_alias(AliasName="alias/trail", TargetKeyId=made["KeyId"])
    kms.disable_key(KeyId=made["KeyId"])
    alias_arn = made["Arn"].split(":key/")[0] + ":alias/trail"
    for name in ("alias/trail", made["Arn"], alias_arn):
        assert refusal(kms.encrypt, KeyId=name, Plaintext=b"1") == "DisabledException"


@pytest.mark.parametrize(
    "operation, arguments",
    [
        ("enable_key", {}),
        ("disable_key", {}),
        ("schedule_key_deletion", {"PendingWindowInDays": 7}),
        ("update_key_description", {"Description": "d"}),
        ("tag_resource", {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
    ],
)
def test_a_key_pending_deletion_takes_no_changes(
    kms: Any, operation: str, arguments: dict[str, Any]
) -> None:
    """A deletion is cancelled first."""
    key_id = key(kms)
    kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    refused = refusal(getattr(kms, operation), KeyId=key_id, **arguments)
    assert refused == "KMSInvalidStateException"


def test_only_a_scheduled_deletion_is_cancelled(kms: Any) -> None:
    """An enabled key has none."""
    assert refusal(kms.cancel_key_deletion, KeyId=key(kms)) == "KMSInvalidStateException"


def test_a_key_is_gone_after_its_waiting_period(aws: EmbeddedAws, kms: Any) -> None:
    """A second before, it can be saved; afterwards nobody knows it."""
    key_id = key(kms)
    kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    aws.run(7 * DAY - 1)
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    aws.run(1)
    assert refusal(kms.describe_key, KeyId=key_id) == "NotFoundException"


def test_s3_passes_on_the_state_of_the_key(aws: EmbeddedAws, kms: Any) -> None:
    """Neither written nor read with a disabled key, as S3 words it."""
    s3, key_id = aws.client("s3", HOME), key(kms)
    s3.create_bucket(Bucket="sealed", CreateBucketConfiguration={"LocationConstraint": HOME})
    put = {
        "Bucket": "sealed",
        "Key": "k",
        "Body": b"1",
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": key_id,
    }
    s3.put_object(**put)
    kms.disable_key(KeyId=key_id)
    assert refusal(s3.put_object, **put) == "KMS.DisabledException"
    assert refusal(s3.get_object, Bucket="sealed", Key="k") == "KMS.DisabledException"
    kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    assert refusal(s3.get_object, Bucket="sealed", Key="k") == "KMS.KMSInvalidStateException"
