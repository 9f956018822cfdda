"""What the compliance check reads, and what an answer of "there is none" looks like."""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from autopilot_lab.conformance.belief import belief
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import operation
from autopilot_lab.conformance.verdicts import check

#: Operation of S3 → the error code that says that a bucket has none of it.
_NONE = {
    "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
    "get_bucket_policy": "NoSuchBucketPolicy",
    "get_bucket_replication": "ReplicationConfigurationNotFoundError",
}


@belief(
    operation("s3", "GetBucketLifecycleConfiguration"),
    breaks="a bucket without a setting would be unknown instead of failing, or the reverse",
)
def a_bucket_says_what_it_has_not_by_a_code_of_its_own(sandbox: Sandbox) -> None:
    """Lifecycle, policy and replication that are not there have each their error code."""
    bucket, s3 = sandbox.bucket(), sandbox.client("s3")
    for name, expected in _NONE.items():
        try:
            getattr(s3, name)(Bucket=bucket)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            check(code == expected, f"{name} answered {code}, expected {expected}")
        else:
            check(expected == "", f"{name} answered for a bucket that has none")


@belief(
    operation("sqs", "SetQueueAttributes"),
    breaks="changing a queue's encryption would open it: its policy would be gone",
)
def setting_one_attribute_keeps_a_queues_policy(sandbox: Sandbox) -> None:
    """What SetQueueAttributes is not given stays as it was."""
    url, arn = sandbox.queue()
    sqs = sandbox.client("sqs")
    account = arn.split(":")[4]
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sqs:*",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})

    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
    check("Policy" in found, "the policy is gone")
