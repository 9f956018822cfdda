"""S3: Object Lock holds, whoever asks.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.s3.models import FakeBucket, FakeKey, s3_backends

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.access.objects import place
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.strict.layer import Answer, StrictLayer

COMPLIANCE: Final = "COMPLIANCE"
MODES: Final = (COMPLIANCE, "GOVERNANCE")
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
CONFLICT: Final = 409


class ObjectLock:
    """Refuses what would weaken a lock. `now` gives Unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def register(self, layer: StrictLayer) -> None:
        """Put the rules in force."""
        layer.refuse("s3", ("PutObjectRetention",), self.keep_retention)
        layer.refuse("s3", ("PutBucketVersioning",), keep_versioning)
        layer.amend("s3", ("GetObjectRetention",), _tell_retention)
        layer.amend("s3", ("PutObjectLockConfiguration",), _configure)

    def keep_retention(self, asked: Asked) -> None:
        """In compliance mode a period is only ever extended, and stays in that mode.

        In governance mode it is shortened or lifted with the bypass header only.
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes
        """
        wanted = asked.params.get("Retention") or {}
        mode, until = str(wanted.get("Mode") or ""), _instant(wanted.get("RetainUntilDate"))
        if mode and until <= self._now():
            raise AwsError("InvalidArgument", "The retain until date must be in the future!")
        version = _version(asked)
        if version is None or not version.lock_mode or _instant(version.lock_until) <= self._now():
            return
        weaker = not mode or until < _instant(version.lock_until)
        if version.lock_mode == COMPLIANCE:
            if weaker or mode != COMPLIANCE:
                raise _protected()
        elif weaker and not _bypasses(asked):
            raise _protected()


def keep_versioning(asked: Asked) -> None:
    """Versioning of a bucket with Object Lock cannot be suspended.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    """
    bucket = bucket_of(asked)
    status = asked.params.get("VersioningConfiguration", {}).get("Status")
    if bucket is not None and bucket.object_lock_enabled and status != "Enabled":
        raise AwsError(
            "InvalidBucketState",
            "An Object Lock configuration is present on this bucket, so the versioning state "
            "cannot be changed.",
            CONFLICT,
        )


def _tell_retention(asked: Asked, _answer: Answer) -> wire.Response:
    """The retention that a version was given, by its writer or by the bucket's default.

    moto stores both and tells neither.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
    """
    bucket, version = bucket_of(asked), _version(asked)
    if bucket is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", NOT_FOUND)
    if not bucket.object_lock_enabled:
        raise AwsError("InvalidRequest", "Bucket is missing Object Lock Configuration")
    if version is None:
        raise AwsError("NoSuchKey", "The specified key does not exist.", NOT_FOUND)
    if not version.lock_mode:
        message = "The specified object does not have a ObjectLock configuration"
        raise AwsError("NoSuchObjectLockConfiguration", message, NOT_FOUND)
    until = datetime.fromtimestamp(_instant(version.lock_until), UTC)
    retention = {"Mode": version.lock_mode, "RetainUntilDate": until}
    return wire.encode("s3", "GetObjectRetention", asked.request, {"Retention": retention})


def _configure(asked: Asked, answer: Answer) -> wire.Response:
    """A default retention is for what comes; the bucket may have objects, unlike moto's.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
    """
    bucket = bucket_of(asked)
    if bucket is None or not bucket.is_versioned:
        return answer()  # moto says what is wrong
    configure(bucket, asked.params.get("ObjectLockConfiguration") or {})
    bucket.object_lock_enabled = True
    return wire.encode("s3", "PutObjectLockConfiguration", asked.request, {})


def configure(bucket: FakeBucket, configuration: Mapping[str, Any]) -> None:
    """Give a bucket the default retention of a lock configuration, or none. Raises `AwsError`."""
    retention = (configuration.get("Rule") or {}).get("DefaultRetention") or {}
    days, years = int(retention.get("Days") or 0), int(retention.get("Years") or 0)
    mode = retention.get("Mode")
    if retention and (mode not in MODES or (days > 0) == (years > 0)):
        raise AwsError(
            "MalformedXML",
            f"a default retention has a mode of {MODES}, and days or years; got {retention}",
        )
    bucket.default_lock_mode = mode or ""
    bucket.default_lock_days, bucket.default_lock_years = days, years


def bucket_of(asked: Asked) -> FakeBucket | None:
    """The bucket that a call names, if there is one."""
    found: FakeBucket | None = s3_backends[ACCOUNT]["aws"].buckets.get(place(asked)[0])
    return found


def _version(asked: Asked) -> FakeKey | None:
    """The version of the object that the call names, the current one if it names none."""
    bucket = bucket_of(asked)
    versions = bucket.keys.getlist(place(asked)[1], default=[]) if bucket is not None else []
    wanted = asked.params.get("VersionId")
    for one in reversed(versions):
        if isinstance(one, FakeKey) and wanted in (None, one.version_id):
            return one
    return None


def _instant(value: object) -> float:
    """Unix seconds of a date as moto keeps it or as a request carries it; 0 for none."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).timestamp()
    if not value:
        return 0.0
    return datetime.fromisoformat(str(value)).timestamp()


def _bypasses(asked: Asked) -> bool:
    return asked.request.headers.get("x-amz-bypass-governance-retention", "").lower() == "true"


def _protected() -> AwsError:
    message = "Access Denied because object protected by object lock."
    return AwsError("AccessDenied", message, FORBIDDEN)
