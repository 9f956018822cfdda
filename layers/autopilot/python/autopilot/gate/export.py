"""Moves journal entries into the region's trail, each once, whatever dies in between.

Put the segment, move the head, remove from the journal, in this order. Died after the put: the
key is taken, so the stored segment is adopted. Died after the head: its ids are still in the
journal and are removed first, never exported again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autopilot.domain.permit import LEDGER, issue_journal
from autopilot.domain.writes import (
    AtMost,
    ConditionalWrite,
    ConditionFailed,
    Exists,
    Path,
    Set,
)
from autopilot.errors import Inconsistent
from autopilot.gate.chain import chained, identities, line_hash, verify_chain
from autopilot.gate.door import PLANNER, Door
from autopilot.gate.ledger import RING_SECONDS, RING_SLOTS, LedgerView
from autopilot.gate.planner import Head, PlannerLease, advance_head, move_head, superseded
from autopilot.ports import Trail

SEGMENTS_MAX: Final = 1_000_000  #: a reader of a trail stops there


@dataclass(frozen=True, slots=True)
class Exported:
    """What one pass did."""

    entries: int  #: taken out of the journal
    waiting: int  #: left in it, because the ring of applied ids had no room
    head: Head
    view: LedgerView  #: the ledger as it stands after the pass
    oldest_ms: int | None = None  #: instant of the oldest entry that the pass found waiting


def export(door: Door, lease: PlannerLease, trail: Trail, region: str) -> Exported:
    """Export all entries there is room for; raise `PlannerSuperseded` when overtaken."""
    head = lease.head(region)
    before = door.read()
    view = _remove(door, lease, before, head.segment_ids)
    unfinished = any(view.entry(each) is not None for each in head.segment_ids)
    batch = [] if unfinished else _batch(view, _room(view, door.clock.now_ms()))
    if batch:
        head = _store(trail, region, head, batch)
        move_head(door, lease, region, head)
        view = _remove(door, lease, view, head.segment_ids)
    waiting = sum(1 for _ in view.journal())
    written = [int(before.item["causes"][each]["at_ms"]) for _, each, _ in before.journal()]
    return Exported(len(written) - waiting, waiting, head, view, min(written, default=None))


def settle(door: Door, trail: Trail, region: str) -> bool:
    """Move the head over a segment that a pass of this region put, but could not record.

    Should another region tend the ledger since, it has exported the same entries into its own
    trail: readers of both drop doubles by entry id. Only this region writes here, so that it
    settles its own trail whoever holds the planner lease. False when there was nothing to settle.
    """
    record = door.ledger.read(PLANNER)
    heads: Mapping[str, Any] = record["heads"] if record else {}
    head = Head.of(heads[region]) if region in heads else Head()
    key = segment_key(region, head.sequence + 1)
    if trail.get(key) is None:
        return False
    lines = _adopted(trail, key, head)
    return advance_head(door, region, head, _head_after(head, lines))


def segment_key(region: str, first_sequence: int) -> str:
    """Where the segment that begins with that line lies."""
    return f"trail/{region}/{first_sequence:012d}.jsonl"


def read_trail(trail: Trail, region: str) -> Iterator[bytes]:
    """Every line of the region's trail, in order, without line ends."""
    sequence = 1
    for _ in range(SEGMENTS_MAX):
        body = trail.get(segment_key(region, sequence))
        if not body:
            return
        lines = body.splitlines()
        yield from lines
        sequence += len(lines)


def _batch(view: LedgerView, room: int) -> Sequence[Mapping[str, Any]]:
    """Entries joined with their causes, in order of (epoch, version), then id."""
    causes = view.item["causes"]
    joined = [{"id": each, **entry, "cause": causes[each]} for _, each, entry in view.journal()]
    joined.sort(key=lambda entry: (entry["epoch"], entry["version"], entry["id"]))
    return joined[:room]


def _room(view: LedgerView, now_ms: int) -> int:
    return RING_SLOTS - len(view.item["applied"]) + len(_forgotten(view, now_ms))


def _store(trail: Trail, region: str, head: Head, batch: Sequence[Mapping[str, Any]]) -> Head:
    """Put the segment, or adopt the one that an earlier pass put there; return the new head."""
    key = segment_key(region, head.sequence + 1)
    lines = list(chained(head, batch))
    if not trail.put_if_absent(key, b"".join(line + b"\n" for line in lines)):
        lines = _adopted(trail, key, head)
    return _head_after(head, lines)


def _head_after(head: Head, lines: Sequence[bytes]) -> Head:
    return Head(head.sequence + len(lines), line_hash(lines[-1]), identities(lines))


def _adopted(trail: Trail, key: str, head: Head) -> list[bytes]:
    lines = (trail.get(key) or b"").splitlines()
    report = verify_chain(lines, start=head)
    if not lines or not report.verified:
        message = f"{key} is taken by a segment that does not go on from the head: {report.fault}"
        raise Inconsistent(message)
    return lines


def _remove(
    door: Door, lease: PlannerLease, view: LedgerView, exported: Sequence[str]
) -> LedgerView:
    """Take exactly the `exported` entries out of the journal, into the ring while it has room."""
    now_ms = door.clock.now_ms()
    forgotten = _forgotten(view, now_ms)
    room = RING_SLOTS - len(view.item["applied"]) + len(forgotten)
    leaving = {each: kind for kind, each, _ in view.journal() if each in exported}
    leaving = dict(list(leaving.items())[:room])
    if not leaving and not forgotten:
        return view
    write = ConditionalWrite(
        LEDGER,
        sets=(
            Set(("planner_fence",), lease.fence),
            *(Set(("applied", each), now_ms) for each in leaving),
        ),
        removes=(*_paths(leaving), *(("applied", each) for each in forgotten)),
        conditions=(Exists(("schema_version",)), AtMost(("planner_fence",), lease.fence)),
    )
    try:
        return LedgerView.of(door.ledger.write(write, issue_journal("export", write)))
    except ConditionFailed as failure:
        raise superseded(lease, (failure.item or {}).get("planner_fence")) from failure


def _paths(leaving: Mapping[str, str]) -> Iterator[Path]:
    for each, kind in leaving.items():
        yield ("journal", kind, each)
        yield ("causes", each)


def _forgotten(view: LedgerView, now_ms: int) -> tuple[str, ...]:
    """Ids that the ring has kept long enough, unless they are about to be set again."""
    oldest_ms = now_ms - RING_SECONDS * 1000
    return tuple(each for each, at_ms in view.item["applied"].items() if at_ms <= oldest_ms)
