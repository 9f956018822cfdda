"""What the ledger and a trail's inbox may say when a duty was not kept; see `breaks`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from autopilot.domain.instants import month_of
from autopilot.gate.incidents import Opening
from autopilot_lab.drill.installation import Installation
from tests.compliance.breaks import DAY_MS, HOME, LEDGER, SERVICE, TRAIL, Seen
from tests.compliance.conftest import NOW_MS


@contextmanager
def stuck_journal(world: Installation) -> Iterator[Seen]:
    """An entry has waited for export for two hours."""
    dynamodb = world.aws.client("dynamodb", HOME)
    key = {"service": {"S": SERVICE}, "record": {"S": "ledger"}}
    names = {"#id": "by-hand"}
    entry = {"M": {"at_ms": {"N": str(NOW_MS)}}}
    dynamodb.update_item(
        TableName=LEDGER,
        Key=key,
        UpdateExpression="SET journal.advance.#id = :entry, causes.#id = :entry",
        ExpressionAttributeNames=names,
        ExpressionAttributeValues={":entry": entry},
    )
    yield Seen(now_ms=NOW_MS + 2 * 3_600_000)
    dynamodb.update_item(
        TableName=LEDGER,
        Key=key,
        UpdateExpression="REMOVE journal.advance.#id, causes.#id",
        ExpressionAttributeNames=names,
    )


@contextmanager
def unattended_breach(world: Installation) -> Iterator[Seen]:
    """An incident about data has been open for two days."""
    opening = Opening("data", "incident-data-20260921T141320Z-0123456789ab", "by-hand", "a test")
    world.gate.claim_incident(opening)
    yield Seen(now_ms=NOW_MS + 2 * DAY_MS)
    key = {"service": {"S": SERVICE}, "record": {"S": "claim/incident-data"}}
    world.aws.client("dynamodb", HOME).delete_item(TableName=LEDGER, Key=key)


@contextmanager
def ledger_record(world: Installation, name: str, fields: Mapping[str, Any]) -> Iterator[None]:
    """A record as another runbook leaves it."""
    world.gate.record(name, fields)
    yield
    key = {"service": {"S": SERVICE}, "record": {"S": name}}
    world.aws.client("dynamodb", HOME).delete_item(TableName=LEDGER, Key=key)


def unverified_trail(world: Installation) -> AbstractContextManager[None]:
    """The last verification of home's trail was two days ago."""
    fields = {"verified": True, "verified_ms": NOW_MS - 2 * DAY_MS}
    return ledger_record(world, f"trail-verified/{HOME}", fields)


def unarchived_trail(world: Installation) -> AbstractContextManager[None]:
    """Three packs were due and could not be archived."""
    fields = {"at_ms": NOW_MS, "left_in_all": 3, "over": 0}
    return ledger_record(world, f"retention-report/{HOME}", fields)


def overdue_trail(world: Installation) -> AbstractContextManager[None]:
    """One class of entries has something older than its limit."""
    fields = {"at_ms": NOW_MS, "left_in_all": 0, "over": 1}
    return ledger_record(world, f"retention-report/{HOME}", fields)


def restore_long_ago(world: Installation) -> AbstractContextManager[None]:
    """A restore of the ledger was last tried a hundred days ago."""
    fields = {"ended_ms": NOW_MS - 100 * DAY_MS, "verified": True}
    return ledger_record(world, "restore/last", fields)


def stuck_erasure(world: Installation) -> AbstractContextManager[None]:
    """A run that erased died two days ago."""
    fields = {"progress": "begun", "begun_ms": NOW_MS - 2 * DAY_MS}
    return ledger_record(world, "erasure/0123456789abcdef", fields)


def forgotten_request(world: Installation) -> AbstractContextManager[None]:
    """A person asked for an erasure; the month ended yesterday."""
    due_ms = NOW_MS - DAY_MS
    fields = {"request": "ticket-1", "due_ms": due_ms, "state": "open"}
    return ledger_record(world, f"erasure-due/{month_of(due_ms)}/ticket-1", fields)


@contextmanager
def stuck_inbox(world: Installation) -> Iterator[Seen]:
    """An entry has waited for two hours to be sealed."""
    s3, key = world.aws.client("s3", HOME), "inbox/by-hand"
    s3.put_object(Bucket=TRAIL, Key=key, Body=b"{}", IfNoneMatch="*")
    yield Seen(now_ms=NOW_MS + 2 * 3_600_000)
    for one in s3.list_object_versions(Bucket=TRAIL, Prefix=key)["Versions"]:
        s3.delete_object(Bucket=TRAIL, Key=key, VersionId=one["VersionId"])
