"""contain_route: a route fails, the alarms of both regions go off, and some events come twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from autopilot.domain.allocation import Allocation, Route
from autopilot_lab.assurance.aftermath import Aftermath
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.case import Case
from autopilot_lab.emulator.alarms import Alarm, Condition

FAILING: Final = Route("eu-central-1", "direct")
_FAILING_PPM: Final = 300_000
_REFLEX: Final = ("contain-route", "receive-alarm")
#: Lambda tries an asynchronous event again after one minute and after two more.
_QUIET_SECONDS: Final = 200.0


def fails(route: Route, _held: Allocation) -> int:
    """Failures of a route in parts per million, whatever its share."""
    return _FAILING_PPM if route == FAILING else 0


def _both_regions(bench: Bench) -> None:
    """Each region's routers publish to their own region, so that both alarms go off."""
    bench.service.failures_ppm = fails


def _every_event_twice(bench: Bench) -> None:
    """Delivery is at least once: here it is always twice, by either way."""
    bench.service.failures_ppm = fails
    deliver = bench.aws.alarms.on_transition

    def twice(alarm: Alarm, before: Condition) -> None:
        deliver(alarm, before)
        deliver(alarm, before)

    bench.aws.alarms.on_transition = twice


def _owns(caller: str, _called_by: str) -> bool:
    return caller.endswith(_REFLEX)


def _answered_once(aftermath: Aftermath) -> list[str]:
    """The route is out of use, or people know; and one failure has one contain and one run."""
    found = []
    contains = [entry for entry in aftermath.entries if entry["act"] == "contain"]
    if len(contains) > 1:
        found.append(f"contained {len(contains)} times")
    found += [
        f"{len(runs)} runs for one failure: {runs}"
        for runs in map(aftermath.runs_of, ("incident_response", "traffic_ramp"))
        if len(runs) > 1
    ]
    before, after = aftermath.start.percent(FAILING), aftermath.allocation[str(FAILING)]
    if after >= before and not aftermath.pages:
        found.append(f"{FAILING} still gets {after} %, and nobody was paged")
    return found


def _case(name: str, begin: Callable[[Bench], None]) -> Case:
    return Case(name, begin, _owns, check=_answered_once, quiet_seconds=_QUIET_SECONDS)


CASES: Final = (
    _case("both_regions", _both_regions),
    _case("every_event_twice", _every_event_twice),
)
