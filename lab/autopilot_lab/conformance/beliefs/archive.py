"""What the archive is built on: locks that come after the object, versions that go for good."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from autopilot_lab.conformance.belief import belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import guide, operation
from autopilot_lab.conformance.verdicts import equal, refused

BUCKET: Final = "1 bucket"
LOCK_SECONDS: Final = 20  #: long enough to look, short enough to wait for
VERSIONS: Final = guide(
    "S3 user guide, deleting object versions",
    "AmazonS3/latest/userguide/DeletingObjectVersions.html",
)
MAPS: Final = guide(
    "Step Functions developer guide, policies for Distributed Map",
    "step-functions/latest/dg/iam-policies-eg-dist-map.html",
)
THRESHOLDS: Final = guide(
    "Step Functions developer guide, failure thresholds of Distributed Map",
    "step-functions/latest/dg/state-map-distributed.html",
)
TRANSITIONS: Final = guide(
    "S3 user guide, constraints of lifecycle transitions",
    "AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html",
)


@belief(
    operation("s3", "GetObjectRetention"),
    breaks="a pack without a lock could not be told from one that nobody may look at",
    makes=BUCKET,
)
def an_object_without_a_lock_says_so(sandbox: Sandbox) -> None:
    """GetObjectRetention of an object that has none answers NoSuchObjectLockConfiguration."""
    client, bucket = sandbox.client("s3"), sandbox.bucket(ObjectLockEnabledForBucket=True)
    client.put_object(Bucket=bucket, Key="pack", Body=b"1")
    refused(client.get_object_retention, "NoSuchObjectLockConfiguration", Bucket=bucket, Key="pack")


@belief(
    operation("s3", "PutObjectRetention"),
    breaks="a copy would be locked before anybody has read it back, or never",
    makes=BUCKET,
)
def a_lock_can_come_after_the_object(sandbox: Sandbox) -> None:
    """PutObjectRetention locks an object that lies there already, and can extend the lock."""
    client, bucket = sandbox.client("s3"), sandbox.bucket(ObjectLockEnabledForBucket=True)
    client.put_object(Bucket=bucket, Key="pack", Body=b"1")
    sandbox.cleaner.later(f"lock of {bucket}", lambda: sandbox.wait(LOCK_SECONDS + 5))
    for seconds in (LOCK_SECONDS // 2, LOCK_SECONDS):
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        retention: dict[str, Any] = {"Mode": "COMPLIANCE", "RetainUntilDate": until}
        client.put_object_retention(Bucket=bucket, Key="pack", Retention=retention)
    found = client.get_object_retention(Bucket=bucket, Key="pack")["Retention"]
    equal(found["Mode"], "COMPLIANCE", "the mode")


@belief(VERSIONS, breaks="what was moved or has ended would still be there", makes=BUCKET)
def a_version_that_is_named_is_gone_for_good(sandbox: Sandbox) -> None:
    """DeleteObject with a version id removes that version, and leaves no marker."""
    client, bucket = sandbox.client("s3"), sandbox.bucket(ObjectLockEnabledForBucket=True)
    version = client.put_object(Bucket=bucket, Key="segment", Body=b"1")["VersionId"]
    client.delete_object(Bucket=bucket, Key="segment", VersionId=version)
    listed = client.list_object_versions(Bucket=bucket)
    equal([*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())], [], "what is left")


@belief(VERSIONS, breaks="a run that died while it destroyed could not be repeated", makes=BUCKET)
def a_version_that_is_gone_can_be_deleted_again(sandbox: Sandbox) -> None:
    """DeleteObject of a version that is not there any more succeeds."""
    client, bucket = sandbox.client("s3"), sandbox.bucket(ObjectLockEnabledForBucket=True)
    version = client.put_object(Bucket=bucket, Key="segment", Body=b"1")["VersionId"]
    for _ in range(2):
        client.delete_object(Bucket=bucket, Key="segment", VersionId=version)


@belief(
    guide("S3 API reference, Object", "AmazonS3/latest/API/API_Object.html"),
    breaks="a copy of the archive that was changed could seem to agree with the other by its list",
    makes=BUCKET,
)
def a_list_tells_the_digest_of_each_version(sandbox: Sandbox) -> None:
    """ListObjectVersions has size and ETag; put at once under S3's own keys, that is the MD5."""
    client, bucket = sandbox.client("s3"), sandbox.bucket(ObjectLockEnabledForBucket=True)
    client.put_object(Bucket=bucket, Key="pack", Body=b"some bytes")
    (version,) = client.list_object_versions(Bucket=bucket)["Versions"]
    digest = hashlib.md5(b"some bytes", usedforsecurity=False).hexdigest()
    equal((version["Size"], version["ETag"]), (10, f'"{digest}"'), "size and digest")


@belief(VERSIONS, breaks="a pack that somebody has hidden could not be shown again", makes=BUCKET)
def a_mark_that_is_deleted_shows_what_it_hid(sandbox: Sandbox) -> None:
    """DeleteObject with the id of a mark of deletion takes the mark away, and nothing else."""
    client, bucket = sandbox.client("s3"), sandbox.bucket(ObjectLockEnabledForBucket=True)
    client.put_object(Bucket=bucket, Key="pack", Body=b"1")
    mark = client.delete_object(Bucket=bucket, Key="pack")["VersionId"]
    refused(client.get_object, "NoSuchKey", Bucket=bucket, Key="pack")
    client.delete_object(Bucket=bucket, Key="pack", VersionId=mark)
    equal(client.get_object(Bucket=bucket, Key="pack")["Body"].read(), b"1", "what is there")


ARCHIVE: Final = (
    documented(
        "a-distributed-map-starts-its-own-machine",
        "The role of a machine with a Distributed Map needs StartExecution on that machine, and "
        "DescribeExecution on its executions.",
        MAPS,
        breaks="no pack could be moved",
        untried="the lab does not ask for these rights; the role has them",
    ),
    documented(
        "executions-of-a-map-run-assume-the-role-under-the-maps-label",
        "Executions of a Map Run have ARNs with the Map's label; which ARN Step Functions sends as "
        "aws:SourceArn when they assume the role is not written down.",
        MAPS,
        breaks="no pack could be moved",
        untried="undocumented: the role's trust names both the machine and the machine with label",
    ),
    documented(
        "a-map-run-stops-above-its-tolerated-failures",
        "When more items fail than ToleratedFailureCount, the Map Run stops and the state fails "
        "with States.ExceedToleratedFailureThreshold.",
        THRESHOLDS,
        breaks="a large fault would be tried on every pack",
        untried="tests/emulator/states/test_map.py shows the lab's; AWS's costs a state machine",
    ),
    documented(
        "small-objects-are-not-moved-to-another-class",
        "Lifecycle rules do not move objects under 128 KB to GLACIER_IR unless they say so.",
        TRANSITIONS,
        breaks="nothing: small packs stay in STANDARD, which costs less for them",
        untried="the lab moves nothing between classes",
    ),
)
