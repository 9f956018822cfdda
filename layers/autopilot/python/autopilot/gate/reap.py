"""The reaper: a run lives while it renews its lease; what a dead run left is converged here.

Nobody asks Step Functions. One lease means one dead run at most, so that a pass is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from autopilot.domain.plan import ActKind, Evidence, Plan
from autopilot.domain.switches import Span, SwitchPlan
from autopilot.domain.verdict import State
from autopilot.errors import Transient
from autopilot.gate import effects, lease, records
from autopilot.gate.acts import LEASE_GRACE_MS
from autopilot.gate.door import Door
from autopilot.gate.entries import Cause
from autopilot.gate.intents import Switches, Turned, turn_back
from autopilot.gate.ledger import Lease, LedgerView
from autopilot.gate.records import Run

REAPER: Final = "reaper"
#: Tells people of a dead run and of what was done about it; raises `Transient` when it cannot.
Tell: TypeAlias = Callable[[str, str], None]
_PREFIX: Final = f"{REAPER}/"


@dataclass(frozen=True, slots=True)
class Reaped:
    """What was done about one dead run."""

    run: str
    outcome: str  #: for people: undone, kept, or left and why
    told: bool  #: people were told just now, not by an earlier pass


def reap(
    door: Door,
    view: LedgerView,
    evidence: Evidence,
    tell: Tell,
    switches: Callable[[], Switches] = dict,
) -> Reaped | None:
    """Converge what the dead holder of the lease left; None while `view` shows no dead holder.

    `switches` is asked for the service's switches only when the dead run turned some.

    People are told before the lease is returned: a reaper that dies or cannot page leaves a dead
    holder, itself, and the next pass finds everything converged and tells them again. Raises
    `Transient` while a switch is still on its way back, and `GateRefused` when another reaper was
    faster; the next pass finds nothing to do.
    """
    now_ms = door.clock.now_ms()
    if not view.lease.holder or view.lease.expires_ms > now_ms - LEASE_GRACE_MS:
        return None
    dead = view.lease.holder.removeprefix(_PREFIX)
    if view.lever.engaged:
        return _told(door, view, dead, "left as it is: the stop lever is engaged", tell)
    held = lease.take(door, f"{_PREFIX}{dead}", REAPER)
    outcome = _converge(door, held, dead, evidence, switches)
    reaped = _told(door, view, dead, outcome, tell)
    records.close_run(door, dead, f"reaped: {outcome}")
    lease.give_back(door, held)
    return reaped


def _converge(
    door: Door,
    held: Lease,
    dead: str,
    evidence: Evidence,
    switches: Callable[[], Switches],
) -> str:
    run = records.find_run(door, dead)
    view = door.read()
    if run is not None and run.plan is not None and run.plan.kind is ActKind.FAILOVER:
        return _converge_failover(door, held, run, run.plan, view, evidence, switches)
    if run is not None and run.turning is not None:
        return _converge_turns(door, held, run, run.turning, view, switches)
    if run is None or run.plan is None:
        return "kept: the run left no plan"
    if view.last_effect.run != dead:
        return "kept: the run had changed nothing, or another change came after"
    if risk := _risk_of_undo(view, run.plan, evidence, door.clock.now_ms()):
        return f"kept: {risk}"
    cause = Cause(id=dead, by=REAPER, why="the run stopped renewing its lease")
    applied = effects.undo(door, held, run.plan, cause, of_run=dead)
    return f"undone: {applied.allocation.compact()} at version {applied.version}"


def _converge_turns(
    door: Door,
    held: Lease,
    run: Run,
    plan: SwitchPlan,
    view: LedgerView,
    switches: Callable[[], Switches],
) -> str:
    """Put back what a dead run turned; what was turned as a whole stays, but for the temporary.

    A rollback that is only half made serves a combination that nobody has ever seen serve. One
    that is wholly made serves a release that is known to be good: people are told to look.
    """
    if view.turns.run != run.run:
        return "kept: the run had turned nothing, or another run turned switches after"
    whole = _is_whole(plan, view.turns.forward, switches())
    cause = Cause(id=run.run, by=REAPER, why="the run stopped renewing its lease")
    spans = (Span.TEMPORARY,) if whole else tuple(Span)
    turned = turn_back(door, held, plan, cause, switches(), of_run=run.run, spans=spans)
    left = [f"{each.switch} shows {each.shows}" for each in turned if each.left]
    said = "; somebody else moved " + ", ".join(left) if left else ""
    if whole:
        return f"kept: all is turned as the run wanted, nobody judged whether it helps{said}"
    return f"undone: the release is what it was before the run{said}"


def _converge_failover(
    door: Door,
    held: Lease,
    run: Run,
    plan: Plan,
    view: LedgerView,
    evidence: Evidence,
    switches: Callable[[], Switches],
) -> str:
    """Put back a dead move, unless that gives weight, writes or clients to what is not well.

    So what left a lost region stays where it got to: one region owns the writes at any instant,
    and people decide how it goes on.
    """
    turned = run.turning is not None and view.turns.run == run.run
    moved = view.last_effect.run == run.run
    if not (turned or moved):
        return "kept: the run had moved nothing, or another change came after"
    if risk := _risk_of_return(view, plan, evidence, door.clock.now_ms()):
        return f"kept half way: {risk}"
    if turned and run.turning is not None and (lost := run.turning.gave_up(view.turns.forward)):
        return f"kept half way: {lost.switch} went to {lost.to}, which is not gone back on"
    cause = Cause(id=run.run, by=REAPER, why="the run stopped renewing its lease")
    if moved:
        effects.undo(door, held, plan, cause, of_run=run.run)
    left: list[str] = []
    if turned and run.turning is not None:
        back = turn_back(door, held, run.turning, cause, switches(), of_run=run.run)
        left = [f"{each.switch} shows {each.shows}" for each in back if each.left]
        _whole(back)
    said = "; somebody else moved " + ", ".join(left) if left else ""
    return f"undone: everything is where it was before the run{said}"


def _whole(turned: Sequence[Turned]) -> None:
    """Raise `Transient` while something is on its way back: the next pass looks again."""
    for each in turned:
        if each.pending:
            message = f"{each.switch} shows {each.shows}: {each.pending}"
            raise Transient(message)


def _risk_of_return(view: LedgerView, plan: Plan, evidence: Evidence, now_ms: int) -> str:
    """Why the source of a failover is not gone back to: a route it left is not seen healthy."""
    healthy = evidence.healthy(now_ms)
    for route in plan.goal.gains(plan.undo) or view.allocation.gains(plan.undo):
        if route not in healthy:
            seen = evidence.verdict(route)
            return f"{route} was left and is {seen.state if seen else State.UNKNOWN}"
    return ""


def _is_whole(plan: SwitchPlan, forward: int, switches: Switches) -> bool:
    lasting = [step for step in plan.steps if step.span is Span.LASTING]
    return forward == len(plan.steps) and all(
        switches[step.switch].observe().value == step.to for step in lasting
    )


def _risk_of_undo(view: LedgerView, plan: Plan, evidence: Evidence, now_ms: int) -> str:
    """Why putting weight back could hurt; empty when it cannot.

    The undo of a ramp up goes back to what carried the load before, unless that is known to
    fail. Any other undo gives weight to a route that was drained: it must be seen healthy.
    """
    healthy = evidence.healthy(now_ms)
    for route in view.allocation.gains(plan.undo):
        seen = evidence.verdict(route)
        state = seen.state if seen else State.UNKNOWN
        if str(route) == view.dwell.route and now_ms < view.dwell.until_ms:
            return f"{route} was contained and its dwell is not over"
        if state is State.UNHEALTHY:
            return f"{route} would gain weight and is unhealthy"
        if plan.kind is not ActKind.RAMP_UP and route not in healthy:
            return f"{route} would gain weight and is not known to be healthy"
    return ""


def _told(door: Door, view: LedgerView, dead: str, outcome: str, tell: Tell) -> Reaped:
    """Tell people, then write down that they know, so that they are told of each outcome once."""
    name = f"outcome/reaped-{view.lease.fence}-{outcome.partition(':')[0].replace(' ', '-')}"
    if door.ledger.read(name) is not None:
        return Reaped(dead, outcome, told=False)
    tell(dead, outcome)
    records.put(door, name, {"run": dead, "outcome": outcome, "at_ms": door.clock.now_ms()})
    return Reaped(dead, outcome, told=True)
