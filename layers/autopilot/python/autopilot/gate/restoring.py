"""Putting the ledger back from a backup: records that are missing first, then the item, at once.

A backup is the past: its lease, its fence, its standing plans and its counts are lower than what
runs and routers have seen since. So the item is put back under numbers that nothing of before can
have, without lease and standing plans, and with the stop lever engaged: people look, then resume.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from autopilot.domain.permit import (
    TableCopy,
    issue_record,
    issue_restore,
    issue_table_copy,
)
from autopilot.domain.writes import (
    Condition,
    ConditionalWrite,
    ConditionFailed,
    Equals,
    Exists,
    Missing,
    Set,
)
from autopilot.gate import records
from autopilot.gate.acts import Act, Attempt
from autopilot.gate.door import PLANNER, Door
from autopilot.gate.entries import Cause, Entry
from autopilot.gate.ledger import JOURNAL_SLOTS, LedgerView
from autopilot.gate.planner import initial_planner
from autopilot.ports.recovery import TableCopies

#: By so much fence and turns go on: more than any lease or plan of before can have reached.
STEP: Final = 1_000_000
PREFIX: Final = "restored/"  #: one record for each restore, by its epoch
_KEY: Final = ("service", "record")
_EVIDENCE: Final = ("journal", "causes", "applied")
_SLOT: Final = "advance"  #: the widest part of the journal
_RESTORES_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Marks:
    """Numbers that only grow, as far as they are known somewhere."""

    epoch: int = 0
    fence: int = 0
    turns: int = 0

    @classmethod
    def of(cls, item: Mapping[str, Any] | None) -> Self:
        """What an item shows, however damaged it is; what it does not show is 0."""
        found = item or {}
        turns = found.get("turns")
        counted = turns.get("count") if isinstance(turns, Mapping) else turns
        return cls(*(_whole(each) for each in (found.get("epoch"), found.get("fence"), counted)))

    @classmethod
    def highest(cls, marks: Iterable[Marks]) -> Self:
        """The highest of each."""
        every = list(marks)
        return cls(
            max(each.epoch for each in every),
            max(each.fence for each in every),
            max(each.turns for each in every),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Restoring:
    """What is put back, over what, and why."""

    copied: Mapping[str, Any]  #: the ledger item of the copy, verified
    seen: Mapping[str, Any] | None  #: what lies in its place; None when nothing does
    cause: Cause
    digest: str  #: of what people said yes to


@dataclass(frozen=True, slots=True)
class Restored:
    """The ledger as it stands after a restore."""

    view: LedgerView
    repeated: bool  #: an earlier try had put it back


class Restorations:
    """Copies of the ledger's table, and the way back from one into the ledger that is there."""

    def __init__(self, door: Door) -> None:
        """Put things back behind `door`."""
        self._door = door

    def make_copy(self, copies: TableCopies, copy: TableCopy) -> None:
        """Have a copy made; it changes nothing of the service."""
        copies.make(copy, issue_table_copy("copy the ledger", copy))

    def remove_copy(self, copies: TableCopies, copy: TableCopy) -> None:
        """Have a copy removed; the ledger is never one."""
        copies.remove(copy, issue_table_copy("remove the copy", copy))

    def put_missing(self, record: Mapping[str, Any]) -> bool:
        """Put a record of the copy where there is none; False when one is there, which is newer."""
        name = str(record["record"])
        fields = {key: value for key, value in record.items() if key not in _KEY}
        write = ConditionalWrite(
            name,
            tuple(Set((key,), value) for key, value in fields.items()),
            conditions=(Missing(("record",)),),
        )
        try:
            self._door.ledger.write(write, issue_record("put back", write))
        except ConditionFailed:
            return False
        return True

    def put_back(self, restoring: Restoring) -> Restored:
        """Put the whole item back in one write; twice is once.

        Raises `GateRefused` while automation could act, or when something else lies there by now.
        """
        entry_id = restoring.cause.entry_id(f"restore/{restoring.digest}")
        before = self._view_with(entry_id, restoring.seen)
        if before is not None:
            return self._on_record(Restored(before, repeated=True), restoring)
        attempt = Attempt(
            act=Act.RESTORE,
            now_ms=self._door.clock.now_ms(),
            run=restoring.cause.by,
            seen=as_seen(restoring.seen),
        )
        highest = Marks.highest(
            (Marks.of(restoring.copied), Marks.of(restoring.seen), *self._earlier())
        )
        planner = self._door.ledger.read(PLANNER) or {}
        item = restored_item(
            restoring,
            highest,
            entry_id=entry_id,
            at_ms=attempt.now_ms,
            planner_fence=_whole(planner.get("fence")),
        )
        stale = [name for name in restoring.seen or {} if name not in (*item, *_KEY)]
        passed = self._door.write(
            attempt,
            tuple(Set((name,), value) for name, value in item.items()),
            issue=issue_restore,
            recognise=lambda view: view.was_applied(entry_id),
            removes=tuple((name,) for name in stale),
        )
        return self._on_record(Restored(passed.view, passed.repeated), restoring)

    def _view_with(self, entry_id: str, item: Mapping[str, Any] | None) -> LedgerView | None:
        """The ledger, when it shows this very restore."""
        return LedgerView.of(item) if item is not None and _shows(item, entry_id) else None

    def _earlier(self) -> list[Marks]:
        found = self._door.ledger.query(PREFIX, limit=_RESTORES_MAX)
        return [Marks.of(each) for each in found]

    def _on_record(self, restored: Restored, restoring: Restoring) -> Restored:
        """Write down how far the numbers went, for whoever restores again; let the planner begin.

        An earlier copy would otherwise lead to numbers that routers have seen before.
        """
        view = restored.view
        marks = {"epoch": view.epoch, "fence": view.fence, "turns": view.turns.count}
        told = {"run": restoring.cause.by, "digest": restoring.digest}
        records.put(self._door, f"{PREFIX}{view.epoch:09d}", {**marks, **told})
        records.put(self._door, PLANNER, initial_planner())
        return restored


def as_seen(item: Mapping[str, Any] | None) -> tuple[Condition, ...]:
    """That the ledger still is what was planned for, however damaged, or still is not there."""
    if item is None:
        return (Missing(("record",)),)
    return tuple(_still(name, item) for name in ("epoch", "version"))


def restored_item(
    restoring: Restoring,
    highest: Marks,
    *,
    entry_id: str,
    at_ms: int,
    planner_fence: int,
) -> dict[str, Any]:
    """The item that is put in place: the copy's, under numbers that nothing of before has. Pure."""
    view, fence = LedgerView.of(restoring.copied), highest.fence + STEP
    kept = {name: value for name, value in restoring.copied.items() if name not in _KEY}
    epoch, version = highest.epoch + 1, view.version + 1
    entry = Entry(
        act=Act.RESTORE.value,
        runbook="ledger_restore",
        digest=restoring.digest,
        before=view.allocation,
        after=view.allocation,
        epoch=epoch,
        version=version,
        fence=fence,
    ).to_item()
    evidence = _evidence(restoring)
    journal = {**evidence["journal"], _SLOT: {**evidence["journal"][_SLOT], entry_id: entry}}
    by = restoring.cause.by
    return {
        **kept,
        **evidence,
        "lever": {"engaged": True, "reason": restoring.cause.why, "by": by, "at_ms": at_ms},
        "fence": fence,
        "lease": {"holder": "", "runbook": "", "fence": fence, "expires_ms": 0},
        "epoch": epoch,
        "version": version,
        "standing": {},
        "maintenance": {},
        "last_effect": {"act": Act.RESTORE.value, "entry_id": entry_id, "run": by},
        "planner_fence": planner_fence,
        "turns": {"count": highest.turns + STEP, "run": "", "forward": 0},
        "journal": journal,
        "causes": {**evidence["causes"], entry_id: restoring.cause.to_item(at_ms)},
    }


def _evidence(restoring: Restoring) -> dict[str, Any]:
    """What waits for the trail: that of the ledger as it lies there, where it can still be read.

    It is newer than the copy's, of which everything else was exported meanwhile.
    """
    seen = restoring.seen or {}
    journal, causes, applied = (seen.get(name) for name in _EVIDENCE)
    readable = (
        isinstance(causes, Mapping)
        and isinstance(applied, Mapping)
        and isinstance(journal, Mapping)
        and set(journal) == set(JOURNAL_SLOTS)
        and all(isinstance(each, Mapping) and set(each) <= set(causes) for each in journal.values())
    )
    source = seen if readable else restoring.copied
    return {name: source[name] for name in _EVIDENCE}


def _still(name: str, item: Mapping[str, Any]) -> Condition:
    value = item.get(name)
    if value is None:
        return Missing((name,))
    return Equals((name,), value) if isinstance(value, str | int) else Exists((name,))


def _shows(item: Mapping[str, Any], entry_id: str) -> bool:
    """Whether journal or ring know the entry, in an item that may be damaged."""
    journal = item.get("journal")
    parts = [*journal.values()] if isinstance(journal, Mapping) else []
    known = [each for each in (*parts, item.get("applied")) if isinstance(each, Mapping)]
    return any(entry_id in each for each in known)


def _whole(value: object) -> int:
    return value if type(value) is int else 0
