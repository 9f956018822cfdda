"""S3 replication: what is written to a bucket appears in its destinations a while later.

What is replicated and what is not:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html.
New versions are, with their metadata, tags and locks; delete markers where the rule says so;
deletions of a version never; replicas are not replicated further; what was there before the rule
stays where it is.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from moto.s3.models import FakeBucket, FakeDeleteMarker, FakeKey, S3Backend, s3_backends

from autopilot_lab.emulator.access.access import Access
from autopilot_lab.emulator.access.needs import Need
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.faults import Faults
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.services.replication_rules import (
    ReplicationRule,
    as_written_in_a_template,
    rules_of,
)

#: Most objects arrive within seconds, 99.9 % within 15 minutes where that is paid for
#: (https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-time-control.html).
DELAY_SECONDS = (5.0, 60.0)
RETRY_SECONDS = 60.0
ATTEMPTS_MAX = 1_440
STATUS_HEADER = "x-amz-replication-status"

Version = FakeKey | FakeDeleteMarker


class Replication:
    """Copies new versions in virtual time, under the role of the configuration."""

    def __init__(
        self, *, scheduler: Scheduler, log: EventLog, faults: Faults, access: Access, seed: int
    ) -> None:
        self._scheduler = scheduler
        self._log = log
        self._faults = faults
        self._access = access
        self._stream = random.Random(f"replication/{seed}")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Watch moto's buckets for new versions until the exit."""
        backend, key, bucket = _classes()
        put, mark = backend.put_object, backend._set_delete_marker
        shown, create = key.response_dict, bucket.__dict__["create_from_cloudformation_json"]

        def put_object(store: Any, bucket_name: str, *args: Any, **kwargs: Any) -> FakeKey:
            made: FakeKey = put(store, bucket_name, *args, **kwargs)
            self._begin(store.get_bucket(bucket_name), made)
            return made

        def set_delete_marker(store: Any, bucket_name: str, key_name: str) -> FakeDeleteMarker:
            made: FakeDeleteMarker = mark(store, bucket_name, key_name)
            self._begin(store.get_bucket(bucket_name), made)
            return made

        def created(cls: Any, name: str, template: Any, *args: Any, **kwargs: Any) -> FakeBucket:
            made: FakeBucket = create.__func__(cls, name, template, *args, **kwargs)
            configure(made, template.get("Properties", {}))
            return made

        backend.put_object, backend._set_delete_marker = put_object, set_delete_marker
        key.response_dict = property(lambda one: shown.fget(one) | _status_header(one))
        bucket.create_from_cloudformation_json = classmethod(created)
        try:
            yield
        finally:
            backend.put_object, backend._set_delete_marker = put, mark
            key.response_dict = shown
            bucket.create_from_cloudformation_json = create

    # -- from one version to its replicas --------------------------------------------------------

    def _begin(self, bucket: FakeBucket, version: Version) -> None:
        if not bucket.is_versioned:
            return
        is_marker = isinstance(version, FakeDeleteMarker)
        rules = [rule for rule in rules_of(bucket) if rule.covers(version.name)]
        wanted = _one_for_each_destination(
            [rule for rule in rules if rule.replicates_markers or not is_marker]
        )
        if not wanted:
            return
        _set_status(version, "PENDING")
        waiting = {rule.destination for rule in wanted}
        for rule in wanted:
            self._later(bucket, version, rule, waiting, self._stream.uniform(*DELAY_SECONDS), 1)

    def _later(
        self,
        bucket: FakeBucket,
        version: Version,
        rule: ReplicationRule,
        waiting: set[str],
        seconds: float,
        attempt: int,
    ) -> None:
        self._scheduler.call_at(
            self._scheduler.now + seconds,
            lambda: self._try(bucket, version, rule, waiting, attempt),
        )

    def _try(
        self,
        bucket: FakeBucket,
        version: Version,
        rule: ReplicationRule,
        waiting: set[str],
        attempt: int,
    ) -> None:
        """Copy now, or again later while one of the two regions does not answer."""
        target = s3_backends[ACCOUNT]["aws"].buckets.get(rule.destination)
        if target is not None and self._is_cut(bucket, target) and attempt < ATTEMPTS_MAX:
            self._later(bucket, version, rule, waiting, RETRY_SECONDS, attempt + 1)
            return
        arrived = (
            target is not None and target.is_versioned and self._may(bucket, target, version, rule)
        )
        if target is not None and arrived:
            _insert(target, _replica(version, target, rule))
        waiting.discard(rule.destination)
        if not arrived:
            _set_status(version, "FAILED")
        elif not waiting and _status(version) == "PENDING":
            _set_status(version, "COMPLETED")
        self._log.add(
            "replication",
            bucket=bucket.name,
            key=version.name,
            to=rule.destination,
            result="copied" if arrived else "failed",
        )

    def _is_cut(self, bucket: FakeBucket, target: FakeBucket) -> bool:
        calls = (
            Call("s3", "GetObject", bucket.region_name, caller="replication"),
            Call("s3", "PutObject", target.region_name, caller="replication"),
        )
        return any(self._faults.lasting(call, self._scheduler.now) for call in calls)

    def _may(
        self, bucket: FakeBucket, target: FakeBucket, version: Version, rule: ReplicationRule
    ) -> bool:
        """Whether the role of the configuration has the rights that replication needs.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
        """
        is_marker = isinstance(version, FakeDeleteMarker)
        writing = "s3:ReplicateDelete" if is_marker else "s3:ReplicateObject"
        needs = [Need(writing, f"arn:aws:s3:::{target.name}/{version.name}")]
        if not is_marker:
            source = f"arn:aws:s3:::{bucket.name}/{version.name}"
            needs.append(Need("s3:GetObjectVersionForReplication", source))
        return all(
            self._access.has(rule.role_arn, need, region=target.region_name) for need in needs
        )


def _one_for_each_destination(rules: list[ReplicationRule]) -> list[ReplicationRule]:
    """Of several rules with one destination, that of the highest priority."""
    best: dict[str, ReplicationRule] = {}
    for rule in sorted(rules, key=lambda one: one.priority):
        best[rule.destination] = rule
    return list(best.values())


def _replica(version: Version, target: FakeBucket, rule: ReplicationRule) -> Version:
    """A copy with the same version id, in another bucket."""
    if isinstance(version, FakeDeleteMarker):
        marker = copy(version)
        _set_status(marker, "REPLICA")
        return marker
    replica = FakeKey(
        name=version.name,
        value=version.value,
        account_id=version.account_id,
        region_name=target.region_name,
        storage=rule.storage_class or version.storage_class,
        etag=version.etag.strip('"') if version.multipart else None,
        is_versioned=True,
        version_id=version.version_id,
        bucket_name=target.name,
        encryption=version.encryption,
        lock_mode=version.lock_mode,
        lock_legal_status=version.lock_legal_status,
        lock_until=version.lock_until,
        checksum_value=version.checksum_value,
    )
    replica._metadata = copy(version._metadata)
    replica.checksum_algorithm = version.checksum_algorithm
    s3_backends[ACCOUNT]["aws"].tagger.copy_tags(version.arn, replica.arn)
    _set_status(replica, "REPLICA")
    return replica


def _insert(target: FakeBucket, replica: Version) -> None:
    """Put a version among those of its key. A copy that is there already stays the only one."""
    versions = target.keys.getlist(replica.name, [])
    if all(str(one.version_id) != str(replica.version_id) for one in versions):
        target.keys.setlist(replica.name, [*versions, replica])


def _set_status(version: Version, status: str) -> None:
    vars(version)["replication_status"] = status


def _status(version: Version) -> str:
    return str(vars(version).get("replication_status", ""))


def _status_header(version: Version) -> dict[str, str]:
    status = _status(version)
    return {STATUS_HEADER: status} if status else {}


def configure(bucket: FakeBucket, properties: dict[str, Any]) -> None:
    """Apply what moto leaves out of a template's bucket, as far as replication needs it."""
    versioning = properties.get("VersioningConfiguration")
    if versioning:
        bucket.versioning_status = versioning["Status"]
    if "ReplicationConfiguration" in properties:
        configured = as_written_in_a_template(properties["ReplicationConfiguration"])
        vars(bucket)["replication"] = configured


def _classes() -> tuple[Any, Any, Any]:
    """The classes of moto whose methods are exchanged while a lab runs."""
    return S3Backend, FakeKey, FakeBucket
