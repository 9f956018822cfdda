"""S3: conditional writes, Object Lock, encryption, and what counts as public."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any

from autopilot_lab.conformance.belief import belief
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import CONDITIONAL_WRITES, OBJECT_LOCK, guide, operation
from autopilot_lab.conformance.verdicts import check, equal, refused

MAKES = "1 bucket"
LOCK_SECONDS = 90
PRECONDITION = ("PreconditionFailed", "412")
BLOCKING = guide(
    "S3 user guide, blocking public access",
    "AmazonS3/latest/userguide/access-control-block-public-access.html",
)
DENIED = ("AccessDenied", "InvalidRequest", "MalformedXML")


@belief(CONDITIONAL_WRITES, breaks="a segment of the trail could be overwritten", makes=MAKES)
def put_if_absent_answers_412(sandbox: Sandbox) -> None:
    """PutObject with If-None-Match * on a key that exists is refused with 412."""
    client, bucket = sandbox.client("s3"), sandbox.bucket()
    put = {"Bucket": bucket, "Key": "segment", "Body": b"1", "IfNoneMatch": "*"}
    client.put_object(**put)
    error = refused(client.put_object, *PRECONDITION, **put)
    equal(error["ResponseMetadata"]["HTTPStatusCode"], 412, "the HTTP status")


@belief(CONDITIONAL_WRITES, breaks="two sealers could both replace a checkpoint", makes=MAKES)
def put_if_match_answers_412(sandbox: Sandbox) -> None:
    """PutObject with If-Match of another ETag is refused with 412."""
    client, bucket = sandbox.client("s3"), sandbox.bucket()
    put = {"Bucket": bucket, "Key": "checkpoint"}
    etag = client.put_object(**put, Body=b"1")["ETag"]
    client.put_object(**put, Body=b"2", IfMatch=etag)
    refused(client.put_object, *PRECONDITION, **put, Body=b"3", IfMatch=etag)


@belief(
    CONDITIONAL_WRITES,
    breaks="a deleted segment could be put back unseen: manifests pin version ids because of this",
    makes=MAKES,
)
def put_if_absent_looks_at_the_current_version(sandbox: Sandbox) -> None:
    """After a delete marker, PutObject with If-None-Match * succeeds although versions remain."""
    client, bucket = sandbox.client("s3"), _versioned(sandbox)
    put = {"Bucket": bucket, "Key": "segment", "Body": b"1", "IfNoneMatch": "*"}
    first = client.put_object(**put)["VersionId"]
    client.delete_object(Bucket=bucket, Key="segment")
    second = client.put_object(**put)["VersionId"]
    check(first != second, "the second put did not make a version")


@belief(
    OBJECT_LOCK,
    breaks="a locked object would seem to be gone when only a marker hides it",
    makes=MAKES,
)
def a_lock_does_not_stop_delete_markers(sandbox: Sandbox) -> None:
    """A delete without a version id of a locked object succeeds, and adds a marker."""
    client, bucket, version = _locked(sandbox, "COMPLIANCE")
    answer = client.delete_object(Bucket=bucket, Key="entry")
    check(answer.get("DeleteMarker"), "no delete marker was made")
    client.head_object(Bucket=bucket, Key="entry", VersionId=version)


@belief(OBJECT_LOCK, breaks="the archive could be deleted within its retention", makes=MAKES)
def a_compliance_lock_refuses_deletion(sandbox: Sandbox) -> None:
    """A version in compliance mode cannot be deleted, not even with the bypass header."""
    client, bucket, version = _locked(sandbox, "COMPLIANCE")
    delete = {"Bucket": bucket, "Key": "entry", "VersionId": version}
    refused(client.delete_object, *DENIED, **delete)
    refused(client.delete_object, *DENIED, **delete, BypassGovernanceRetention=True)


@belief(
    OBJECT_LOCK,
    breaks="retention would end when somebody says so",
    makes=MAKES,
)
def a_compliance_lock_cannot_be_shortened(sandbox: Sandbox) -> None:
    """The retention of a version in compliance mode cannot be set to an earlier date."""
    client, bucket, version = _locked(sandbox, "COMPLIANCE")
    shorter = {"Mode": "COMPLIANCE", "RetainUntilDate": _from_now(LOCK_SECONDS / 2)}
    refused(client.put_object_retention, *DENIED, **_retention(bucket, version, shorter))


@belief(
    OBJECT_LOCK,
    breaks="retention would end when somebody with the bypass right says so",
    makes=MAKES,
)
def a_compliance_lock_cannot_be_weakened(sandbox: Sandbox) -> None:
    """A version in compliance mode cannot be put into governance mode."""
    client, bucket, version = _locked(sandbox, "COMPLIANCE")
    weaker = {"Mode": "GOVERNANCE", "RetainUntilDate": _from_now(LOCK_SECONDS)}
    refused(client.put_object_retention, *DENIED, **_retention(bucket, version, weaker))


@belief(
    OBJECT_LOCK,
    breaks="new objects could overwrite locked ones",
    makes=MAKES,
)
def a_lock_bucket_keeps_its_versioning(sandbox: Sandbox) -> None:
    """Versioning cannot be suspended on a bucket with Object Lock."""
    bucket = sandbox.bucket(ObjectLockEnabledForBucket=True)
    refused(
        sandbox.client("s3").put_bucket_versioning,
        "InvalidBucketState",
        Bucket=bucket,
        VersioningConfiguration={"Status": "Suspended"},
    )


@belief(
    operation("s3", "GetObjectRetention"),
    breaks="the retention report could not read what the bucket's default has set",
    makes=MAKES,
)
def a_default_lock_is_on_the_object(sandbox: Sandbox) -> None:
    """An object put into a bucket with a default retention has that retention itself."""
    client, bucket = sandbox.client("s3"), sandbox.bucket(ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    client.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    version = client.put_object(Bucket=bucket, Key="entry", Body=b"1")["VersionId"]
    _delete_later(sandbox, bucket, version)
    try:
        answer = client.get_object_retention(Bucket=bucket, Key="entry", VersionId=version)
    except client.exceptions.ClientError as error:
        check(condition=False, otherwise=f"the retention cannot be read: {error}")
    equal(answer["Retention"]["Mode"], "GOVERNANCE", "the retention's mode")


@belief(
    operation("s3", "GetBucketEncryption"),
    breaks="the control for encryption would find every bucket of the lab at fault",
    makes=MAKES,
)
def a_bucket_encrypts_by_default(sandbox: Sandbox) -> None:
    """A new bucket encrypts with keys managed by S3, without being told to."""
    client, bucket = sandbox.client("s3"), sandbox.bucket()
    try:
        answer = client.get_bucket_encryption(Bucket=bucket)
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        check(condition=False, otherwise=f"no default encryption: {code}")
    rule = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
    equal(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256", "the algorithm")


@belief(
    BLOCKING,
    breaks="the admission flag could not be read by health checks while public access is blocked",
    makes=MAKES,
)
def a_policy_by_address_is_not_public(sandbox: Sandbox) -> None:
    """A bucket policy for fixed addresses is not public, and keeps its owner in."""
    client, bucket = sandbox.client("s3"), _blocked(sandbox)
    condition = {"IpAddress": {"aws:SourceIp": ["15.177.0.0/18"]}}
    client.put_bucket_policy(Bucket=bucket, Policy=_anybody_reads(bucket, Condition=condition))
    try:
        status = client.get_bucket_policy_status(Bucket=bucket)
        client.list_objects_v2(Bucket=bucket)
    except client.exceptions.ClientError as error:
        check(condition=False, otherwise=f"the owner is locked out: {error}")
    equal(status["PolicyStatus"]["IsPublic"], expected=False, what="the policy's status, public")


@belief(
    BLOCKING,
    breaks="a policy that opens the trail to everybody would pass the lab's deployment",
    makes=MAKES,
)
def a_public_policy_is_blocked(sandbox: Sandbox) -> None:
    """With public policies blocked, a bucket policy for anybody from anywhere is refused."""
    client, bucket = sandbox.client("s3"), _blocked(sandbox)
    refused(client.put_bucket_policy, "AccessDenied", Bucket=bucket, Policy=_anybody_reads(bucket))


@belief(
    guide(
        "S3 user guide, replicating objects",
        "AmazonS3/latest/userguide/replication.html",
        seen=False,
    ),
    breaks="the trail of a lost region would be lost with it",
    makes="2 buckets, 1 role",
    cents=1,
)
def replication_copies_new_objects(sandbox: Sandbox) -> None:
    """A new object of a bucket with a replication rule is copied to the other region's bucket."""
    source, copies = _versioned(sandbox), _versioned(sandbox, sandbox.regions.standby)
    _replicate(sandbox, source, copies)
    sandbox.client("s3").put_object(Bucket=source, Key="segment", Body=b"1")
    standby = sandbox.client("s3", sandbox.regions.standby)

    def copied() -> None:
        found = standby.list_objects_v2(Bucket=copies).get("Contents", ())
        equal([one["Key"] for one in found], ["segment"], "no copy; the other bucket's keys")

    sandbox.eventually(copied, within_seconds=900)


def _replicate(sandbox: Sandbox, source: str, copies: str) -> None:
    arns = f"arn:aws:s3:::{source}", f"arn:aws:s3:::{copies}"
    rights = {
        "s3:GetReplicationConfiguration": arns[0],
        "s3:ListBucket": arns[0],
        "s3:GetObjectVersion*": f"{arns[0]}/*",
        "s3:Replicate*": f"{arns[1]}/*",
    }
    rule = {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": arns[1]},
    }
    role = sandbox.role("s3.amazonaws.com", rights)
    sandbox.client("s3").put_bucket_replication(
        Bucket=source, ReplicationConfiguration={"Role": role, "Rules": [rule]}
    )


def _blocked(sandbox: Sandbox) -> str:
    """A bucket with all public access blocked."""
    bucket = sandbox.bucket()
    block = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    sandbox.client("s3").put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(block, True)
    )
    return bucket


def _anybody_reads(bucket: str, **limits: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/flag",
        **limits,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _from_now(seconds: float) -> datetime:
    return datetime.fromtimestamp(time.time() + seconds, UTC)


def _versioned(sandbox: Sandbox, region: str = "") -> str:
    bucket = sandbox.bucket(region)
    sandbox.client("s3", region).put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    return bucket


def _locked(sandbox: Sandbox, mode: str) -> tuple[Any, str, str]:
    """A client, a bucket, and the version of its object `entry`, locked for a short while."""
    client, bucket = sandbox.client("s3"), sandbox.bucket(ObjectLockEnabledForBucket=True)
    version = client.put_object(
        Bucket=bucket,
        Key="entry",
        Body=b"1",
        ObjectLockMode=mode,
        ObjectLockRetainUntilDate=_from_now(LOCK_SECONDS),
    )["VersionId"]
    unlocked = time.time() + LOCK_SECONDS + 5
    sandbox.cleaner.later(
        f"lock of {bucket}", lambda: sandbox.wait(max(unlocked - time.time(), 0.0))
    )
    return client, bucket, str(version)


def _delete_later(sandbox: Sandbox, bucket: str, version: str) -> None:
    client = sandbox.client("s3")
    delete = {"Bucket": bucket, "Key": "entry", "VersionId": version}
    sandbox.cleaner.later(
        f"locked version in {bucket}",
        lambda: client.delete_object(**delete, BypassGovernanceRetention=True),
    )


def _retention(bucket: str, version: str, retention: dict[str, Any]) -> dict[str, Any]:
    return {"Bucket": bucket, "Key": "entry", "VersionId": version, "Retention": retention}
