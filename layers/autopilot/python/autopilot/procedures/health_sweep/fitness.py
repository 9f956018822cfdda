"""What the sweeps of both regions found against routes as targets, as long as it is fresh."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.allocation import Route
from autopilot.domain.fitness import Ceiling
from autopilot.domain.readings import Measured, Reading

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies

#: A full sweep is made once a day; two hours more, so that the next one may be late.
LIMITS_FRESH_SECONDS: Final = 26 * 3_600
SWEEPS: Final = "sweep/"  #: what the names of the regions' last sweeps begin with
_MINUTE_MS: Final = 60_000
_SECOND_MS: Final = 1_000


def sweep_record(region: str) -> str:
    """The name of the record that holds a region's last sweep."""
    return f"{SWEEPS}{region}"


def last_sweeps(dependencies: Dependencies) -> Sequence[Mapping[str, Any]]:
    """The record of the last sweep of each region."""
    return dependencies.gate.find_records(SWEEPS)


def fresh_ceilings(
    sweeps: Sequence[Mapping[str, Any]], dependencies: Dependencies
) -> list[Mapping[Route, Ceiling]]:
    """Those of the last sweep of each region, and the quotas' of its last full one."""
    profile, now_ms = dependencies.profile, dependencies.clock.now_ms()
    silent_ms = profile.sweep.silent_minutes * _MINUTE_MS
    found: list[Mapping[Route, Ceiling]] = []
    for record in sweeps:
        found += _fresh(record, now_ms, silent_ms)
    return found


def ages(sweeps: Sequence[Mapping[str, Any]], now_ms: int) -> Iterator[Reading]:
    """How old the last sweep of each region is."""
    for record in sweeps:
        vantage = str(record["record"]).removeprefix(SWEEPS)
        seconds = max(0, now_ms - int(record["observed_ms"])) / _SECOND_MS
        yield Reading(Measured.SWEEP_AGE, seconds, {"Vantage": vantage})


def _fresh(
    record: Mapping[str, Any], now_ms: int, silent_ms: int
) -> Iterator[Mapping[Route, Ceiling]]:
    if now_ms - int(record["observed_ms"]) <= silent_ms:
        yield _ceilings(record["unfit"])
    if now_ms - int(record["limits_ms"]) <= LIMITS_FRESH_SECONDS * _SECOND_MS:
        yield _ceilings(record["limits"])


def _ceilings(items: Mapping[str, Mapping[str, Any]]) -> dict[Route, Ceiling]:
    return {Route.parse(route): Ceiling.of(item) for route, item in items.items()}
