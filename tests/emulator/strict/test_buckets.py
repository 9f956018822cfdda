"""S3: default encryption, and policies that open a bucket to everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.strict.public_policies import is_public
from tests.emulator.conftest import HOME
from tests.emulator.strict.refusals import refusal

BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def policy(**changes: Any) -> str:
    """A policy that lets everybody read, with changes."""
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::bucket/*",
        **changes,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def s3(aws: EmbeddedAws) -> Any:
    """S3 with an empty bucket."""
    client = aws.client("s3", HOME)
    client.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": HOME})
    return client


def algorithm(s3: Any) -> str:
    """What the bucket encrypts with by default."""
    rules = s3.get_bucket_encryption(Bucket="bucket")["ServerSideEncryptionConfiguration"]["Rules"]
    return str(rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])


def test_a_new_bucket_and_its_objects_are_encrypted(s3: Any) -> None:
    """With keys of S3, as the bucket and the object say."""
    assert algorithm(s3) == "AES256"
    s3.put_object(Bucket="bucket", Key="k", Body=b"1")
    assert s3.head_object(Bucket="bucket", Key="k")["ServerSideEncryption"] == "AES256"


def test_a_bucket_of_a_template_is_encrypted(aws: EmbeddedAws) -> None:
    """Whoever made it."""
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "of-a-stack"}}
    aws.deploy({"Resources": {"Bucket": bucket}}, "buckets", HOME)
    told = aws.client("s3", HOME).put_object(Bucket="of-a-stack", Key="k", Body=b"1")
    assert told["ServerSideEncryption"] == "AES256"


def test_a_chosen_encryption_stays_until_it_is_deleted(s3: Any) -> None:
    """Then the default is back."""
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    s3.put_bucket_encryption(Bucket="bucket", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert algorithm(s3) == "aws:kms"
    s3.delete_bucket_encryption(Bucket="bucket")
    assert algorithm(s3) == "AES256"


@pytest.mark.parametrize(
    "condition, public",
    [
        ({}, True),
        ({"IpAddress": {"aws:SourceIp": "15.177.0.0/18"}}, False),
        ({"IpAddress": {"aws:SourceIp": ["15.177.0.0/18", "0.0.0.0/1"]}}, True),
        ({"IpAddress": {"aws:SourceIp": "2600::/8"}}, True),
        ({"NotIpAddress": {"aws:SourceIp": "15.177.0.0/18"}}, True),
        ({"StringEquals": {"aws:SourceAccount": "123456789012"}}, False),
        ({"StringLike": {"aws:SourceAccount": "1234*"}}, True),
        ({"StringEquals": {"aws:SourceVpce": "${aws:PrincipalTag/vpce}"}}, True),
        ({"StringEquals": {"aws:Referer": "a secret"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": "123456789012"}}, True),
    ],
)
def test_a_policy_for_everybody_is_public_unless_a_condition_fixes_who(
    condition: dict[str, Any], *, public: bool
) -> None:
    """By the keys AWS names, with fixed values and narrow ranges only."""
    assert is_public(policy(Condition=condition)) is public


@pytest.mark.parametrize(
    "changes, public",
    [
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": ["arn:aws:iam::123456789012:root", "*"]}}, True),
        ({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}, False),
        ({"Principal": {"Service": "logging.s3.amazonaws.com"}}, False),
        ({"Effect": "Deny"}, False),
    ],
)
def test_a_policy_for_somebody_is_not_public(changes: dict[str, Any], *, public: bool) -> None:
    """Nor is one that denies."""
    assert is_public(policy(**changes)) is public


def test_blocked_public_access_refuses_a_public_policy(s3: Any) -> None:
    """Not one that names its readers; and where nothing is blocked, any is taken."""
    s3.put_public_access_block(Bucket="bucket", PublicAccessBlockConfiguration=BLOCK)
    assert refusal(s3.put_bucket_policy, Bucket="bucket", Policy=policy()) == "AccessDenied"
    only = {"IpAddress": {"aws:SourceIp": "15.177.0.0/18"}}
    s3.put_bucket_policy(Bucket="bucket", Policy=policy(Condition=only))
    s3.delete_public_access_block(Bucket="bucket")
    s3.put_bucket_policy(Bucket="bucket", Policy=policy())
    assert s3.get_bucket_policy_status(Bucket="bucket")["PolicyStatus"]["IsPublic"] is True


def test_a_condition_that_fixes_nobody_leaves_the_status_public(s3: Any) -> None:
    """GetBucketPolicyStatus judges as the block does."""
    encrypted = {"Bool": {"aws:SecureTransport": "true"}}
    s3.put_bucket_policy(Bucket="bucket", Policy=policy(Condition=encrypted))
    assert s3.get_bucket_policy_status(Bucket="bucket")["PolicyStatus"]["IsPublic"] is True


def test_a_template_cannot_open_a_blocked_bucket(aws: EmbeddedAws) -> None:
    """The deployment fails as it would on AWS."""
    resources = {
        "Bucket": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"BucketName": "bucket", "PublicAccessBlockConfiguration": BLOCK},
        },
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": json.loads(policy())},
        },
    }
    with pytest.raises(AwsError, match="BlockPublicPolicy"):
        aws.deploy({"Resources": resources}, "buckets", HOME)
