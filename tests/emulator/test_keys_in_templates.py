"""Keys that templates make: every kind, and replicas in another region."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.cloud import EmbeddedAws

HOME, STANDBY = "eu-central-1", "eu-west-1"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}


def one(kind: str, **properties: Any) -> dict[str, Any]:
    """A template of one resource that outputs its ARN."""
    made = {"Type": kind, "Properties": {"KeyPolicy": POLICY, **properties}}
    arn = {"Value": {"Fn::GetAtt": ["Key", "Arn"]}}
    return {"Resources": {"Key": made}, "Outputs": {"Arn": arn, "Id": {"Value": {"Ref": "Key"}}}}


@pytest.mark.parametrize(
    "usage, spec, operation",
    [
        ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "generate_data_key"),
        ("GENERATE_VERIFY_MAC", "HMAC_256", "generate_mac"),
        ("SIGN_VERIFY", "ECC_NIST_EDWARDS25519", "sign"),
    ],
)
def test_a_key_of_each_kind_does_what_its_usage_says_in_both_regions(
    usage: str, spec: str, operation: str
) -> None:
    """The replica has the same id, and is another key's ARN."""
    arguments: dict[str, dict[str, Any]] = {
        "generate_data_key": {"NumberOfBytes": 64},
        "generate_mac": {"MacAlgorithm": "HMAC_SHA_256", "Message": b"x"},
        "sign": {"Message": b"x", "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"},
    }
    with EmbeddedAws(start=1_767_600_000.0, seed=1, regions=(HOME, STANDBY)) as aws:
        key = one("AWS::KMS::Key", KeyUsage=usage, KeySpec=spec, MultiRegion=True)
        home = aws.deploy(key, stack="home", region=HOME, parameters={}).outputs
        replica = one("AWS::KMS::ReplicaKey", PrimaryKeyArn=home["Arn"])
        standby = aws.deploy(replica, stack="standby", region=STANDBY, parameters={}).outputs
        assert standby["Id"] == home["Id"]
        assert standby["Arn"] == home["Arn"].replace(HOME, STANDBY)
        for region in (HOME, STANDBY):
            client = aws.client("kms", region)
            assert getattr(client, operation)(KeyId=home["Id"], **arguments[operation])


def test_a_key_of_one_region_cannot_be_replicated() -> None:
    """As on AWS, the stack fails."""
    with EmbeddedAws(start=1_767_600_000.0, seed=1, regions=(HOME, STANDBY)) as aws:
        home = aws.deploy(one("AWS::KMS::Key"), stack="home", region=HOME, parameters={})
        replica = one("AWS::KMS::ReplicaKey", PrimaryKeyArn=home.outputs["Arn"])
        with pytest.raises(AwsError, match="not a multi-Region primary key"):
            aws.deploy(replica, stack="standby", region=STANDBY, parameters={})
