"""How an alarm becomes an action: contain at once, then open the case that thinks about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from autopilot.domain.alarm import AlarmState, read_alarm
from autopilot.domain.page import Page
from autopilot.domain.personal import shown
from autopilot.domain.severity import Severity
from autopilot.errors import BadInput, Problem, Refused, Transient
from autopilot.gate.entries import Cause
from autopilot.procedures.cases import cause_key, open_case

#: An older change of state is history: actions that were held back, by a mute rule or a queue,
#: come late, and people or a run may have decided meanwhile.
STALE_SECONDS: Final = 180
#: A suppressor is in ALARM; while it only may come (WaitPeriod), an incident is opened.
#: CloudWatch user guide, "Composite alarm action suppression".
_BY_AN_ALARM: Final = "Alarm"

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from autopilot.domain.alarm import AlarmSignal
    from autopilot.domain.allocation import Route
    from autopilot.gate.gate import Gate
    from autopilot.ports import Clock, Runs

    Tell: TypeAlias = Callable[[Page], object]


def contain(
    event: object, *, service: str, gate: Gate, runs: Runs, clock: Clock, tell: Tell
) -> dict[str, Any]:
    """Carry out the standing plan of the route the alarm is about, in one conditional write.

    Reads nothing: the write is conditioned on everything that must hold. A refusal is an answer
    too, since the case that is opened afterwards plans afresh and pages. Only where no case could
    be opened are people told from here, before the failure is passed on and tried again.
    """
    signal = read_alarm(event)
    if why := _why_ignored(signal):
        return {"outcome": "ignored", "detail": why}
    done: dict[str, Any] = {"outcome": "nothing", "detail": "The ledger did not answer."}
    try:
        done = _contained(signal, service, gate, clock.now_ms())
        case = _opened(signal, service, gate, runs, clock)
    except Transient as error:
        tell(_no_case(signal, service, done, str(error)))
        raise
    return done | case


def _contained(signal: AlarmSignal, service: str, gate: Gate, now_ms: int) -> dict[str, Any]:
    route = _route(signal, service)
    if route is None:
        return {"outcome": "received", "detail": f"{signal.name} is about no single route"}
    cause = Cause(id=cause_key(signal), by="contain_route", why=f"alarm {signal.name}")
    said = {"route": str(route), "why": cause.why}
    if (age := (now_ms - signal.changed_ms) // 1000) > STALE_SECONDS:
        detail = f"stale: expected a change of at most {STALE_SECONDS} s ago, got one of {age} s"
        return said | {"outcome": "refused", "detail": detail}
    try:
        applied = gate.contain(route, cause)
    except Refused as refusal:
        return said | {"outcome": "refused", "detail": str(refusal)}
    return said | {
        "outcome": "contained",
        "entry": applied.entry_id,
        "version": applied.version,
    }


def _no_case(signal: AlarmSignal, service: str, done: Mapping[str, Any], why: str) -> Page:
    contained = done["outcome"] == "contained"
    moved = (
        f"Traffic was moved off {done['route']} (version {done['version']})." if contained else ""
    )
    return Page(
        key=f"no-case/{cause_key(signal)}",
        thread=f"alarm-{cause_key(signal)}",
        severity=Severity.P0,
        title=f"{service}: an alarm went off, and no incident could be opened",
        seen=f"Alarm {signal.name} went off. {why}",
        done=moved or "Nothing was moved.",
        decide="Answer this by hand until the ledger answers again.",
    )


def receive(event: object, *, service: str, gate: Gate, runs: Runs, clock: Clock) -> dict[str, Any]:
    """Open a case for the alarm, or join the one that is open; changes no traffic itself."""
    signal = read_alarm(event)
    if why := _why_ignored(signal):
        return {"outcome": "ignored", "detail": why}
    _route(signal, service)
    return {"outcome": "received"} | _opened(signal, service, gate, runs, clock)


def _why_ignored(signal: AlarmSignal) -> str:
    """Why an alarm is no incident; empty when it is one."""
    if signal.state is not AlarmState.ALARM:
        return f"{signal.name} is {signal.state}, not ALARM"
    if signal.suppressed_by == _BY_AN_ALARM:
        return f"{signal.name} is explained by the alarm that suppresses its actions"
    return ""


def _opened(
    signal: AlarmSignal, service: str, gate: Gate, runs: Runs, clock: Clock
) -> dict[str, Any]:
    case = open_case(signal, service=service, gate=gate, runs=runs, now_ms=clock.now_ms())
    return {"run": case.run, "incident": case.incident, "opened": case.ours}


def _route(signal: AlarmSignal, service: str) -> Route | None:
    """The route an alarm is about, if any; raise `BadInput` for another service's alarm."""
    if signal.service not in (None, service):
        problem = Problem("dimensions.Service", repr(service), shown(signal.service))
        raise BadInput("an alarm", [problem], "Point this action at alarms of this service only.")
    return signal.route
