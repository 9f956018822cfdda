"""The states that only steer: Pass, Succeed, Fail, Wait and Choice."""

from __future__ import annotations

from datetime import datetime

from autopilot_lab.emulator.states.definition import (
    TASK_TIMEOUT_SECONDS_DEFAULT,
    ChoiceRule,
    ChoiceState,
    FailState,
    WaitState,
)
from autopilot_lab.emulator.states.errors import StatesError
from autopilot_lab.emulator.states.execution import Transition
from autopilot_lab.emulator.states.templates import Template
from autopilot_lab.emulator.states.visit import Visit

WAIT_SECONDS_MAX = TASK_TIMEOUT_SECONDS_DEFAULT
"""Longest Seconds of a Wait (developer guide, "Wait workflow state")."""

NO_NEXT_STATE = "Failed to transition out of the state. The state does not point to a next state."
"""Cause when no rule of a Choice holds and it has no Default. The specification calls the error
States.NoChoiceMatched; AWS was measured to report States.Runtime, which nothing catches."""


def carry_out_pass(visit: Visit) -> Transition:
    """Pass the input on, or the Output."""
    return visit.leave_normally(visit.bindings(), visit.input)


def carry_out_succeed(visit: Visit) -> Transition:
    """End the strand with the input, or the Output."""
    return visit.leave_normally(visit.bindings(), visit.input)


def carry_out_fail(visit: Visit) -> Transition:
    """End the strand with an error; a Fail state records no exit."""
    state: FailState = visit.state
    raise StatesError(_text(visit, state.error) or "", _text(visit, state.cause))


def carry_out_wait(visit: Visit) -> Transition:
    """Let virtual time pass; an instant that is past passes at once."""
    state: WaitState = visit.state
    scheduler = visit.runtime.scheduler
    bindings = visit.bindings()
    if state.seconds is not None:
        scheduler.sleep(visit.whole_number(state.seconds, bindings, least=0, most=WAIT_SECONDS_MAX))
    elif state.timestamp is not None:
        value = visit.evaluate(state.timestamp, bindings)
        instant = parse_instant(value)
        if instant is None:
            raise visit.wrong_type(state.timestamp, "an RFC 3339 timestamp", value)
        scheduler.sleep(max(0.0, instant - scheduler.now))
    return visit.leave_normally(bindings, visit.input)


def carry_out_choice(visit: Visit) -> Transition:
    """Go where the first rule that holds points to, else to the Default.

    A rule brings its own Assign and Output; those of the state belong to the Default (developer
    guide, "Choice workflow state").
    """
    state: ChoiceState = visit.state
    bindings = visit.bindings()
    for rule in state.rules:
        if _holds(visit, rule, bindings):
            return visit.leave(
                rule.next,
                bindings=bindings,
                default=visit.input,
                assign=rule.assign,
                output=rule.output,
            )
    if state.next is None:
        raise visit.runtime_error(NO_NEXT_STATE)
    return visit.leave_normally(bindings, visit.input)


def parse_instant(value: object) -> float | None:
    """Return the Unix seconds of an RFC 3339 timestamp with an upper-case T and Z, or None.

    Source: Amazon States Language specification, "Timestamps".
    """
    if not isinstance(value, str) or "T" not in value or value.endswith("z"):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment.timestamp()


def _holds(visit: Visit, rule: ChoiceRule, bindings: dict[str, object]) -> bool:
    value = visit.evaluate(rule.condition, bindings)
    if not isinstance(value, bool):
        raise visit.wrong_type(rule.condition, "boolean", value)
    return value


def _text(visit: Visit, template: Template | None) -> str | None:
    if template is None:
        return None
    value = visit.evaluate(template, visit.bindings())
    if not isinstance(value, str):
        raise visit.wrong_type(template, "string", value)
    return value
