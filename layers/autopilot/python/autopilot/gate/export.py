"""Moves journal entries into the region's trail, whatever dies in between.

Keep them in the trail, then remove exactly those ids from the journal. Whoever dies in between
leaves them in both places; the next pass keeps them again, as the very same entries, and the trail
drops doubles when it seals. Should another region tend the ledger by then, both trails have them:
a reader of both counts an event once, by its id (docs/trail.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autopilot.domain.permit import LEDGER, issue_journal
from autopilot.domain.writes import (
    AtMost,
    ConditionalWrite,
    ConditionFailed,
    Exists,
    Path,
    Set,
)
from autopilot.gate.door import Door
from autopilot.gate.ledger import RING_SECONDS, RING_SLOTS, LedgerView
from autopilot.gate.planner import PlannerLease, superseded
from autopilot.ports import Trail


@dataclass(frozen=True, slots=True)
class Exported:
    """What one pass did."""

    entries: int  #: taken out of the journal
    waiting: int  #: left in it, because the ring of applied ids had no room
    view: LedgerView  #: the ledger as it stands after the pass
    oldest_ms: int | None = None  #: instant of the oldest entry that the pass found waiting


def export(door: Door, lease: PlannerLease, trail: Trail) -> Exported:
    """Export all entries there is room for; raise `PlannerSuperseded` when overtaken."""
    before = door.read()
    batch = _batch(before, _room(before, door.clock.now_ms()))
    if batch:
        trail.keep(batch)
    view = _remove(door, lease, before, [entry["id"] for entry in batch])
    waiting = sum(1 for _ in view.journal())
    written = [int(before.item["causes"][each]["at_ms"]) for _, each, _ in before.journal()]
    return Exported(len(batch), waiting, view, min(written, default=None))


def _batch(view: LedgerView, room: int) -> Sequence[Mapping[str, Any]]:
    """Entries joined with their causes, in order of (epoch, version, turn), then id."""
    causes = view.item["causes"]
    joined = [{"id": each, **entry, "cause": causes[each]} for _, each, entry in view.journal()]
    joined.sort(
        key=lambda entry: (entry["epoch"], entry["version"], entry.get("turn", 0), entry["id"])
    )
    return joined[:room]


def _room(view: LedgerView, now_ms: int) -> int:
    return RING_SLOTS - len(view.item["applied"]) + len(_forgotten(view, now_ms))


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
