"""Controls over S3 buckets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from autopilot.compliance.control import Control, Judgement, each, holds, judged, once
from autopilot.compliance.stores import DATA, TRAIL, if_personal, unless_erasable
from autopilot.domain.assessment import Level
from autopilot.domain.compliance_section import Activity
from autopilot.domain.evidence.evidence import ByRegion, Evidence
from autopilot.domain.evidence.storage import Bucket, Copy, Expiry
from autopilot.domain.policy_document import Statement


def _buckets(evidence: Evidence) -> ByRegion[Bucket]:
    return evidence.account.buckets


def _private(bucket: Bucket, _: Evidence) -> Judgement | None:
    return judged(
        bucket.blocks_public,
        lambda on: holds(on, "all public access is blocked", "not all public access is blocked"),
    )


def _account_private(evidence: Evidence) -> Judgement | None:
    yes, no = "all public access is blocked", "public access is not blocked for the account"
    return judged(evidence.account.blocks_public, lambda on: holds(on, yes, no))


def _unshared(bucket: Bucket, evidence: Evidence) -> Judgement | None:
    def judge(policy: Sequence[Statement]) -> Judgement:
        found = {a for one in policy for a in one.foreign_accounts(evidence.account.id)}
        open_to = sorted(found | {"everybody" for one in policy if one.is_public})
        return holds(not open_to, "no other account", f"lets in {', '.join(open_to)}")

    return judged(bucket.policy, judge)


def _only_tls(bucket: Bucket, _: Evidence) -> Judgement | None:
    def judge(policy: Sequence[Statement]) -> Judgement:
        denied = any(one.denies_plain_http for one in policy)
        return holds(denied, "plain HTTP is denied", "its policy does not deny plain HTTP")

    return judged(bucket.policy, judge)


def _versioned(bucket: Bucket, _: Evidence) -> Judgement | None:
    yes, no = "earlier versions are kept", "what is overwritten or deleted is gone"
    return unless_erasable(
        bucket.tags, lambda: judged(bucket.versioned, lambda on: holds(on, yes, no))
    )


def _keyed(bucket: Bucket, evidence: Evidence) -> Judgement | None:
    def judge(_: Activity) -> Judgement | None:
        no = "personal data under S3's own key: whoever may read the bucket may decrypt"
        return judged(bucket.key, lambda key: holds(bool(key), f"under {key}", no))

    return if_personal(bucket.tags, evidence, judge)


def _locked(bucket: Bucket, _: Evidence) -> Judgement | None:
    def judge(tags: Mapping[str, str]) -> Judgement | None:
        if tags.get(DATA) != TRAIL:
            return None
        yes, no = "objects can be locked", "nothing in it can be locked against deletion"
        return judged(bucket.locked, lambda on: holds(on, yes, no))

    return judged(bucket.tags, judge)


def _expires(bucket: Bucket, evidence: Evidence) -> Judgement | None:
    def judge(activity: Activity) -> Judgement | None:
        return judged(bucket.expiries, lambda rules: _limit_kept(rules, activity.days_max))

    return if_personal(bucket.tags, evidence, judge)


def _limit_kept(rules: Sequence[Expiry], days_max: int) -> Judgement:
    whole = [rule.days for rule in rules if not rule.prefix and rule.days]
    days = min(whole, default=0)
    if not days:
        return holds(False, "", f"nothing expires, expected within {days_max} days")  # noqa: FBT003
    yes, no = f"expires after {days} days", f"expires after {days} days, at most {days_max}"
    return holds(days <= days_max, yes, no)


def _resident(bucket: Bucket, evidence: Evidence) -> Judgement | None:
    allowed = evidence.profile.regions.residency
    return judged(
        bucket.region,
        lambda region: holds(region in allowed, f"in {region}", f"in {region}, outside residency"),
    )


def _copies_resident(bucket: Bucket, evidence: Evidence) -> Judgement | None:
    allowed = evidence.profile.regions.residency

    def judge(copies: Sequence[Copy]) -> Judgement | None:
        astray = [one for one in copies if one.account or one.region not in allowed]
        said = "; ".join(f"{one.bucket} in {one.account or one.region}" for one in astray)
        kept = ", ".join(one.region for one in copies)
        return holds(not astray, f"copied to {kept}", f"copied to {said}") if copies else None

    return judged(bucket.copies, judge)


def _checkers(bucket: Bucket, evidence: Evidence) -> Judgement | None:
    """A bucket that anybody may read from listed addresses is one that health checkers read."""

    def judge(policy: Sequence[Statement]) -> Judgement | None:
        opened = {r for one in policy if _is_by_address(one) for r in one.conditions[_ADDRESS]}
        if not opened:
            return None
        return judged(evidence.account.checker_ranges, lambda now: _same(opened, now))

    return judged(bucket.policy, judge)


_ADDRESS: Final = "aws:sourceip"


def _is_by_address(one: Statement) -> bool:
    return one.allows and one.is_for_everybody and _ADDRESS in one.conditions


def _same(opened: set[str], now: frozenset[str]) -> Judgement:
    strange, missing = sorted(opened - now), sorted(now - opened)
    said = f"{len(missing)} ranges are missing, not checkers' are {', '.join(strange) or 'none'}"
    return holds(not strange and not missing, f"open to {len(now)} ranges of checkers", said)


CONTROLS: Final = (
    Control(
        "buckets-private",
        "Buckets block public access",
        "25(2)",
        Level.HIGH,
        "Set all four blocks in PublicAccessBlockConfiguration of the bucket.",
        each(_buckets, _private),
        "S3_BUCKET_LEVEL_PUBLIC_ACCESS_PROHIBITED",
        "S3.8",
        ("s3_bucket_level_public_access_block", "s3_bucket_public_access"),
    ),
    Control(
        "account-private",
        "The account blocks public buckets",
        "25(2)",
        Level.HIGH,
        "aws s3control put-public-access-block for the account; docs/deploy.md has the call.",
        once("s3", _account_private),
        "S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
        "S3.1",
        ("s3_account_level_public_access_blocks",),
    ),
    Control(
        "buckets-unshared",
        "Buckets let in no other account",
        "32(1)(b)",
        Level.HIGH,
        "Take the foreign principal out of the bucket's policy.",
        each(_buckets, _unshared),
        "S3_BUCKET_BLACKLISTED_ACTIONS_PROHIBITED",
        "S3.6",
        ("s3_bucket_cross_account_access",),
    ),
    Control(
        "buckets-tls",
        "Buckets deny plain HTTP",
        "32(1)(a)",
        Level.MEDIUM,
        "Add a Deny of s3:* under aws:SecureTransport false to the bucket's policy.",
        each(_buckets, _only_tls),
        "S3_BUCKET_SSL_REQUESTS_ONLY",
        "S3.5",
        ("s3_bucket_secure_transport_policy",),
    ),
    Control(
        "buckets-versioned",
        "Buckets keep earlier versions",
        "32(1)(c)",
        Level.MEDIUM,
        "Enable versioning; tag the bucket backup: never when deleted must mean gone.",
        each(_buckets, _versioned),
        "S3_BUCKET_VERSIONING_ENABLED",
        "S3.14",
        ("s3_bucket_object_versioning",),
    ),
    Control(
        "buckets-keyed",
        "Personal data in buckets is under a customer key",
        "32(1)(a)",
        Level.HIGH,
        "Set default encryption of the bucket to aws:kms with a key of the account.",
        each(_buckets, _keyed),
        "S3_DEFAULT_ENCRYPTION_KMS",
        "S3.17",
        ("s3_bucket_kms_encryption",),
    ),
    Control(
        "trails-locked",
        "The trail's buckets can be locked",
        "5(2)",
        Level.HIGH,
        "Deploy the bucket with ObjectLockEnabled, and move the trail into it.",
        each(_buckets, _locked),
        "S3_BUCKET_DEFAULT_LOCK_ENABLED",
        "S3.15",
        ("s3_bucket_object_lock",),
    ),
    Control(
        "personal-data-expires",
        "Personal data in buckets expires",
        "5(1)(e)",
        Level.HIGH,
        "Add a lifecycle rule over the whole bucket, within days_max of its activity.",
        each(_buckets, _expires),
        "S3_LIFECYCLE_POLICY_CHECK",
        "S3.13",
        ("s3_bucket_lifecycle_enabled",),
    ),
    Control(
        "buckets-resident",
        "Buckets are where data may be",
        "44",
        Level.HIGH,
        "Move the data to a region of regions.residency and delete the bucket.",
        each(_buckets, _resident),
    ),
    Control(
        "copies-resident",
        "Objects are copied only to where data may be",
        "44",
        Level.HIGH,
        "Take the replication rule away, and what it has copied.",
        each(_buckets, _copies_resident),
        "S3_BUCKET_CROSS_REGION_REPLICATION_ENABLED",
        "S3.7",
        ("s3_bucket_cross_region_replication",),
    ),
    Control(
        "checkers-only",
        "Flags are open to health checkers and to nobody else",
        "32(1)(b)",
        Level.MEDIUM,
        "Deploy again with the ranges that route53:GetCheckerIpRanges answers.",
        each(_buckets, _checkers),
    ),
)
