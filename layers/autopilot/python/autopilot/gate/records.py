"""Records that are no effects: runs, claims, refusals, outcomes, observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autopilot.domain.permit import issue_record
from autopilot.domain.plan import Plan
from autopilot.domain.switches import SwitchPlan
from autopilot.domain.writes import (
    AnyOf,
    AtMost,
    ConditionalWrite,
    ConditionFailed,
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
