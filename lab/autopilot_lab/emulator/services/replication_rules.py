"""The replication configuration of a bucket, read from where moto keeps it, and shown again.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html. Without a
Filter a rule is of the first version, which replicates delete markers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from moto.s3.models import FakeBucket, s3_backends

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.access.objects import place
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.moto_backend import ACCOUNT

ENABLED = "Enabled"
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class ReplicationRule:
    """An enabled rule: what it covers, where to, under which role."""

    role_arn: str
    prefix: str
    destination: str  #: a bucket's name
    priority: int
    replicates_markers: bool
    storage_class: str

    def covers(self, key: str) -> bool:
        """Whether objects of this key are replicated by the rule."""
        return key.startswith(self.prefix)


def rules_of(bucket: FakeBucket) -> Sequence[ReplicationRule]:
    """The enabled rules of a bucket."""
    configured = vars(bucket).get("replication") or {}
    rules = configured.get("Rule", ())
    return [_rule(str(configured["Role"]), one) for one in rules if one["Status"] == ENABLED]


def as_written_in_a_template(properties: Mapping[str, Any]) -> dict[str, Any]:
    """CloudFormation's spelling of a configuration, in moto's."""
    rules = [
        {"ID": one.get("Id", f"rule-{number}"), "Priority": one.get("Priority", 0), **one}
        for number, one in enumerate(properties["Rules"], start=1)
    ]
    return {"Role": properties["Role"], "Rule": rules}


def get_bucket_replication(call: Call, request: wire.Request) -> wire.Response:
    """GetBucketReplication: moto shows every rule without its filter and marker settings."""
    name, _ = place(Asked(call, request))
    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(name)
    if bucket is None:
        raise AwsError("NoSuchBucket", "The specified bucket does not exist", NOT_FOUND)
    configured = vars(bucket).get("replication")
    if not configured:
        message = "The replication configuration was not found"
        raise AwsError("ReplicationConfigurationNotFoundError", message, NOT_FOUND)
    rules = [_shown(one) for one in configured["Rule"]]
    result = {"ReplicationConfiguration": {"Role": configured["Role"], "Rules": rules}}
    return wire.encode("s3", "GetBucketReplication", request, result)


def _rule(role_arn: str, written: Mapping[str, Any]) -> ReplicationRule:
    chosen = written.get("Filter")
    both = (chosen or {}).get("And") or {}
    if _tags(chosen) or _tags(both):
        message = "the lab does not replicate by tags; filter by prefix"
        raise AwsError("NotImplemented", message, 501)
    prefix = (chosen or {}).get("Prefix") or both.get("Prefix") or written.get("Prefix") or ""
    markers = (written.get("DeleteMarkerReplication") or {}).get("Status") == ENABLED
    destination = written["Destination"]
    return ReplicationRule(
        role_arn=role_arn,
        prefix=str(prefix),
        destination=str(destination["Bucket"]).rsplit(":", 1)[-1],
        priority=int(written.get("Priority") or 0),
        replicates_markers=markers or "Filter" not in written,
        storage_class=str(destination.get("StorageClass") or ""),
    )


def _tags(chosen: Mapping[str, Any] | None) -> bool:
    return any(name in (chosen or {}) for name in ("Tag", "TagFilter", "TagFilters"))


def _shown(written: Mapping[str, Any]) -> dict[str, Any]:
    keys = ("ID", "Status", "Prefix", "Destination", "DeleteMarkerReplication")
    shown = {name: written[name] for name in keys if written.get(name)}
    shown["Priority"] = int(written.get("Priority") or 0)
    if "Filter" in written:
        shown["Filter"] = written["Filter"] or {"Prefix": ""}
    return shown
