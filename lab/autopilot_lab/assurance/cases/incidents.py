"""incident_response: a route fails, or an alarm was stale, and the run that answers is struck."""

from __future__ import annotations

from typing import Any, Final

from autopilot_lab.assurance.aftermath import Aftermath
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.case import Case
from autopilot_lab.assurance.cases.alarms import FAILING, fails
from autopilot_lab.assurance.cases.quiet import keep_the_service_quiet

_RUN: Final = "incident-by-hand"
_REQUEST: Final = {"mode": "execute", "reason": "clients report errors"}
_FAILING_SECONDS: Final = 45.0
#: What cannot be ended is watched for an hour, and then handed over.
_HORIZON_SECONDS: Final = 4_800.0


def _start(bench: Bench) -> None:
    bench.installation.start_run("incident_response", _REQUEST, region=bench.home, name=_RUN)


def _route_fails(bench: Bench) -> None:
    """A route has failed for a while when somebody starts the run."""
    keep_the_service_quiet(bench)
    bench.service.failures_ppm = fails
    bench.aws.run(_FAILING_SECONDS)
    _start(bench)


def _nothing_is_wrong(bench: Bench) -> None:
    keep_the_service_quiet(bench)
    _start(bench)


def _moved_once(aftermath: Aftermath) -> list[str]:
    """One ramp at most, off the failing route only; and no route that is well lost its traffic."""
    found = []
    if len(ramps := aftermath.runs_of("traffic_ramp")) > 1:
        found.append(f"{len(ramps)} ramps for one failing route: {ramps}")
    for route, percent in aftermath.allocation.items():
        if route != str(FAILING) and percent < aftermath.start.to_dict()[route]:
            found.append(f"{route} is well and lost traffic: {percent} %")
    return found


def _moved_nothing(aftermath: Aftermath) -> list[str]:
    return [f"{entry['act']} though nothing was wrong" for entry in aftermath.entries]


def _own(by: str, called_by: str) -> bool:
    """Calls of the run and of the functions that it invokes; its ramp has cases of its own."""
    return f"states:{_RUN}" in (by, called_by)


def _case(name: str, begin: Any, check: Any) -> Case:
    return Case(
        name, begin, _own, run=_RUN, by_hand=True, check=check, horizon_seconds=_HORIZON_SECONDS
    )


CASES: Final = (
    _case("route_fails", _route_fails, _moved_once),
    _case("nothing_is_wrong", _nothing_is_wrong, _moved_nothing),
)
