"""Effects on the allocation: advance, contain, undo. Each is one conditional write.

Every write sets the target, version + 1, the journal entry with its cause, and what changed the
allocation last; an effect that was applied before is recognised by its entry id.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.permit import issue_allocation
from autopilot.domain.plan import Evidence, Plan
from autopilot.domain.writes import Copy, Plus, Set, Value
from autopilot.errors import BadInput, Problem
from autopilot.gate.acts import Act, Attempt, Condition
from autopilot.gate.budget import spent
from autopilot.gate.door import Door, Passed
from autopilot.gate.entries import Cause, Entry
from autopilot.gate.ledger import Lease, LedgerView
from autopilot.gate.rails import OPPOSITE, Rails, standing_before
from autopilot.gate.refusal import GateRefused
from autopilot.gate.standing import StandingPlan, standing_items, within_rails

_NEXT_VERSION: Final = Set(("version",), Plus(Copy(("version",)), 1))


@dataclass(frozen=True, slots=True)
class Applied:
    """An effect that is in the ledger."""

    entry_id: str  #: empty when there was nothing to do
    epoch: int
    version: int
    allocation: Allocation
    repeated: bool  #: an earlier try had applied it


def advance(
    door: Door,
    rails: Rails,
    lease: Lease,
    plan: Plan,
    step_index: int,
    cause: Cause,
    *,
    evidence: Evidence,
    standing: Iterable[StandingPlan] = (),
) -> Applied:
    """Take step `step_index` of `plan`; steps are taken in order, each on the one before.

    `standing` are standing plans for the version that this makes; one that breaks a rail is left
    out. Raises `BadInput` for a step
    that the plan does not have.
    """
    _require_step(plan, step_index)
    entry_id = cause.entry_id(f"{plan.digest()}/{step_index}")
    view = door.read()
    if view.was_applied(entry_id):
        return _applied(entry_id, Passed(view, repeated=True))
    attempt = _advance_attempt(
        door.clock.now_ms(), rails, lease, plan, step_index, evidence, by_alarm=cause.by_alarm
    )
    door.check(attempt, view)
    if broken := rails.broken_by(plan, step_index, evidence, attempt.now_ms):
        raise _rail_refusal(attempt.act, broken)
    target = plan.steps[step_index].target
    prepared, _ = within_rails(standing, rails, evidence, attempt.now_ms)
    sets = (
        *_changes(attempt, entry_id, cause, _entry(attempt, plan, view, target).to_item()),
        Set(("allocation",), target.to_dict()),
        Set(
            ("standing",),
            standing_items(prepared, epoch=view.epoch, version=view.version + 1),
        ),
        *spent(
            view,
            rails.budget_windows(attempt.kind, plan.bounds.window_seconds, attempt.by_alarm),
            run=attempt.run,
            now_ms=attempt.now_ms,
        ),
    )
    return _make(door, attempt, sets, entry_id)


def contain(door: Door, route: Route, cause: Cause) -> Applied:
    """Move weight off `route` as its standing plan says: one call, nothing is read before."""
    standing = ("standing", str(route))
    attempt = Attempt(act=Act.CONTAIN, now_ms=door.clock.now_ms(), route=str(route))
    entry_id = cause.entry_id(f"contain/{route}")
    sets = (
        *_changes(attempt, entry_id, cause, Copy((*standing, "entry"))),
        Set(("allocation",), Copy((*standing, "target"))),
        Set(("dwell", "until_ms"), Plus(attempt.now_ms, Copy((*standing, "dwell_ms")))),
        Set(("dwell", "route"), str(route)),
    )
    return _make(door, attempt, sets, entry_id)


def undo(
    door: Door, lease: Lease, plan: Plan, cause: Cause, *, of_run: str | None = None
) -> Applied:
    """Put the allocation back to `plan.undo`, if what changed it last was this very run.

    `of_run` is the run whose effects are undone, when that is not the holder of the lease.
    """
    entry_id = cause.entry_id(f"{plan.digest()}/undo")
    view = door.read()
    if view.was_applied(entry_id):
        return _applied(entry_id, Passed(view, repeated=True))
    if view.allocation == plan.undo or view.versioned.order == (plan.base_epoch, plan.base_version):
        return Applied("", view.epoch, view.version, view.allocation, repeated=False)
    attempt = Attempt(
        act=Act.UNDO,
        now_ms=door.clock.now_ms(),
        run=lease.holder,
        of_run=of_run or lease.holder,
        fence=lease.fence,
        epoch=view.epoch,
        version=view.version,
    )
    door.check(attempt, view)
    sets = (
        *_changes(attempt, entry_id, cause, _entry(attempt, plan, view, plan.undo).to_item()),
        Set(("allocation",), plan.undo.to_dict()),
        Set(("standing",), {}),
    )
    return _make(door, attempt, sets, entry_id)


def _advance_attempt(
    now_ms: int,
    rails: Rails,
    lease: Lease,
    plan: Plan,
    step_index: int,
    evidence: Evidence,
    *,
    by_alarm: bool,
) -> Attempt:
    rest = rails.rest(plan.kind)
    gaining = standing_before(plan, step_index).gains(plan.steps[step_index].target)
    return Attempt(
        act=Act.ADVANCE,
        now_ms=now_ms,
        run=lease.holder,
        fence=lease.fence,
        epoch=plan.base_epoch,
        version=plan.base_version + step_index,
        kind=plan.kind.value,
        runs_max=plan.bounds.runs_max,
        cool_down_ms=rest.cool_down_seconds * 1000,
        opposite=OPPOSITE.get(plan.kind, plan.kind).value,
        hysteresis_ms=rest.hysteresis_seconds * 1000,
        by_alarm=by_alarm,
        remediations_max=rails.remediations.runs_max,
        plan_expires_ms=evidence.expires_ms,
        gaining=tuple(str(route) for route in gaining),
        keeping=tuple(str(route) for route in plan.before.routes if route not in gaining),
    )


def _entry(attempt: Attempt, plan: Plan, view: LedgerView, after: Allocation) -> Entry:
    return Entry(
        act=attempt.act.value,
        runbook=plan.runbook,
        route=str(plan.route or ""),
        digest=plan.digest(),
        before=view.allocation,
        after=after,
        epoch=view.epoch,
        version=view.version + 1,
        fence=attempt.fence,
    )


def _changes(attempt: Attempt, entry_id: str, cause: Cause, entry: Value) -> tuple[Set, ...]:
    """What every effect writes beside its target."""
    act = attempt.act.value
    last = {"act": act, "entry_id": entry_id, "run": attempt.run}
    return (
        _NEXT_VERSION,
        Set(("last_effect",), last),
        Set(("journal", act, entry_id), entry),
        Set(("causes", entry_id), cause.to_item(attempt.now_ms)),
    )


def _make(door: Door, attempt: Attempt, sets: tuple[Set, ...], entry_id: str) -> Applied:
    passed = door.write(
        attempt,
        sets,
        issue=issue_allocation,
        recognise=lambda view: view.was_applied(entry_id),
    )
    return _applied(entry_id, passed)


def _applied(entry_id: str, passed: Passed) -> Applied:
    """What the entry says; once it is exported, what the ledger holds now."""
    view = passed.view
    entry = view.entry(entry_id)
    if entry is None:
        return Applied(entry_id, view.epoch, view.version, view.allocation, passed.repeated)
    after = Allocation.from_compact(entry["after"], view.allocation.routes)
    return Applied(entry_id, entry["epoch"], entry["version"], after, passed.repeated)


def _require_step(plan: Plan, step_index: int) -> None:
    if not 0 <= step_index < len(plan.steps):
        problem = Problem("step_index", f"below {len(plan.steps)}, from 0", str(step_index))
        raise BadInput("an advance", [problem], "Stop: the plan has no such step.")


def _rail_refusal(act: str, broken: str) -> GateRefused:
    message = f"{act} was refused. {Condition.RAIL_BROKEN}: {broken}. Plan again within the rails."
    return GateRefused(act, (Condition.RAIL_BROKEN,), message)
