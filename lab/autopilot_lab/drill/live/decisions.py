"""Follows what the gate decides: effects and leases in the ledger, refusals in the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from autopilot.domain.allocation import Allocation, VersionedAllocation
from autopilot.gate.ledger import LedgerView
from autopilot_lab.drill.collection import turned_of
from autopilot_lab.drill.evidence import Effect, Note, Turned
from autopilot_lab.drill.live.scene import Decision
from autopilot_lab.emulator.event_log import Event

_REFUSED = "refused: "


class Decisions:
    """Everything permitted and refused so far, in order of time."""

    def __init__(self, *, start: float) -> None:
        """`start` is the drill's own, in Unix seconds."""
        self.made: list[Decision] = []
        self.effects: list[Effect] = []
        self.turned: list[Turned] = []
        self.ledger: LedgerView | None = None
        self._start = start
        self._notes = 0

    def look(self, ledger: LedgerView, now: float) -> None:
        """Compare the ledger with how it was when last looked at."""
        before, self.ledger = self.ledger, ledger
        if before is None:
            return
        effects = [*_effects(before, ledger, now, self._start)]
        turned = [*_turned(before, ledger, self._start)]
        self.effects += effects
        self.turned += turned
        self.made += [
            *_of_lease_taken(before, ledger, now),
            *(_of_effect(effect) for effect in effects),
            *(_of_turn(turn) for turn in turned),
            *_of_lease_returned(before, ledger, now),
            *_of_lever(before, ledger, now),
        ]

    def heed(self, invocation: Event) -> None:
        """Take in how an invocation ended: a refusal is its error, or its answer."""
        answer = invocation.get("answer")
        if invocation["error"] == "Refused":
            said = str(invocation["message"])
        elif isinstance(answer, Mapping) and answer.get("outcome") == "refused":
            said = str(answer.get("detail", ""))
        else:
            return
        self.made.append(_refusal(invocation["ended"] - self._start, said))

    def hear(self, notes: Sequence[Note]) -> None:
        """Take in what operators were told since the last time."""
        new, self._notes = notes[self._notes :], len(notes)
        for note in new:
            if note.text.startswith(_REFUSED):
                self.made.append(_refusal(note.at, note.text.removeprefix(_REFUSED)))


def _refusal(at: float, message: str) -> Decision:
    """`advance was refused. lever engaged: …` names the act and then the reasons."""
    act, found, why = message.partition(" was refused. ")
    return Decision(at, permitted=False, act=act if found else "", why=why if found else message)


def _of_effect(effect: Effect) -> Decision:
    after = effect.after
    points = "1 point" if effect.moved_percent == 1 else f"{effect.moved_percent} points"
    moved = f"{points} moved, version {after.version}: {after.allocation.compact()}"
    why = f"{moved}; {effect.why}" if effect.why else moved
    return Decision(effect.at, permitted=True, act=effect.act, why=why)


def _of_turn(turn: Turned) -> Decision:
    turned = f"{turn.switch} {turn.before} → {turn.to}"
    why = f"{turned}; {turn.why}" if turn.why else turned
    return Decision(turn.at, permitted=True, act=turn.act, why=why)


def _of_lease_taken(before: LedgerView, now: LedgerView, at: float) -> Iterator[Decision]:
    lease = now.lease
    if now.fence != before.fence and lease.holder:
        why = f"by {lease.holder}, fence {lease.fence}"
        yield Decision(at, permitted=True, act="take lease", why=why)


def _of_lease_returned(before: LedgerView, now: LedgerView, at: float) -> Iterator[Decision]:
    if before.lease.holder and not now.lease.holder:
        yield Decision(at, permitted=True, act="return lease", why=f"by {before.lease.holder}")


def _of_lever(before: LedgerView, now: LedgerView, at: float) -> Iterator[Decision]:
    if now.lever.engaged != before.lever.engaged:
        act = "engage lever" if now.lever.engaged else "resume"
        yield Decision(at, permitted=True, act=act, why=f"by {now.lever.by}: {now.lever.reason}")


def _effects(before: LedgerView, ledger: LedgerView, now: float, start: float) -> Iterator[Effect]:
    """Effects that the ledger did not know when last looked at, in order.

    They are in the journal, but for one that was exported in the meantime: of that one the ledger
    still tells its act and what it left.
    """
    entries = {i: e for i, e in _new_entries(before, ledger).items() if "after" in e}
    for entry_id, entry in sorted(entries.items(), key=lambda pair: pair[1]["version"]):
        yield _of_entry(entry_id, entry, ledger, start)
    last = ledger.last_effect
    if ledger.version != before.version and last.entry_id not in entries:
        yield Effect(
            at=now,
            entry_id=last.entry_id,
            act=last.act,
            runbook="",
            by=last.run,
            why="",
            before=before.allocation,
            after=ledger.versioned,
        )


def _new_entries(before: LedgerView, ledger: LedgerView) -> dict[str, Mapping[str, Any]]:
    return {i: entry for _, i, entry in ledger.journal() if not before.was_applied(i)}


def _turned(before: LedgerView, ledger: LedgerView, start: float) -> Iterator[Turned]:
    """Intents that the ledger did not know when last looked at, in the order of their turns."""
    entries = {i: e for i, e in _new_entries(before, ledger).items() if "switch" in e}
    for entry_id, entry in sorted(entries.items(), key=lambda pair: pair[1]["turn"]):
        yield turned_of(entry_id, entry, ledger.item["causes"][entry_id], start)


def _of_entry(entry_id: str, entry: Mapping[str, Any], ledger: LedgerView, start: float) -> Effect:
    cause, routes = ledger.item["causes"][entry_id], ledger.allocation.routes
    after = Allocation.from_compact(entry["after"], routes)
    return Effect(
        at=cause["at_ms"] / 1000 - start,
        entry_id=entry_id,
        act=entry["act"],
        runbook=entry["runbook"],
        by=cause["by"],
        why=cause["why"],
        before=Allocation.from_compact(entry["before"], routes),
        after=VersionedAllocation(entry["epoch"], entry["version"], after),
    )
