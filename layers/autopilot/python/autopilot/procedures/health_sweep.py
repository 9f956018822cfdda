"""Looks at every route and says what is known of it, with evidence."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.page import Link, Page
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State
from autopilot.procedures.observation import Observation, observe
from autopilot.procedures.registry import Message, Operations, Trust
from autopilot.procedures.requests import Request, read_request

if TYPE_CHECKING:
    from autopilot.domain.allocation import Allocation
    from autopilot.procedures.dependencies import Dependencies

RUNBOOK: Final = "health_sweep"


def observe_service(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """The verdict on every route, and on the service as a whole."""
    request = read_request(
        Request, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
    profile, now_ms = dependencies.profile, dependencies.clock.now_ms()
    observation = observe(
        dependencies.telemetry,
        tuple(profile.proven),
        profile.thresholds,
        since_ms=now_ms - profile.thresholds.fresh_seconds * 1000,
        now_ms=now_ms,
    )
    view = dependencies.gate.read()
    return {
        "mode": request.mode,
        "vantage": dependencies.region,
        "state": observation.whole.state.value,
        "summary": _summary(observation, view.allocation),
        "allocation": view.allocation.to_dict(),
        "version": view.version,
        "verdicts": observation.evidence.to_dict()["verdicts"],
    }


def _summary(observation: Observation, allocation: Allocation) -> str:
    """One sentence for the service and one for each route in use that is not healthy."""
    said = [f"The service is {observation.whole.state}: {observation.whole.reason}."]
    said += [
        f"{route} ({allocation.percent(route)} % of requests) is {verdict.state}: {verdict.reason}."
        for route, verdict in observation.evidence.verdicts
        if allocation.percent(route) and verdict.state is not State.HEALTHY
    ]
    return " ".join(said)


def record(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Write the observation down; page when the state of the service is not the last one's.

    The vantage's record is replaced: the trail of observations is the metrics themselves.
    """
    sweep: Mapping[str, Any] = message["sweep"]
    name = f"observation/{dependencies.region}"
    before = dependencies.gate.find_record(name)
    state = str(sweep["state"])
    dependencies.gate.record(
        name,
        {
            "state": state,
            "summary": str(sweep["summary"])[:2048],
            "observed_ms": dependencies.clock.now_ms(),
            "run": str(message["run"]),
        },
        once=False,
    )
    changed = before is None or before["state"] != state
    if changed and state == State.UNHEALTHY:
        dependencies.pager.page(
            Page(
                key=f"sweep/{message['run']}",
                thread=str(message["run"]),
                severity=Severity.P1,
                title=f"{dependencies.service} is {state}, seen from {dependencies.region}",
                seen=str(sweep["summary"]),
                done="",
                decide="",
                links=(Link("Execution", str(message["execution"])),),
            )
        )
    return {"changed": changed}


OPERATIONS: Final[Operations] = MappingProxyType(
    {
        Trust.PLAN: {},
        Trust.READ: {"observe": observe_service},
        Trust.CHANGE: {},
        Trust.REPORT: {"record": record},
    }
)
