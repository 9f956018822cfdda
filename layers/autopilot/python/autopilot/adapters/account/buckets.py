"""Reads S3: every bucket of the account, and the account's own blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autopilot.adapters.account.asking import ask, tags_of
from autopilot.domain.evidence.storage import Bucket, Copy, Expiry, TrailInbox
from autopilot.domain.known import Found, Known
from autopilot.domain.policy_document import Statement, statements_of

#: The older regions answer with no name, or with one of their own (S3 API, GetBucketLocation).
_UNNAMED: Final[Mapping[str | None, str]] = {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}
INBOX: Final = "inbox/"  #: of a trail's bucket (docs/trail.md)
_NO_BLOCK: Final = {"NoSuchPublicAccessBlockConfiguration": False}


def read_buckets(s3: Any) -> Found[tuple[Bucket, ...]]:
    """All buckets, wherever they are."""
    return ask(lambda: _buckets(s3))


def _buckets(s3: Any) -> tuple[Bucket, ...]:
    names = sorted(str(one["Name"]) for one in s3.list_buckets()["Buckets"])
    places = {name: _place(s3, name) for name in names}
    known = {name: one.value for name, one in places.items() if isinstance(one, Known)}
    return tuple(_bucket(s3, name, places[name], known) for name in names)


def account_blocks(s3control: Any, account: str) -> Found[bool]:
    """Whether the account's own blocks are all on."""

    def call() -> bool:
        answer = s3control.get_public_access_block(AccountId=account)
        return all(answer["PublicAccessBlockConfiguration"].values())

    return ask(call, _NO_BLOCK)


def _place(s3: Any, name: str) -> Found[str]:
    def call() -> str:
        given = s3.get_bucket_location(Bucket=name)["LocationConstraint"]
        return _UNNAMED.get(given, str(given))

    return ask(call)


def _bucket(s3: Any, name: str, place: Found[str], places: Mapping[str, str]) -> Bucket:
    return Bucket(
        name=name,
        region=place,
        key=ask(lambda: _key(s3, name)),
        blocks_public=ask(lambda: _blocks(s3, name), _NO_BLOCK),
        policy=ask(lambda: _policy(s3, name), {"NoSuchBucketPolicy": ()}),
        versioned=ask(lambda: s3.get_bucket_versioning(Bucket=name).get("Status") == "Enabled"),
        locked=ask(lambda: _locked(s3, name), {"ObjectLockConfigurationNotFoundError": False}),
        expiries=ask(lambda: _expiries(s3, name), {"NoSuchLifecycleConfiguration": ()}),
        copies=ask(
            lambda: _copies(s3, name, places), {"ReplicationConfigurationNotFoundError": ()}
        ),
        tags=ask(
            lambda: tags_of(s3.get_bucket_tagging(Bucket=name)["TagSet"]), {"NoSuchTagSet": {}}
        ),
    )


def _key(s3: Any, name: str) -> str:
    answer = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]
    default = answer["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    if not str(default["SSEAlgorithm"]).startswith("aws:kms"):
        return ""
    return str(default.get("KMSMasterKeyID", ""))  # without one it is AWS's own key


def _blocks(s3: Any, name: str) -> bool:
    answer = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    return len(answer) > 0 and all(answer.values())


def _policy(s3: Any, name: str) -> tuple[Statement, ...]:
    return statements_of(str(s3.get_bucket_policy(Bucket=name)["Policy"]))


def _locked(s3: Any, name: str) -> bool:
    answer = s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    return bool(answer.get("ObjectLockEnabled") == "Enabled")


def _expiries(s3: Any, name: str) -> tuple[Expiry, ...]:
    rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    return tuple(_expiry(one) for one in rules if one["Status"] == "Enabled")


def _expiry(rule: Mapping[str, Any]) -> Expiry:
    chosen = rule.get("Filter") or {}
    narrow = chosen.get("Prefix") or rule.get("Prefix") or ""
    if {"Tag", "And", "ObjectSizeGreaterThan", "ObjectSizeLessThan"} & chosen.keys():
        narrow = "a selection"
    return Expiry(
        prefix=str(narrow),
        days=int(rule.get("Expiration", {}).get("Days", 0)),
        earlier_version_days=int(
            rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", 0)
        ),
    )


def _copies(s3: Any, name: str, places: Mapping[str, str]) -> tuple[Copy, ...]:
    rules = s3.get_bucket_replication(Bucket=name)["ReplicationConfiguration"]["Rules"]
    targets = [one["Destination"] for one in rules if one["Status"] == "Enabled"]
    return tuple(_copy(one, places) for one in targets)


def _copy(target: Mapping[str, Any], places: Mapping[str, str]) -> Copy:
    bucket = str(target["Bucket"]).rsplit(":", 1)[-1]
    foreign = "" if bucket in places else str(target.get("Account", ""))
    return Copy(bucket, foreign, places.get(bucket, ""))


def read_trail_inbox(s3: Any, bucket: str) -> Found[tuple[TrailInbox, ...]]:
    """What waits to be sealed into the trail of a region; nothing where there is no trail."""

    def call() -> tuple[TrailInbox, ...]:
        page = s3.list_objects_v2(Bucket=bucket, Prefix=INBOX)
        put = [int(one["LastModified"].timestamp() * 1000) for one in page.get("Contents", ())]
        return (TrailInbox(bucket, min(put, default=None)),)

    return ask(call, {"NoSuchBucket": ()})
