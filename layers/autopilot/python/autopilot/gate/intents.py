"""Effects elsewhere take three: an intent in the ledger, the change itself, an outcome.

The intent is a journal entry, written under the same conditions as an advance. The change is
compared and set where the service can, and otherwise made only while the lease outlives the call
by far. Whoever finds an intent without an outcome observes the switch and converges: a turn that
was made counts, one that was not is made, and one that somebody else made meanwhile is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from autopilot.domain.permit import issue_intent, issue_switch
from autopilot.domain.switches import (
    Span,
    SwitchChange,
    SwitchPlan,
    SwitchState,
    SwitchStep,
)
from autopilot.domain.writes import Set
from autopilot.errors import BadInput, Inconsistent, NotYet, Problem
from autopilot.gate.acts import LEASE_SPARE_MS, Act, Attempt, Condition, failed
from autopilot.gate.budget import spent
from autopilot.gate.door import Door
from autopilot.gate.entries import Cause, turn_entry
from autopilot.gate.ledger import JOURNAL_SLOTS, Lease, LedgerView, Turns
from autopilot.gate.rails import Rails
from autopilot.gate.records import put
from autopilot.gate.refusal import GateRefused, refusal
from autopilot.ports import Switch

#: A changing call is tried once and given up after this: the time-outs of `adapters.clients`.
CALL_SECONDS_MAX: Final = 3
SPARE_MS: Final = CALL_SECONDS_MAX * 1000 + LEASE_SPARE_MS
Switches: TypeAlias = Mapping[str, Switch]
#: What can have changed between an intent and a later try to carry it out.
_STILL_DEMANDED: Final = frozenset(
    {Condition.LEDGER_MISSING, Condition.LEVER_ENGAGED, Condition.LEASE_HELD_BY_ANOTHER}
)


@dataclass(frozen=True, slots=True)
class Turned:
    """What became of one turn."""

    entry_id: str  #: "" when the switch was there already and nothing had to be intended
    switch: str
    shows: str  #: what the switch shows now
    left: bool = False  #: somebody else moved it meanwhile, and it was left as it is
    pending: str = ""  #: why it is not back yet, although it will be; "" when it is


def turn(
    door: Door,
    rails: Rails,
    held: Lease,
    plan: SwitchPlan,
    index: int,
    cause: Cause,
    *,
    expires_ms: int,
    switches: Switches,
) -> Turned:
    """Take turn `index` of `plan`; turns are taken in order, each after the one before.

    `expires_ms` is when the evidence behind the plan expires. Raises `GateRefused` when a
    condition stops it, or when the switch shows neither where it was nor where it shall be.
    """
    step = _required_step(plan, index)
    entry_id = cause.entry_id(f"{plan.digest()}/{index}")
    view, now_ms = door.read(), door.clock.now_ms()
    attempt = Attempt(
        act=Act.SWITCH,
        now_ms=now_ms,
        run=held.holder,
        fence=held.fence,
        turn=plan.base_turn + index,
        kind=plan.kind,
        runs_max=plan.runs_max,
        by_alarm=cause.by_alarm,
        remediations_max=rails.remediations.runs_max,
        plan_expires_ms=expires_ms,
        spare_ms=SPARE_MS,
        slot=Act.ADVANCE.value,
    )
    if not view.was_applied(entry_id):
        if broken := rails.broken_by_switches(plan):
            raise _refused(attempt, Condition.RAIL_BROKEN, f"{broken}. Plan again.")
        turns = Turns(plan.base_turn + index + 1, held.holder, index + 1)
        sets = (*_intent(attempt, view, plan, step, entry_id, cause, turns),)
        windows = rails.budget_windows(plan.kind, plan.window_seconds, cause.by_alarm)
        budgets = spent(view, windows, run=held.holder, now_ms=now_ms)
        view = _intend(door, attempt, (*sets, *budgets), entry_id)
    return _carry_out(door, attempt, view, step, entry_id, switches)


def turn_back(
    door: Door,
    held: Lease,
    plan: SwitchPlan,
    cause: Cause,
    switches: Switches,
    *,
    of_run: str = "",
    spans: Sequence[Span] = tuple(Span),
) -> tuple[Turned, ...]:
    """Put back every switch that `of_run` (the holder) turned, the last one first.

    With `spans` only turns of that span. A switch that shows something else than the run made of
    it was moved by somebody else, and is left. One that cannot be back at once is `pending`, and
    so what was turned before it stays until the next try. Twice is once. Raises `Inconsistent` for
    a turn that there is no way back from.
    """
    run = of_run or held.holder
    view = door.read()
    turns = view.turns
    if turns.count == plan.base_turn:
        return ()  # it had intended nothing yet
    if turns.run != run:
        attempt = _back_attempt(door, held, view, run)
        raise refusal(attempt, (Condition.VERSION_MOVED,), view.item)
    if one_way := plan.gave_up(turns.forward):
        message = f"{one_way.switch} gave up data in {one_way.before}: expected to stay at what is"
        raise Inconsistent(message)
    back: list[Turned] = []
    for step in reversed(plan.steps[: turns.forward]):
        if step.span in spans and not (back and back[-1].pending):
            back.append(_one_back(door, held, plan, step, cause, switches, run))
    return tuple(back)


def _one_back(
    door: Door,
    held: Lease,
    plan: SwitchPlan,
    step: SwitchStep,
    cause: Cause,
    switches: Switches,
    run: str,
) -> Turned:
    observed = _switch(switches, step.switch).observe()
    shows = observed.value
    if observed.heading not in ("", shows):
        return Turned("", step.switch, shows, pending=f"on its way to {observed.heading}")
    if shows != step.to:
        return Turned("", step.switch, shows, left=shows != step.before)
    back = SwitchStep(step.index, step.switch, step.to, step.before, step.span)
    entry_id = cause.entry_id(f"{plan.digest()}/back/{step.index}")
    view = door.read()
    attempt = _back_attempt(door, held, view, run)
    if not view.was_applied(entry_id):
        turns = Turns(view.turns.count + 1, run, view.turns.forward)
        sets = _intent(attempt, view, plan, back, entry_id, cause, turns)
        view = _intend(door, attempt, sets, entry_id)
    try:
        turned = _carry_out(door, attempt, view, back, entry_id, switches)
    except NotYet as busy:
        return Turned(entry_id, step.switch, shows, pending=str(busy))
    waits = "" if turned.shows == back.to else f"on its way to {back.to}"
    return replace(turned, pending=waits)


def _back_attempt(door: Door, held: Lease, view: LedgerView, of_run: str) -> Attempt:
    return Attempt(
        act=Act.SWITCH_BACK,
        now_ms=door.clock.now_ms(),
        run=held.holder,
        of_run=of_run,
        fence=held.fence,
        turn=view.turns.count,
        spare_ms=SPARE_MS,
        slot=_slot_for_retreat(view),
    )


def _slot_for_retreat(view: LedgerView) -> str:
    """A plan may have more turns than the reserve has slots: it is used last."""
    advance = Act.ADVANCE.value
    room = len(view.item["journal"][advance]) < JOURNAL_SLOTS[advance]
    return advance if room else Act.UNDO.value


def _intent(
    attempt: Attempt,
    view: LedgerView,
    plan: SwitchPlan,
    step: SwitchStep,
    entry_id: str,
    cause: Cause,
    turns: Turns,
) -> tuple[Set, ...]:
    entry = turn_entry(
        act=attempt.act.value,
        plan=plan,
        step=step,
        epoch=view.epoch,
        version=view.version,
        turn=turns.count,
        fence=attempt.fence,
    )
    return (
        Set(("turns",), {"count": turns.count, "run": turns.run, "forward": turns.forward}),
        Set(("journal", attempt.slot, entry_id), entry),
        Set(("causes", entry_id), cause.to_item(attempt.now_ms)),
    )


def _intend(door: Door, attempt: Attempt, sets: tuple[Set, ...], entry_id: str) -> LedgerView:
    door.check(attempt, door.read())
    passed = door.write(
        attempt,
        sets,
        issue=issue_intent,
        recognise=lambda view: view.was_applied(entry_id),
    )
    return passed.view


def _carry_out(
    door: Door,
    attempt: Attempt,
    view: LedgerView,
    step: SwitchStep,
    entry_id: str,
    switches: Switches,
) -> Turned:
    """Make the change that was intended, unless it was made; write down what came of it."""
    switch = _switch(switches, step.switch)
    observed = switch.observe()
    if observed.value not in (step.before, step.to):
        _conclude(door, entry_id, attempt, step, observed, "left")
        said = (
            f"{step.switch} shows {observed.value!r}, expected {step.before!r} or {step.to!r}: "
            f"somebody else moved it. Plan again."
        )
        raise _refused(attempt, Condition.SWITCH_MOVED, said)
    if observed.value != step.to:
        _still_ours(door, attempt, view)
        change = SwitchChange(step.switch, step.to, observed)
        observed = switch.change(step.to, observed, issue_switch(attempt.act, change))
    result = "turned" if observed.value == step.to else "started"
    _conclude(door, entry_id, attempt, step, observed, result)
    return Turned(entry_id, step.switch, observed.value)


def _still_ours(door: Door, attempt: Attempt, view: LedgerView) -> None:
    """Raise `GateRefused` when the lease leaves no time for the call, or the lever is engaged."""
    later = replace(attempt, now_ms=door.clock.now_ms())
    stopping = tuple(each for each in failed(later, view.item) if each in _STILL_DEMANDED)
    if stopping:
        raise refusal(later, stopping, view.item)


def _conclude(
    door: Door, entry_id: str, attempt: Attempt, step: SwitchStep, shows: SwitchState, result: str
) -> None:
    """Write the outcome down: the third of three."""
    fields = {
        "run": attempt.of_run or attempt.run,
        "switch": step.switch,
        "wanted": step.to,
        "shows": shows.value,
        "result": result,
        "at_ms": door.clock.now_ms(),
    }
    put(door, f"outcome/{entry_id}", fields, once=False)


def _required_step(plan: SwitchPlan, index: int) -> SwitchStep:
    if not 0 <= index < len(plan.steps):
        problem = Problem("index", f"below {len(plan.steps)}, from 0", str(index))
        raise BadInput("a turn", [problem], "Stop: the plan has no such turn.")
    return plan.steps[index]


def _switch(switches: Switches, name: str) -> Switch:
    if name not in switches:
        known = ", ".join(sorted(switches)) or "none"
        message = f"the plan names switch {name!r}, which the profile does not have: got {known}"
        raise Inconsistent(message)
    return switches[name]


def _refused(attempt: Attempt, condition: Condition, said: str) -> GateRefused:
    message = f"{attempt.act} was refused. {condition}: {said}"
    return GateRefused(attempt.act, (condition,), message)
