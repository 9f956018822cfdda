"""What somebody may change in an account, each against one control, and how it is put right."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from moto.dynamodb.models import dynamodb_backends

from autopilot.domain.profile import Profile
from autopilot_lab.drill.installation import Installation
from autopilot_lab.emulator.moto_backend import ACCOUNT
from tests.compliance.conftest import NOW_MS

HOME = "eu-central-1"
SOMEBODY = "210987654321"
DAY_MS = 86_400_000
HOUR_MS, MINUTE_MS = 3_600_000, 60_000
BLOCKS = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
SERVICE = "hybrid-routing"
TRAIL = f"{SERVICE}-trail-{ACCOUNT}-{HOME}"
CALLS = f"{SERVICE}-calls-{ACCOUNT}-{HOME}"
LEDGER = f"{SERVICE}-ledger"


@dataclass(frozen=True)
class Seen:
    """What is judged otherwise than the account itself: by which profile, and when."""

    profile: Profile | None = None
    now_ms: int = NOW_MS


class Break(Protocol):
    """Makes one change, and takes it back."""

    def __call__(self, world: Installation, /) -> AbstractContextManager[Seen | None]:
        """Entered, the change stands."""
        ...


# -- buckets -----------------------------------------------------------------------------------


@contextmanager
def unblocked_bucket(world: Installation) -> Iterator[None]:
    """One of four blocks is taken away."""
    s3 = world.aws.client("s3", HOME)
    fewer = {**BLOCKS, "BlockPublicPolicy": False}
    s3.put_public_access_block(Bucket=TRAIL, PublicAccessBlockConfiguration=fewer)
    yield
    s3.put_public_access_block(Bucket=TRAIL, PublicAccessBlockConfiguration=BLOCKS)


@contextmanager
def unblocked_account(world: Installation) -> Iterator[None]:
    """The account's own blocks are taken away."""
    control = world.aws.client("s3control", HOME)
    control.delete_public_access_block(AccountId=ACCOUNT)
    yield
    control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=BLOCKS)


def _statement(**fields: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "s3:GetObject", **fields}


def _tls_only(resource: str, action: str) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


@contextmanager
def bucket_policy(world: Installation, bucket: str, change: Any) -> Iterator[None]:
    """The bucket's policy as `change` makes it of its statements."""
    s3 = world.aws.client("s3", HOME)
    before = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    document = json.loads(before)
    document["Statement"] = change(document["Statement"])
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    yield
    s3.put_bucket_policy(Bucket=bucket, Policy=before)


def shared_bucket(world: Installation) -> AbstractContextManager[None]:
    """Another account may read."""
    principal = {"AWS": f"arn:aws:iam::{SOMEBODY}:root"}
    added = _statement(Principal=principal, Resource=f"arn:aws:s3:::{TRAIL}/*")
    return bucket_policy(world, TRAIL, lambda statements: [*statements, added])


def bucket_over_http(world: Installation) -> AbstractContextManager[None]:
    """Plain HTTP is not turned away any more."""

    def without(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [one for one in statements if one["Sid"] != "OnlyOverTls"]

    return bucket_policy(world, CALLS, without)


@contextmanager
def unversioned_bucket(world: Installation) -> Iterator[None]:
    """Versioning is suspended."""
    s3 = world.aws.client("s3", HOME)
    s3.put_bucket_versioning(Bucket=CALLS, VersioningConfiguration={"Status": "Suspended"})
    yield
    s3.put_bucket_versioning(Bucket=CALLS, VersioningConfiguration={"Status": "Enabled"})


@contextmanager
def plain_bucket(world: Installation) -> Iterator[None]:
    """Personal data under S3's own key."""
    s3 = world.aws.client("s3", HOME)
    before = s3.get_bucket_encryption(Bucket=CALLS)["ServerSideEncryptionConfiguration"]
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    after = {"Rules": [rule]}
    s3.put_bucket_encryption(Bucket=CALLS, ServerSideEncryptionConfiguration=after)
    yield
    s3.put_bucket_encryption(Bucket=CALLS, ServerSideEncryptionConfiguration=before)


@contextmanager
def kept_for_ever(world: Installation) -> Iterator[None]:
    """Personal data do not expire any more."""
    s3 = world.aws.client("s3", HOME)
    rules = s3.get_bucket_lifecycle_configuration(Bucket=CALLS)["Rules"]
    s3.delete_bucket_lifecycle(Bucket=CALLS)
    yield
    s3.put_bucket_lifecycle_configuration(Bucket=CALLS, LifecycleConfiguration={"Rules": rules})


@contextmanager
def another_bucket(
    world: Installation,
    *,
    data: str = "operations",
    region: str = HOME,
    statements: tuple[Mapping[str, Any], ...] = (),
) -> Iterator[None]:
    """A bucket that somebody made by hand, in order but for what is asked for."""
    s3, name = world.aws.client("s3", region), f"{SERVICE}-another"
    place = {} if region == "us-east-1" else {"LocationConstraint": region}
    s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": place} if place else {}))
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=BLOCKS)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "data", "Value": data}]})
    policy = [*statements, _tls_only(f"arn:aws:s3:::{name}/*", "s3:*")]
    document = json.dumps({"Version": "2012-10-17", "Statement": policy})
    s3.put_bucket_policy(Bucket=name, Policy=document)
    yield
    s3.delete_bucket(Bucket=name)


def unlocked_trail(world: Installation) -> AbstractContextManager[None]:
    """A trail is kept where nothing can be locked."""
    return another_bucket(world, data="trail")


def bucket_abroad(world: Installation) -> AbstractContextManager[None]:
    """A bucket is made where data may not be."""
    return another_bucket(world, region="us-east-1")


def half_open_flag(world: Installation) -> AbstractContextManager[None]:
    """A flag is open to some of the health checkers, and to a network that is none of theirs."""
    opened = _statement(
        Principal="*",
        Resource=f"arn:aws:s3:::{SERVICE}-another/leave",
        Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}},
    )
    return another_bucket(world, statements=(opened,))


@contextmanager
def copied_abroad(world: Installation) -> Iterator[None]:
    """Objects are copied into the bucket of another account."""
    s3 = world.aws.client("s3", HOME)
    rule = {
        "ID": "away",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": "arn:aws:s3:::somebody-elses", "Account": SOMEBODY},
    }
    role = f"arn:aws:iam::{ACCOUNT}:role/replication"
    configuration = {"Role": role, "Rules": [rule]}
    s3.put_bucket_replication(Bucket=TRAIL, ReplicationConfiguration=configuration)
    yield
    s3.delete_bucket_replication(Bucket=TRAIL)


# -- tables, keys, backups ---------------------------------------------------------------------


@contextmanager
def unrecoverable_table(world: Installation) -> Iterator[None]:
    """Point-in-time recovery is switched off."""
    dynamodb = world.aws.client("dynamodb", HOME)
    _recovery(dynamodb, LEDGER, on=False)
    yield
    _recovery(dynamodb, LEDGER, on=True)


def _recovery(dynamodb: Any, table: str, *, on: bool) -> None:
    asked = {"PointInTimeRecoveryEnabled": on}
    dynamodb.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=asked)


@contextmanager
def copied_ledger(world: Installation, now_ms: int = NOW_MS) -> Iterator[Seen]:
    """A restore has made a copy of the ledger and reads it."""
    name = f"{LEDGER}-copy-{NOW_MS // 1000}"
    world.aws.client("dynamodb", HOME).restore_table_to_point_in_time(
        SourceTableName=LEDGER, TargetTableName=name, UseLatestRestorableTime=True
    )
    yield Seen(now_ms=now_ms)
    # Nobody deletes a table while it is being made, and no time passes here.
    dynamodb_backends[ACCOUNT][HOME].delete_table(name)


def forgotten_copy(world: Installation) -> AbstractContextManager[Seen]:
    """The same copy is there longer than a restore takes."""
    return copied_ledger(world, NOW_MS + 8 * HOUR_MS + MINUTE_MS)


@contextmanager
def unprotected_table(world: Installation) -> Iterator[None]:
    """One call would delete the ledger."""
    dynamodb = world.aws.client("dynamodb", HOME)
    dynamodb.update_table(TableName=LEDGER, DeletionProtectionEnabled=False)
    yield
    dynamodb.update_table(TableName=LEDGER, DeletionProtectionEnabled=True)


@contextmanager
def another_table(world: Installation, tags: Mapping[str, str]) -> Iterator[None]:
    """A table that somebody made by hand, restorable and protected."""
    dynamodb, name = world.aws.client("dynamodb", HOME), f"{SERVICE}-another"
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    _recovery(dynamodb, name, on=True)
    yield
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=name)


def plain_table(world: Installation) -> AbstractContextManager[None]:
    """A table of personal data under DynamoDB's own key."""
    return another_table(world, {"data": "activity"})


def restorable_erasures(world: Installation) -> AbstractContextManager[None]:
    """What must be gone when it is deleted can be restored."""
    return another_table(world, {"data": "operations", "backup": "never"})


@contextmanager
def untold_table(world: Installation) -> Iterator[None]:
    """A table does not say which data it holds."""
    dynamodb = world.aws.client("dynamodb", HOME)
    arn = f"arn:aws:dynamodb:{HOME}:{ACCOUNT}:table/{LEDGER}"
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["data"])
    yield
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "data", "Value": "operations"}])


@contextmanager
def replica_abroad(world: Installation) -> Iterator[None]:
    """A global table has a replica where data may not be."""
    tags = [{"Key": "data", "Value": "operations"}]
    settings = {
        "DeletionProtectionEnabled": True,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "Tags": tags,
    }
    properties = {
        "TableName": f"{SERVICE}-abroad",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Replicas": [{"Region": region, **settings} for region in (HOME, "us-east-1")],
    }
    table = {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}
    world.aws.deploy({"Resources": {"Abroad": table}}, "abroad", HOME)
    yield
    world.aws.global_tables.delete(f"{SERVICE}-abroad")


def _page_key(world: Installation) -> tuple[Any, str]:
    kms = world.aws.client("kms", HOME)
    return kms, str(world.stacks[HOME].resources["PageKey"])


@contextmanager
def unrotated_key(world: Installation) -> Iterator[None]:
    """A key does not rotate any more."""
    kms, key = _page_key(world)
    kms.disable_key_rotation(KeyId=key)
    yield
    kms.enable_key_rotation(KeyId=key)


@contextmanager
def doomed_key(world: Installation) -> Iterator[None]:
    """A key is to be deleted in seven days."""
    kms, key = _page_key(world)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    yield
    kms.cancel_key_deletion(KeyId=key)
    kms.enable_key(KeyId=key)


@contextmanager
def disabled_key(world: Installation) -> Iterator[None]:
    """A key is disabled."""
    kms, key = _page_key(world)
    kms.disable_key(KeyId=key)
    yield
    kms.enable_key(KeyId=key)


@contextmanager
def shared_key(world: Installation) -> Iterator[None]:
    """Another account may decrypt."""
    kms, key = _page_key(world)
    before = kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    document = json.loads(before)
    principal = {"AWS": f"arn:aws:iam::{SOMEBODY}:root"}
    document["Statement"].append(
        _statement(Principal=principal, Action="kms:Decrypt", Resource="*")
    )
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
    yield
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=before)


@contextmanager
def unlocked_backups(world: Installation) -> Iterator[None]:
    """Backups are kept where whoever may delete them can."""
    backup = world.aws.client("backup", HOME)
    backup.create_backup_vault(BackupVaultName="by-hand")
    yield
    backup.delete_backup_vault(BackupVaultName="by-hand")


# -- what a profile says -----------------------------------------------------------------------


@contextmanager
def without_contacts(world: Installation) -> Iterator[Seen]:
    """Nobody knows whom to tell of a breach."""
    yield Seen(with_compliance(world.profile, {"controller": {"authority": ""}}))


@contextmanager
def without_notice(world: Installation) -> Iterator[Seen]:
    """Nobody knows how to tell persons of a breach."""
    yield Seen(with_compliance(world.profile, {"controller": {"notice": ""}}))


@contextmanager
def missing_guardrail(world: Installation) -> Iterator[Seen]:
    """A guardrail that the profile names is in no region."""
    yield Seen(with_compliance(world.profile, {"guardrails": ("answers",)}))


@contextmanager
def answers_from_abroad(world: Installation) -> Iterator[Seen]:
    """The models' inference profile may answer in a region where data may not be."""
    regions = world.profile.regions
    fewer = tuple(one for one in regions.residency if one != "eu-south-2")
    yield Seen(world.profile.model_copy(update={
        "regions": regions.model_copy(update={"residency": fewer})
    }))  # fmt: skip


def with_compliance(profile: Profile, changed: Mapping[str, Any]) -> Profile:
    """The profile with other values in its section `compliance`."""
    section = profile.compliance
    update = dict(changed)
    if "controller" in update:
        update["controller"] = section.controller.model_copy(update=update["controller"])
    return profile.model_copy(update={"compliance": section.model_copy(update=update)})
