"""traffic_ramp: up, down because a route limps, and up onto a route that turns out to fail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autopilot.domain.allocation import Allocation, Route
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.case import Case
from autopilot_lab.assurance.cases.quiet import keep_the_service_quiet

LIMPING: Final = Route("eu-central-1", "direct")
GAINING: Final = Route("eu-west-1", "direct")
UP: Final[Mapping[str, Any]] = {
    "mode": "execute",
    "direction": "up",
    "route": str(GAINING),
    "to_percent": 7,
}
DOWN: Final[Mapping[str, Any]] = {
    "mode": "execute",
    "direction": "down",
    "route": str(LIMPING),
    "to_percent": 20,
}
_GAINING_FROM: Final = 7  #: percent, from which on the gaining route fails
_LIMPING_PPM: Final = 40_000  #: below the guard of 5 %, so that no alarm goes off
_FAILING_PPM: Final = 300_000


def start_ramp(bench: Bench, name: str, request: Mapping[str, Any]) -> None:
    """Start a ramp at home; the service's alarms keep quiet, so that only the ramp answers."""
    keep_the_service_quiet(bench)
    bench.installation.start_run("traffic_ramp", request, region=bench.home, name=name)


def _up(bench: Bench) -> None:
    start_ramp(bench, "by-hand-up", UP)


def _up_onto_failure(bench: Bench) -> None:
    bench.service.failures_ppm = _fails_when_used
    start_ramp(bench, "by-hand-up", UP)


def _down(bench: Bench) -> None:
    bench.service.failures_ppm = lambda route, _: _LIMPING_PPM if route == LIMPING else 0
    start_ramp(bench, "down-as-an-alarm", DOWN)


def _fails_when_used(route: Route, held: Allocation) -> int:
    used = route == GAINING and held.percent(route) >= _GAINING_FROM
    return _FAILING_PPM if used else 0


def _of(run: str, **settings: Any) -> dict[str, Any]:
    """The run's own calls: of Step Functions for it, and of the functions that it invokes."""
    caller = f"states:{run}"
    return {"run": run, "owns": lambda by, called_by: caller in (by, called_by), **settings}


CASES: Final = (
    Case("up", _up, **_of("by-hand-up", by_hand=True)),
    Case("down", _down, **_of("down-as-an-alarm")),
    Case("up_onto_failure", _up_onto_failure, **_of("by-hand-up", by_hand=True)),
)
