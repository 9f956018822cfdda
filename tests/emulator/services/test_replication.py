"""S3 replication: new versions arrive in the other region, deletions of versions do not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.faults import Fault
from tests.emulator.conftest import HOME, STANDBY

SOURCE, TARGET = "trail-home", "trail-standby"
ACTIONS = (
    "s3:GetObjectVersionForReplication",
    "s3:ReplicateObject",
    "s3:ReplicateDelete",
)


@dataclass
class Pair:
    """Two versioned buckets, the first replicated to the second."""

    aws: EmbeddedAws
    here: Any
    there: Any
    role: str

    def rule(self, **more: Any) -> None:
        """Replicate under one rule, with changes."""
        rule = {
            "ID": "all",
            "Status": "Enabled",
            "Priority": 1,
            "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "Destination": {"Bucket": f"arn:aws:s3:::{TARGET}"},
            **more,
        }
        self.here.put_bucket_replication(
            Bucket=SOURCE, ReplicationConfiguration={"Role": self.role, "Rules": [rule]}
        )

    def put(self, key: str = "segment", body: bytes = b"entries", **more: Any) -> str:
        """Write an object at home; return its version."""
        return str(self.here.put_object(Bucket=SOURCE, Key=key, Body=body, **more)["VersionId"])

    def status(self, client: Any, bucket: str, key: str = "segment") -> str:
        """The replication status that a HEAD shows."""
        return str(client.head_object(Bucket=bucket, Key=key).get("ReplicationStatus", ""))

    def keys(self) -> list[str]:
        """The keys that exist in the other region."""
        listed = self.there.list_objects_v2(Bucket=TARGET).get("Contents", [])
        return [one["Key"] for one in listed]


def make_role(aws: EmbeddedAws, *actions: str) -> str:
    """A role for replication with these rights."""
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    iam = aws.client("iam", "us-east-1")
    arn = iam.create_role(
        RoleName="replicator",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    if actions:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        iam.put_role_policy(
            RoleName="replicator",
            PolicyName="replicate",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
    return str(arn)


def make_pair(aws: EmbeddedAws, *actions: str) -> Pair:
    """The buckets, with a role of these rights and one rule."""
    clients = {SOURCE: aws.client("s3", HOME), TARGET: aws.client("s3", STANDBY)}
    for (bucket, client), region in zip(clients.items(), (HOME, STANDBY), strict=True):
        client.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region}
        )
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    pair = Pair(aws, clients[SOURCE], clients[TARGET], make_role(aws, *actions))
    pair.rule()
    return pair


@pytest.fixture
def pair(aws: EmbeddedAws) -> Pair:
    """A pair whose role has every right."""
    return make_pair(aws, *ACTIONS)


def test_a_new_version_arrives_a_while_later(aws: EmbeddedAws, pair: Pair) -> None:
    """With the same version id, metadata and bytes; both ends say where it stands."""
    version = pair.put(Metadata={"root": "abc"}, Tagging="class=audit")
    assert (pair.status(pair.here, SOURCE), pair.keys()) == ("PENDING", [])
    aws.run(60)
    found = pair.there.get_object(Bucket=TARGET, Key="segment", VersionId=version)
    tags = pair.there.get_object_tagging(Bucket=TARGET, Key="segment")["TagSet"]
    assert (found["Body"].read(), found["Metadata"]) == (b"entries", {"root": "abc"})
    assert tags == [{"Key": "class", "Value": "audit"}]
    assert pair.status(pair.here, SOURCE) == "COMPLETED"
    assert pair.status(pair.there, TARGET) == "REPLICA"


def test_deleting_a_version_is_not_replicated(aws: EmbeddedAws, pair: Pair) -> None:
    """Who deletes for good must delete in each bucket."""
    version = pair.put()
    aws.run(60)
    pair.here.delete_object(Bucket=SOURCE, Key="segment", VersionId=version)
    aws.run(600)
    assert pair.keys() == ["segment"]


@pytest.mark.parametrize("markers, left", [("Disabled", ["segment"]), ("Enabled", [])])
def test_delete_markers_are_replicated_where_the_rule_says_so(
    aws: EmbeddedAws, pair: Pair, markers: str, left: list[str]
) -> None:
    """By default a deletion at home hides nothing elsewhere."""
    pair.rule(DeleteMarkerReplication={"Status": markers})
    pair.put()
    aws.run(60)
    pair.here.delete_object(Bucket=SOURCE, Key="segment")
    aws.run(60)
    assert pair.keys() == left


def test_only_what_the_rule_covers_is_replicated(aws: EmbeddedAws, pair: Pair) -> None:
    """And only what is written after it came into force."""
    pair.here.delete_bucket_replication(Bucket=SOURCE)
    pair.put("trail/early")
    pair.rule(Filter={"Prefix": "trail/"})
    pair.put("trail/late")
    pair.put("scratch/late")
    aws.run(60)
    assert pair.keys() == ["trail/late"]


def test_replicas_are_not_replicated_further(aws: EmbeddedAws, pair: Pair) -> None:
    """Two buckets that replicate to each other exchange each version once."""
    back = {
        "ID": "back",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{SOURCE}"},
    }
    pair.there.put_bucket_replication(
        Bucket=TARGET, ReplicationConfiguration={"Role": pair.role, "Rules": [back]}
    )
    pair.put()
    aws.run(600)
    versions = pair.here.list_object_versions(Bucket=SOURCE)["Versions"]
    assert (len(versions), len(aws.log.of("replication"))) == (1, 1)


def test_a_role_without_the_rights_replicates_nothing(aws: EmbeddedAws) -> None:
    """The status says that it failed, and nobody else does."""
    pair = make_pair(aws, "s3:GetObjectVersionForReplication")
    pair.put()
    aws.run(60)
    assert (pair.status(pair.here, SOURCE), pair.keys()) == ("FAILED", [])


def test_what_cannot_be_delivered_waits_for_the_region(aws: EmbeddedAws, pair: Pair) -> None:
    """The backlog is the recovery point that a lost region leaves."""
    fault = aws.faults.add(Fault(service="s3", region=STANDBY, kind="timeout"))
    pair.put()
    aws.run(600)
    assert pair.status(pair.here, SOURCE) == "PENDING"
    aws.faults.remove(fault)
    aws.run(60)
    assert (pair.status(pair.here, SOURCE), pair.keys()) == ("COMPLETED", ["segment"])


def test_a_bucket_shows_its_rules_as_they_are(pair: Pair) -> None:
    """Filter and marker settings too."""
    pair.rule(Filter={"Prefix": "trail/"}, DeleteMarkerReplication={"Status": "Enabled"})
    found = pair.here.get_bucket_replication(Bucket=SOURCE)["ReplicationConfiguration"]
    rule = found["Rules"][0]
    assert (found["Role"], rule["Filter"]) == (pair.role, {"Prefix": "trail/"})
    assert rule["DeleteMarkerReplication"] == {"Status": "Enabled"}
    pair.here.delete_bucket_replication(Bucket=SOURCE)
    with pytest.raises(ClientError, match="ReplicationConfigurationNotFoundError"):
        pair.here.get_bucket_replication(Bucket=SOURCE)


def test_a_template_configures_replication(aws: EmbeddedAws, pair: Pair) -> None:
    """Versioning and rules of AWS::S3::Bucket, which moto passes over."""
    rule = {
        "Id": "all",
        "Status": "Enabled",
        "Destination": {"Bucket": f"arn:aws:s3:::{TARGET}"},
    }
    properties = {
        "BucketName": "made-by-template",
        "VersioningConfiguration": {"Status": "Enabled"},
        "ReplicationConfiguration": {"Role": pair.role, "Rules": [rule]},
    }
    bucket = {"Type": "AWS::S3::Bucket", "Properties": properties}
    aws.deploy({"Resources": {"Bucket": bucket}}, "buckets", HOME)
    pair.here.put_object(Bucket="made-by-template", Key="one", Body=b"1")
    aws.run(60)
    assert pair.keys() == ["one"]
