"""Entries of the journal in the trail: the same bytes from whoever exports them, and readable."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from autopilot.audit.entry import parse_line
from autopilot.audit.inbox import Inbox
from autopilot.audit.journal import (
    APPLIED,
    INTENDED,
    JournalTrail,
    entry_of,
    is_of_journal,
    journal_of,
)
from tests.audit.memory_trail import Clock, MemoryStore, entry

SERVICE = "hybrid-routing"
CAUSE = {"by": "incident-traffic-1", "at_ms": 1_790_000_000_000, "why": "alarm direct-failing"}
PLACE = {"epoch": 1, "version": 4, "fence": 7}
SHIFT: dict[str, Any] = {
    "id": "e1",
    "act": "contain",
    "runbook": "contain",
    "digest": "d" * 64,
    "route": "x/y",
    "before": "a=100",
    "after": "b=100",
    **PLACE,
    "cause": CAUSE,
}
TURN: dict[str, Any] = {
    "id": "e2",
    "act": "switch",
    "runbook": "emergency_rollback",
    "digest": "d" * 64,
    "switch": "eu-central-1/alias",
    "from": "3",
    "to": "2",
    "turn": 9,
    **PLACE,
    "cause": CAUSE,
}


@pytest.mark.parametrize("journal", [SHIFT, TURN], ids=["shift", "turn"])
def test_an_entry_of_the_journal_reads_back_from_the_trail(journal: dict[str, Any]) -> None:
    """With everything that it said, and nothing else."""
    members = parse_line(entry_of(journal, SERVICE).line()).model_dump(mode="json")
    assert is_of_journal(members)
    assert journal_of(members) == journal


def test_what_the_ledger_answers_in_decimals_is_the_same_entry() -> None:
    """So that the double of another region is known for one."""
    decimals = SHIFT | {name: Decimal(value) for name, value in PLACE.items()}
    decimals["cause"] = CAUSE | {"at_ms": Decimal(CAUSE["at_ms"])}  # type: ignore[arg-type]
    assert entry_of(decimals, SERVICE).line() == entry_of(SHIFT, SERVICE).line()


def test_a_shift_was_applied_and_a_turn_is_intended() -> None:
    """The write of a shift is the effect; a switch is turned after its entry was written."""
    shift, turn = entry_of(SHIFT, SERVICE), entry_of(TURN, SERVICE)
    assert (shift.target, shift.outcome) == ("allocation/hybrid-routing", APPLIED)
    assert (turn.target, turn.outcome) == ("switch/eu-central-1/alias", INTENDED)
    assert (turn.incident, turn.run) == ("incident-traffic-1", "incident-traffic-1")


@pytest.mark.parametrize("by", ["contain_route", "reaper", ""])
def test_what_no_run_did_has_no_run(by: str) -> None:
    """A component acts in its own name; one that did not say is unknown."""
    made = entry_of(SHIFT | {"cause": CAUSE | {"by": by}}, SERVICE)
    assert (made.actor, made.run, made.incident) == (by or "unknown", "", "")


def test_an_entry_of_the_service_is_none_of_the_journal() -> None:
    """Readers that look for effects pass it over."""
    assert not is_of_journal(entry(1).model_dump(mode="json"))


def test_keeping_a_batch_again_leaves_it_in_the_inbox_once() -> None:
    """At the same instant; later the sealer drops the double."""
    inbox = Inbox(MemoryStore(), Clock())
    trail = JournalTrail(inbox, SERVICE)
    trail.keep([SHIFT, TURN])
    trail.keep([SHIFT, TURN])
    assert [each.event for each in inbox.waiting().entries] == ["e1", "e2"]
