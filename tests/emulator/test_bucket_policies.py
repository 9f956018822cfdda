"""Bucket policies deny what they say, under the conditions they say."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME


def deploy(aws: EmbeddedAws, condition: dict[str, Any], action: str = "s3:PutObject") -> Any:
    """A bucket whose policy denies `action` under `condition`; a client for it."""
    statement = {
        "Sid": "Rule",
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": "arn:aws:s3:::trail/*",
        "Condition": condition,
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "trail"}},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": policy},
        },
    }
    aws.deploy({"Resources": resources}, "s", HOME)
    return aws.client("s3", HOME)


def test_a_rule_about_plain_connections_lets_encrypted_ones_pass(aws: EmbeddedAws) -> None:
    """Every client here uses TLS."""
    s3 = deploy(aws, {"Bool": {"aws:SecureTransport": "false"}}, "s3:*")
    s3.put_object(Bucket="trail", Key="a", Body=b"x")
    assert s3.get_object(Bucket="trail", Key="a")["Body"].read() == b"x"


def test_only_conditional_writes_are_let_in(aws: EmbeddedAws) -> None:
    """A write without If-None-Match is denied, and so is one over an object that is there."""
    condition = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": True}}
    s3 = deploy(aws, condition)
    with pytest.raises(ClientError, match="Rule of the policy of trail denies s3:PutObject"):
        s3.put_object(Bucket="trail", Key="a", Body=b"x")
    s3.put_object(Bucket="trail", Key="a", Body=b"x", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="trail", Key="a", Body=b"y", IfNoneMatch="*")
    assert s3.get_object(Bucket="trail", Key="a")["Body"].read() == b"x"


def test_a_condition_that_is_not_understood_is_refused(aws: EmbeddedAws) -> None:
    """Rather than ignored."""
    with pytest.raises(AwsError, match="DateGreaterThan"):
        deploy(aws, {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01"}})
