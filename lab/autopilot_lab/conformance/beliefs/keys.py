"""KMS: the states of keys, and the signatures of the trail."""

from __future__ import annotations

import json

from autopilot_lab.conformance.belief import belief
from autopilot_lab.conformance.sandbox import Sandbox, allow
from autopilot_lab.conformance.sources import KEY_STATES, guide, model, operation
from autopilot_lab.conformance.verdicts import check, equal, refused

MAKES = "1 KMS key"
CENTS = 5
SIGNING = {"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256"}
MESSAGE_BYTES_MAX = 4096


@belief(
    KEY_STATES,
    breaks="a key that a lockdown disables would go on encrypting",
    makes=MAKES,
    cents=CENTS,
)
def a_disabled_key_does_not_encrypt(sandbox: Sandbox) -> None:
    """Encrypt with a disabled key is refused."""
    key, client = sandbox.key(), sandbox.client("kms")
    client.disable_key(KeyId=key)
    refused(client.encrypt, "DisabledException", KeyId=key, Plaintext=b"1")


@belief(
    KEY_STATES,
    breaks="a trail could be signed with a key that was taken out of use",
    makes=MAKES,
    cents=CENTS,
)
def a_disabled_key_does_not_sign(sandbox: Sandbox) -> None:
    """Sign with a disabled key is refused."""
    key, client = sandbox.key(**SIGNING), sandbox.client("kms")
    client.disable_key(KeyId=key)
    sign = {"KeyId": key, "Message": b"1", "SigningAlgorithm": "ECDSA_SHA_256"}
    refused(client.sign, "DisabledException", **sign)


@belief(
    KEY_STATES,
    breaks="erasing by key would be shown to work when the data can still be read",
    makes=MAKES,
    cents=CENTS,
)
def a_key_pending_deletion_does_not_decrypt(sandbox: Sandbox) -> None:
    """Decrypt with a key that is scheduled for deletion is refused."""
    key, client = sandbox.key(), sandbox.client("kms")
    sealed = client.encrypt(KeyId=key, Plaintext=b"1")["CiphertextBlob"]
    client.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    refused(client.decrypt, "KMSInvalidStateException", CiphertextBlob=sealed, KeyId=key)


@belief(
    guide(
        "KMS developer guide, key policies",
        "kms/latest/developerguide/key-policies.html",
        seen=False,
    ),
    breaks="whom a key's policy shuts out could use it all the same",
    makes=MAKES,
    cents=CENTS,
)
def a_key_policy_denies(sandbox: Sandbox) -> None:
    """What a key's policy denies is denied to an administrator too."""
    key, client = sandbox.key(), sandbox.client("kms")
    everything = allow("kms:*", "*", {"AWS": f"arn:aws:iam::{sandbox.account}:root"}, None)
    deny = {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*", "Principal": "*"}
    everything["Statement"].append(deny)
    client.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(everything))
    refused(client.encrypt, "AccessDeniedException", KeyId=key, Plaintext=b"1")


@belief(
    operation("kms", "Decrypt"),
    breaks="an adapter that leaves the key's id out would be refused in production",
    makes=MAKES,
    cents=CENTS,
)
def decrypt_finds_the_key_in_the_text(sandbox: Sandbox) -> None:
    """Decrypt of what a symmetric key encrypted needs no KeyId."""
    key, client = sandbox.key(), sandbox.client("kms")
    sealed = client.encrypt(KeyId=key, Plaintext=b"1")["CiphertextBlob"]
    try:
        opened = client.decrypt(CiphertextBlob=sealed)["Plaintext"]
    except client.exceptions.ClientError as error:
        check(condition=False, otherwise=f"refused without its id: {error}")
    equal(opened, b"1", "the text")


@belief(
    operation("kms", "Sign"),
    breaks="a checkpoint longer than a message may be would be signed in the lab only",
    makes=MAKES,
    cents=CENTS,
)
def a_signed_message_has_at_most_4096_bytes(sandbox: Sandbox) -> None:
    """Sign refuses a raw message of more than 4,096 bytes."""
    key, client = sandbox.key(**SIGNING), sandbox.client("kms")
    sign = {"KeyId": key, "MessageType": "RAW", "SigningAlgorithm": "ECDSA_SHA_256"}
    client.sign(**sign, Message=b"x" * MESSAGE_BYTES_MAX)
    refused(client.sign, "ValidationException", **sign, Message=b"x" * (MESSAGE_BYTES_MAX + 1))


@belief(
    model("kms", "2014-11-01", "SigningAlgorithmSpec"),
    breaks="the trail's notes could not be signed by KMS in the one form that tools verify",
)
def kms_knows_ed25519(sandbox: Sandbox) -> None:
    """KMS has keys of ECC_NIST_EDWARDS25519 and the algorithm ED25519_SHA_512."""
    service = sandbox.client("kms").meta.service_model
    check("ECC_NIST_EDWARDS25519" in service.shape_for("KeySpec").enum, "no such key spec")
    check("ED25519_SHA_512" in service.shape_for("SigningAlgorithmSpec").enum, "no such algorithm")


@belief(
    operation("kms", "Sign"),
    breaks="no checkpoint could be signed",
    makes=MAKES,
    cents=CENTS,
)
def an_ed25519_key_signs_raw_messages(sandbox: Sandbox) -> None:
    """A key of ECC_NIST_EDWARDS25519 signs a raw message with 64 bytes that verify."""
    client = sandbox.client("kms")
    try:
        key = sandbox.key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_EDWARDS25519")
    except client.exceptions.ClientError as error:
        check(condition=False, otherwise=f"no Ed25519 key: {error}")
    sign = {
        "KeyId": key,
        "Message": b"checkpoint",
        "MessageType": "RAW",
        "SigningAlgorithm": "ED25519_SHA_512",
    }
    signature = client.sign(**sign)["Signature"]
    equal(len(signature), 64, "bytes of the signature")
    check(client.verify(**sign, Signature=signature)["SignatureValid"], "it does not verify")


@belief(
    guide(
        "KMS developer guide, multi-Region keys",
        "kms/latest/developerguide/multi-region-keys-overview.html",
        seen=False,
    ),
    breaks="standby could not unwrap what home has wrapped",
    makes="1 multi-Region KMS key with a replica",
    cents=10,
)
def a_replica_key_decrypts(sandbox: Sandbox) -> None:
    """What a multi-Region key encrypts, its replica in another region decrypts."""
    key, home, standby = sandbox.replicated_key()
    sealed = home.encrypt(KeyId=key, Plaintext=b"data key")["CiphertextBlob"]
    try:
        opened = standby.decrypt(CiphertextBlob=sealed, KeyId=key)["Plaintext"]
    except standby.exceptions.ClientError as error:
        check(condition=False, otherwise=f"the replica does not decrypt: {error}")
    equal(opened, b"data key", "the text")
