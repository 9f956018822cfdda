"""What the keys of persons and their destruction build on: KMS, and a table that forgets."""

from __future__ import annotations

from typing import Final

from autopilot_lab.conformance.belief import belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import GLOBAL_TABLES, guide, operation
from autopilot_lab.conformance.verdicts import check, equal, refused

KEY: Final = "1 multi-Region KMS key"
REPLICA: Final = "1 multi-Region KMS key with a replica"
CENTS: Final = 10
CONTEXT: Final = {"service": "trial", "subject": "somebody"}
ENCRYPTION_CONTEXT: Final = guide(
    "KMS developer guide, encryption context", "kms/latest/developerguide/encrypt_context.html"
)
REPLICA_KEY: Final = guide(
    "CloudFormation, AWS::KMS::ReplicaKey",
    "AWSCloudFormation/latest/UserGuide/aws-resource-kms-replicakey.html",
)
RECOVERY: Final = guide(
    "DynamoDB developer guide, point-in-time recovery",
    "amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html",
    seen=False,
)


@belief(
    ENCRYPTION_CONTEXT,
    breaks="one person's wrapped keys could be put in another's place, and would open",
    makes=KEY,
    cents=CENTS,
)
def another_context_does_not_decrypt(sandbox: Sandbox) -> None:
    """What was wrapped in one encryption context is refused in any other, and without one."""
    key, client = sandbox.key(MultiRegion=True), sandbox.client("kms")
    wrapped = client.generate_data_key(KeyId=key, NumberOfBytes=64, EncryptionContext=CONTEXT)
    blob = {"KeyId": key, "CiphertextBlob": wrapped["CiphertextBlob"]}
    other = {**CONTEXT, "subject": "somebody else"}
    refused(client.decrypt, "InvalidCiphertextException", **blob, EncryptionContext=other)
    refused(client.decrypt, "InvalidCiphertextException", **blob)
    opened = client.decrypt(**blob, EncryptionContext=CONTEXT)["Plaintext"]
    equal(opened, wrapped["Plaintext"], "the keys")


@belief(
    operation("kms", "GenerateDataKey"),
    breaks="data key and pseudonym key would need two calls, and could be erased apart",
    makes=KEY,
    cents=CENTS,
)
def one_call_makes_sixty_four_bytes(sandbox: Sandbox) -> None:
    """GenerateDataKey gives as many random bytes as NumberOfBytes says."""
    key, client = sandbox.key(MultiRegion=True), sandbox.client("kms")
    made = [client.generate_data_key(KeyId=key, NumberOfBytes=64)["Plaintext"] for _ in range(2)]
    equal([len(each) for each in made], [64, 64], "bytes")
    check(made[0] != made[1], "two calls gave the same bytes")


@belief(
    REPLICA_KEY,
    breaks="standby would name persons otherwise, and find none of their keys",
    makes=REPLICA,
    cents=CENTS,
)
def a_replica_makes_the_same_mac(sandbox: Sandbox) -> None:
    """A multi-Region HMAC key gives the same message the same code in both regions."""
    spec = {"KeyUsage": "GENERATE_VERIFY_MAC", "KeySpec": "HMAC_256"}
    key, home, standby = sandbox.replicated_key(**spec)
    ask = {"KeyId": key, "MacAlgorithm": "HMAC_SHA_256", "Message": b"trial/somebody"}
    equal(standby.generate_mac(**ask)["Mac"], home.generate_mac(**ask)["Mac"], "the code")


@belief(
    REPLICA_KEY,
    breaks="a receipt from standby could not be checked with the key that home has published",
    makes=REPLICA,
    cents=CENTS,
)
def a_replica_signs_for_the_same_public_key(sandbox: Sandbox) -> None:
    """What standby's replica of an Ed25519 key signs, home's key verifies."""
    spec = {"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_EDWARDS25519"}
    key, home, standby = sandbox.replicated_key(**spec)
    ask = {
        "KeyId": key,
        "Message": b"receipt",
        "MessageType": "RAW",
        "SigningAlgorithm": "ED25519_SHA_512",
    }
    signature = standby.sign(**ask)["Signature"]
    check(home.verify(**ask, Signature=signature)["SignatureValid"], "it does not verify")


@belief(
    GLOBAL_TABLES,
    breaks="standby could open what home has erased a moment ago",
    makes="1 strongly consistent global table",
    cents=5,
)
def a_deleted_item_is_gone_in_the_other_replica_at_once(sandbox: Sandbox) -> None:
    """A strong read in any replica misses what was deleted in any other."""
    table, key = sandbox.run.strong_table(), {"id": {"S": "somebody"}}
    home = sandbox.client("dynamodb")
    standby = sandbox.client("dynamodb", sandbox.regions.standby)
    home.put_item(TableName=table, Item=key)
    home.delete_item(TableName=table, Key=key)
    answer = standby.get_item(TableName=table, Key=key, ConsistentRead=True)
    check("Item" not in answer, "the other replica still has it")


@belief(
    GLOBAL_TABLES,
    breaks="destroyed keys could be read in a stream for 24 hours",
    makes="1 strongly consistent global table",
    cents=5,
)
def a_strong_table_has_no_stream_unless_asked(sandbox: Sandbox) -> None:
    """No replica of such a table has a stream when none was specified."""
    table = sandbox.run.strong_table()
    for region in (sandbox.regions.home, sandbox.regions.standby):
        client = sandbox.client("dynamodb", region)
        described = client.describe_table(TableName=table)["Table"]
        check("LatestStreamArn" not in described, f"there is a stream in {region}")


@belief(
    operation("dynamodb", "DescribeContinuousBackups"),
    breaks="destroyed keys could be restored from any second of the last 35 days",
    makes="1 strongly consistent global table",
    cents=5,
)
def a_table_has_no_recovery_unless_asked(sandbox: Sandbox) -> None:
    """Point-in-time recovery is off until somebody enables it."""
    client, table = sandbox.client("dynamodb"), sandbox.run.strong_table()
    described = client.describe_continuous_backups(TableName=table)
    recovery = described["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    equal(recovery["PointInTimeRecoveryStatus"], "DISABLED", "recovery")


PERSONS: Final = (
    documented(
        "cloudtrail-shows-the-encryption-context",
        "The encryption context stands in the clear in CloudTrail's log of each call.",
        ENCRYPTION_CONTEXT,
        breaks="an id in it would outlive the erasure in a log that nobody may change",
        untried="CloudTrail delivers minutes later, and to a bucket of the account's own",
    ),
    documented(
        "a-policy-can-ask-for-the-encryption-context",
        "kms:EncryptionContext:<key> in a policy is compared with the pair of the call.",
        guide(
            "KMS developer guide, condition keys",
            "kms/latest/developerguide/conditions-kms.html",
            seen=False,
        ),
        breaks="the function that hands out could unwrap the keys of another service's persons",
        untried="it needs a second principal, which a sandbox's account has not",
    ),
    documented(
        "a-deleted-table-without-recovery-leaves-no-backup",
        "Only a table with point-in-time recovery leaves a system backup when it is deleted.",
        RECOVERY,
        breaks="deleting the vault would keep every key for another 35 days",
        untried="showing that nothing is there takes 35 days",
    ),
)
