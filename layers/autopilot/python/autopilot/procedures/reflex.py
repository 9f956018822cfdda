"""How an alarm becomes an action: contain at once, then open the case that thinks about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopilot.domain.alarm import AlarmState, read_alarm
from autopilot.domain.page import Page
from autopilot.domain.personal import shown
from autopilot.errors import BadInput, Problem, Refused
from autopilot.gate.entries import Cause
from autopilot.procedures.cases import cause_key, open_case

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.domain.alarm import AlarmSignal
    from autopilot.domain.allocation import Route
    from autopilot.domain.severity import Severity
    from autopilot.gate.gate import Gate
    from autopilot.ports import Clock, Pager, Runs


def contain(event: object, *, service: str, gate: Gate, runs: Runs, clock: Clock) -> dict[str, Any]:
    """Carry out the standing plan of the route the alarm is about, in one conditional write.

    Reads nothing: the write is conditioned on everything that must hold. A refusal is an answer
    too, since the case that is opened afterwards plans afresh and pages.
    """
    signal = read_alarm(event)
    if signal.state is not AlarmState.ALARM:
        return _ignored(signal)
    route = _route(signal, service)
    cause = Cause(id=cause_key(signal), by="contain_route", why=f"alarm {signal.name}")
    try:
        applied = gate.contain(route, cause)
    except Refused as refusal:
        outcome: dict[str, Any] = {"outcome": "refused", "detail": str(refusal)}
    else:
        outcome = {"outcome": "contained", "entry": applied.entry_id, "version": applied.version}
    said = {"route": str(route), "why": cause.why}
    return outcome | said | _opened(signal, route, gate, runs, clock)


def tell(contained: Mapping[str, Any], *, service: str, pager: Pager, severity: Severity) -> None:
    """Page people about a contain, once it has happened; a refused one is the run's to tell."""
    if contained["outcome"] != "contained":
        return
    pager.page(
        Page(
            key=f"contain/{contained['entry']}",
            thread=contained["run"],
            severity=severity,
            title=f"{service}: {contained['route']} was contained",
            seen=f"{contained['why']} went off.",
            done=f"Traffic was moved off {contained['route']} as its standing plan says "
            f"(version {contained['version']}).",
            decide=f"Nothing yet: run {contained['run']} goes on from here and will report.",
        )
    )


def receive(event: object, *, service: str, gate: Gate, runs: Runs, clock: Clock) -> dict[str, Any]:
    """Open a case for the alarm, or join the one that is open; changes no traffic itself."""
    signal = read_alarm(event)
    if signal.state is not AlarmState.ALARM:
        return _ignored(signal)
    return {"outcome": "received"} | _opened(signal, _route(signal, service), gate, runs, clock)


def _ignored(signal: AlarmSignal) -> dict[str, Any]:
    return {"outcome": "ignored", "detail": f"{signal.name} is {signal.state}, not ALARM"}


def _opened(
    signal: AlarmSignal, route: Route, gate: Gate, runs: Runs, clock: Clock
) -> dict[str, Any]:
    case = open_case(signal, route, gate=gate, runs=runs, now_ms=clock.now_ms())
    return {"run": case.run, "opened": case.ours}


def _route(signal: AlarmSignal, service: str) -> Route:
    advice = "Point this action only at alarms on the metrics of one route of the service."
    if signal.route is None:
        problem = Problem("dimensions", "Region and Path of one route", shown(signal.name))
        raise BadInput("an alarm", [problem], advice)
    if signal.service != service:
        problem = Problem("dimensions.Service", repr(service), shown(signal.service))
        raise BadInput("an alarm", [problem], advice)
    return signal.route
