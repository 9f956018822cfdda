"""What the trail is built on: signatures by KMS, lists of versions, conditional writes, batches."""

from __future__ import annotations

import json
from typing import Any, Final

from autopilot_lab.conformance.belief import belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import CONDITIONAL_WRITES, guide, operation
from autopilot_lab.conformance.verdicts import equal, refused

BUCKET: Final = "1 bucket"
SIGN: Final[dict[str, Any]] = {
    "Message": b"checkpoint",
    "MessageType": "RAW",
    "SigningAlgorithm": "ED25519_SHA_512",
}
ENFORCED: Final = guide(
    "S3 user guide, enforcing conditional writes",
    "AmazonS3/latest/userguide/conditional-writes-enforce.html",
)
LISTING: Final = guide(
    "S3 API reference, ListObjectVersions", "AmazonS3/latest/API/API_ListObjectVersions.html"
)
BATCHES: Final = guide(
    "Lambda developer guide, errors of an SQS event source",
    "lambda/latest/dg/services-sqs-errorhandling.html",
)
POLLING: Final = guide(
    "Lambda developer guide, configuring a queue for Lambda",
    "lambda/latest/dg/services-sqs-configure.html",
)


@belief(
    operation("kms", "Sign"),
    breaks="two sealers that finish one segment would write two different checkpoints",
    makes="1 KMS key",
    cents=5,
)
def an_ed25519_signature_is_always_the_same(sandbox: Sandbox) -> None:
    """The same message has the same signature, as RFC 8032 says."""
    client = sandbox.client("kms")
    key = sandbox.key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_EDWARDS25519")
    first, second = (client.sign(KeyId=key, **SIGN)["Signature"] for _ in range(2))
    equal(first, second, "the second signature")


@belief(LISTING, breaks="damage would be named for the wrong key", makes=BUCKET)
def versions_are_listed_by_key_and_the_newest_first(sandbox: Sandbox) -> None:
    """ListObjectVersions lists keys in order, and of each the newest version first."""
    client, bucket = sandbox.client("s3"), _versioned(sandbox)
    put = [("b", b"1"), ("a", b"1"), ("a", b"2"), ("a/b", b"1"), ("B", b"1")]
    made = []
    for key, body in put:
        version = client.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"]
        made.append((key, version))
        sandbox.wait(1)
    listed = client.list_object_versions(Bucket=bucket)["Versions"]
    expected = [made[4], made[2], made[1], made[3], made[0]]
    equal([(each["Key"], each["VersionId"]) for each in listed], expected, "the list")


@belief(
    operation("s3", "ListObjectsV2"),
    breaks="what was sealed would be read again from the inbox each minute",
    makes=BUCKET,
)
def a_list_of_objects_passes_over_deleted_ones(sandbox: Sandbox) -> None:
    """ListObjectsV2 does not list a key whose newest version is a delete marker."""
    client, bucket = sandbox.client("s3"), _versioned(sandbox)
    for key in ("kept", "gone"):
        client.put_object(Bucket=bucket, Key=key, Body=b"1")
    client.delete_object(Bucket=bucket, Key="gone")
    found = client.list_objects_v2(Bucket=bucket)["Contents"]
    equal([each["Key"] for each in found], ["kept"], "the list")


@belief(
    ENFORCED,
    breaks="the checkpoint could be overwritten blindly, or not be replaced at all",
    makes=BUCKET,
)
def a_policy_can_ask_for_either_condition(sandbox: Sandbox) -> None:
    """A policy that denies puts without If-Match and If-None-Match lets both kinds through."""
    client, bucket = sandbox.client("s3"), sandbox.bucket()
    conditions = {"s3:if-none-match": "true", "s3:if-match": "true"}
    client.put_bucket_policy(Bucket=bucket, Policy=_refusing(bucket, conditions))
    put = {"Bucket": bucket, "Key": "checkpoint", "Body": b"1"}
    refused(client.put_object, "AccessDenied", **put)
    tag = client.put_object(**put, IfNoneMatch="*")["ETag"]
    client.put_object(**put, IfMatch=tag)


@belief(
    CONDITIONAL_WRITES,
    breaks="a checkpoint that was taken away could be replaced as if it were there",
    makes=BUCKET,
)
def put_if_match_needs_an_object(sandbox: Sandbox) -> None:
    """PutObject with If-Match on a key that does not exist is refused."""
    client, bucket = sandbox.client("s3"), sandbox.bucket()
    put = {"Bucket": bucket, "Key": "checkpoint", "Body": b"1", "IfMatch": '"0"'}
    refused(client.put_object, "NoSuchKey", "PreconditionFailed", "404", "412", **put)


TRAIL: Final = (
    documented(
        "failed-messages-of-a-batch-come-again-alone",
        "With ReportBatchItemFailures, Lambda deletes the messages of a batch that the answer does"
        " not name; an error, or an id that is none of the batch's, fails all of them.",
        BATCHES,
        breaks="one message that cannot be kept would bring its whole batch back, five times",
        untried="the lab has event source mappings in templates only; tests/emulator tries them",
    ),
    documented(
        "a-queue-must-hide-messages-as-long-as-its-function-runs",
        "Lambda refuses an event source mapping whose queue has a visibility timeout below the"
        " function's timeout, and advises six times that.",
        POLLING,
        breaks="a message would be delivered again while it is still being kept",
        untried="as above",
    ),
    documented(
        "if-match-needs-the-right-to-read",
        "PutObject with If-Match needs s3:GetObject besides s3:PutObject.",
        CONDITIONAL_WRITES,
        breaks="the sealer could not replace the checkpoint",
        untried="the lab asks for s3:PutObject only; the sealer's role has both",
    ),
)


def _versioned(sandbox: Sandbox) -> str:
    bucket = sandbox.bucket()
    sandbox.client("s3").put_bucket_versioning(
        Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    return bucket


def _refusing(bucket: str, absent: dict[str, str]) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"Null": absent, "Bool": {"s3:ObjectCreationOperation": "true"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
