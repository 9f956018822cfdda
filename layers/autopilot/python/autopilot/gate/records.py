"""Records that are no effects: runs, claims, refusals, outcomes, observations."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from autopilot.domain.permit import issue_record
from autopilot.domain.plan import Plan
from autopilot.domain.switches import SwitchPlan
from autopilot.domain.writes import (
    AllOf,
    AnyOf,
    AtMost,
    ConditionalWrite,
    ConditionFailed,
    Equals,
    Exists,
    Missing,
    Set,
)
from autopilot.gate.door import Door


@dataclass(frozen=True, slots=True)
class Run:
    """What the ledger knows of one run; a run that has ended has an outcome."""

    run: str
    runbook: str
    plan: Plan | None
    outcome: str
    turning: SwitchPlan | None = None  #: what it intends with switches, when that is its plan


@dataclass(frozen=True, slots=True)
class Claim:
    """Who works on a subject; doubles of an alarm and the other region find it taken."""

    owner: str
    fields: Mapping[str, Any]
    expires_ms: int


def put(door: Door, record: str, fields: Mapping[str, Any], *, once: bool = True) -> bool:
    """Write a record; with `once`, False when there is one already and nothing was changed."""
    conditions = (Missing(("record",)),) if once else ()
    sets = tuple(Set((name,), value) for name, value in fields.items())
    write = ConditionalWrite(record, sets, conditions=conditions)
    try:
        door.ledger.write(write, issue_record("record", write))
    except ConditionFailed:
        return False
    return True


def open_run(
    door: Door, run: str, runbook: str, plan: Plan | None, turning: SwitchPlan | None = None
) -> None:
    """Write down that `run` has begun and what it intends, before it has any effect.

    Writing it again, with another plan or the same, replaces the plan.
    """
    fields = {
        "runbook": runbook,
        "plan": plan.to_dict() if plan else {},
        "turning": turning.to_dict() if turning else {},
        "opened_ms": door.clock.now_ms(),
        "outcome": "",
    }
    put(door, f"run/{run}", fields, once=False)


def close_run(door: Door, run: str, outcome: str) -> bool:
    """Write down how `run` ended; False when no such run was opened."""
    sets = (Set(("outcome",), outcome), Set(("closed_ms",), door.clock.now_ms()))
    write = ConditionalWrite(f"run/{run}", sets, conditions=(Exists(("outcome",)),))
    try:
        door.ledger.write(write, issue_record("close run", write))
    except ConditionFailed:
        return False
    return True


def find_run(door: Door, run: str) -> Run | None:
    """The record of `run`, or None when it was never opened."""
    item = door.ledger.read(f"run/{run}")
    if item is None:
        return None
    plan = Plan.from_dict(item["plan"]) if item["plan"] else None
    turning = SwitchPlan.from_dict(item["turning"]) if item.get("turning") else None
    return Run(run, item["runbook"], plan, item["outcome"], turning)


def claim(
    door: Door, subject: str, *, owner: str, fields: Mapping[str, Any], expires_ms: int
) -> Claim:
    """Claim `subject` until `expires_ms`, unless a claim of another owner stands.

    The owner of a claim gets it as it was first made, with the fields it had then.
    """
    write = ConditionalWrite(
        f"claim/{subject}",
        (Set(("owner",), owner), Set(("fields",), fields), Set(("expires_ms",), expires_ms)),
        conditions=(AnyOf((Missing(("record",)), AtMost(("expires_ms",), door.clock.now_ms()))),),
    )
    try:
        item = door.ledger.write(write, issue_record("claim", write))
    except ConditionFailed as failure:
        item = failure.item or {}
    return Claim(item["owner"], item["fields"], item["expires_ms"])


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is to do something once; `done` is what came of it, "" while it is not."""

    holder: str
    until_ms: int
    done: str


def take_turn(door: Door, record: str, *, holder: str, until_ms: int) -> Turn:
    """Take the turn to do once what `record` is about, unless it is done or another has it.

    A turn that ran out is taken over: whoever had it may have died after doing it, so the deed is
    done at least once. Answers with the turn that stands.
    """
    free = AllOf((Equals(("done",), ""), AtMost(("until_ms",), door.clock.now_ms())))
    sets = (Set(("holder",), holder), Set(("until_ms",), until_ms), Set(("done",), ""))
    write = ConditionalWrite(record, sets, conditions=(AnyOf((Missing(("record",)), free)),))
    try:
        item = door.ledger.write(write, issue_record("take turn", write))
    except ConditionFailed as failure:
        item = failure.item or {}
    return Turn(item["holder"], item["until_ms"], item["done"])


def end_turn(door: Door, record: str, done: str, fields: Mapping[str, Any], *, holder: str) -> None:
    """Write down what came of the turn of `holder`; with an empty `done` give it back.

    What was done is written whoever has the turn by now; a turn is given back by its holder only,
    so that what another did meanwhile is not forgotten.
    """
    told = {**fields, "done": done, "until_ms": 0, "ended_ms": door.clock.now_ms()}
    sets = tuple(Set((name,), value) for name, value in told.items())
    own = () if done else (Equals(("holder",), holder), Equals(("done",), ""))
    write = ConditionalWrite(record, sets, conditions=own)
    with suppress(ConditionFailed):
        door.ledger.write(write, issue_record("end turn", write))
