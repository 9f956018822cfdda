"""Bucket policies deny what they say, under the conditions they say."""

from __future__ import annotations

import json
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
    with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy"):
        s3.put_object(Bucket="trail", Key="a", Body=b"x")
    s3.put_object(Bucket="trail", Key="a", Body=b"x", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket="trail", Key="a", Body=b"y", IfNoneMatch="*")
    assert s3.get_object(Bucket="trail", Key="a")["Body"].read() == b"x"


def test_the_parts_of_an_upload_need_no_condition_but_its_end_does(aws: EmbeddedAws) -> None:
    """They do not create the object (S3 user guide, "Enforce conditional writes")."""
    condition = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": True}}
    s3 = deploy(aws, condition)
    upload = s3.create_multipart_upload(Bucket="trail", Key="a")["UploadId"]
    part = s3.upload_part(Bucket="trail", Key="a", UploadId=upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}
    whole = {"Bucket": "trail", "Key": "a", "UploadId": upload, "MultipartUpload": parts}
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.complete_multipart_upload(**whole)
    s3.complete_multipart_upload(**whole, IfNoneMatch="*")


def test_a_copy_into_a_bucket_of_conditional_writes_is_denied(aws: EmbeddedAws) -> None:
    """CopyObject without the header fails with 403."""
    s3 = deploy(aws, {"Null": {"s3:if-none-match": "true"}})
    s3.put_object(Bucket="trail", Key="a", Body=b"x", IfNoneMatch="*")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.copy_object(Bucket="trail", Key="b", CopySource={"Bucket": "trail", "Key": "a"})


def test_a_condition_on_the_time_is_decided_anew_each_time(aws: EmbeddedAws) -> None:
    """Allowed until an instant of virtual time, denied from then on."""
    end = "2023-11-14T22:30:00Z"  # 1_700_001_000
    s3 = deploy(aws, {"DateGreaterThanEquals": {"aws:CurrentTime": end}})
    s3.put_object(Bucket="trail", Key="a", Body=b"x")
    aws.run(1000)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket="trail", Key="a", Body=b"x")


def test_a_policy_put_later_counts_from_its_arrival(aws: EmbeddedAws) -> None:
    """And no longer once it is deleted."""
    s3 = deploy(aws, {"Bool": {"aws:SecureTransport": "false"}})
    s3.put_object(Bucket="trail", Key="a", Body=b"x")
    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    del_only = denial | {"NotAction": "s3:DeleteBucketPolicy"}
    del del_only["Action"]
    s3.put_bucket_policy(Bucket="trail", Policy=json.dumps({"Statement": [del_only]}))
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket="trail", Key="a")
    s3.delete_bucket_policy(Bucket="trail")
    s3.get_object(Bucket="trail", Key="a")


@pytest.mark.parametrize(
    "condition, says",
    [
        ({"StringIs": {"aws:SourceVpc": "x"}}, "no condition operator StringIs"),
        ({"StringEquals": {"aws:SourceVpc": "x"}}, "does not supply the condition key"),
    ],
)
def test_a_condition_that_cannot_be_evaluated_is_refused(
    aws: EmbeddedAws, condition: dict[str, Any], says: str
) -> None:
    """Rather than ignored."""
    with pytest.raises(AwsError, match=says):
        deploy(aws, condition)
