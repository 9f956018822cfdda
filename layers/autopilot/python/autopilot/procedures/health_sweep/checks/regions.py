"""The regions: whether the other one still sweeps, and what the probes say of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.fitness import Ceiling
from autopilot.domain.health_score import Finding
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State

if TYPE_CHECKING:
    from autopilot.domain.allocation import Route
    from autopilot.procedures.health_sweep.scene import Scene

PROBES_FRESH_SECONDS: Final = 180  #: a probe writes its observation every minute
VANTAGES_MIN: Final = 2  #: a region is unhealthy when so many places say so
_SECOND_MS: Final = 1_000
_MINUTE_MS: Final = 60_000

PROBES: Final = "probes/"  #: what the names of the vantages' observations begin with

Records = Sequence[Mapping[str, Any]]


def other_region(scene: Scene) -> str:
    """The other one that serves."""
    regions = scene.profile.regions
    return regions.standby if scene.region == regions.home else regions.home


def other_sweep(scene: Scene, record: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Its silence may be all that a lost region leaves behind."""
    other = other_region(scene)
    if record is None:
        said = "its sweep has never been recorded"
        yield Finding("sweeps", other, State.UNKNOWN, said)
        return
    minutes = max(0, scene.now_ms - int(record["observed_ms"])) // _MINUTE_MS
    silent = minutes >= scene.profile.sweep.silent_minutes
    state = State.UNHEALTHY if silent else State.HEALTHY
    said = f"last heard of {minutes} min ago, when it called the service {record['state']}"
    evidence = {"observed_ms": int(record["observed_ms"])}
    yield Finding("sweeps", other, state, said, Severity.P1, evidence)


def probed(scene: Scene, records: Records) -> Iterator[Finding]:
    """What the probes of all vantages say of each region that serves."""
    for region in (scene.profile.regions.home, scene.profile.regions.standby):
        state, said = _verdict(scene, records, region)
        yield Finding("regions", region, state, said, Severity.P1)


def ceilings(scene: Scene, findings: Iterable[Finding]) -> Mapping[Route, Ceiling]:
    """No route of a region that the probes call unhealthy is a target."""
    reasons = {
        finding.subject: finding.said
        for finding in findings
        if finding.check == "regions" and finding.state is State.UNHEALTHY
    }
    return {
        route: Ceiling(0, f"{route.region}: {reasons[route.region]}")
        for route in scene.routes
        if route.region in reasons
    }


def _verdict(scene: Scene, records: Records, region: str) -> tuple[State, str]:
    """Unhealthy needs two vantages that say so while their control target answers."""
    said = [_said_by(record, region, scene.now_ms) for record in records]
    failing, well = said.count(State.UNHEALTHY), said.count(State.HEALTHY)
    if failing >= VANTAGES_MIN:
        return State.UNHEALTHY, f"{failing} vantages find that it does not answer"
    if failing == 0 and well >= VANTAGES_MIN:
        return State.HEALTHY, f"{well} vantages find that it answers"
    return State.UNKNOWN, f"{well} vantages find that it answers, {failing} that it does not"


def _said_by(record: Mapping[str, Any], region: str, now_ms: int) -> State:
    """What one vantage says; unknown when it is stale, or its own way out may be broken.

    One that finds its control target dead, or every region at once, is to be doubted itself.
    """
    age_ms = now_ms - int(record.get("observed_ms", 0))
    if age_ms > PROBES_FRESH_SECONDS * _SECOND_MS:
        return State.UNKNOWN
    if record.get("control", {}).get("state") != State.HEALTHY:
        return State.UNKNOWN
    said = {name: each.get("state") for name, each in record.get("targets", {}).items()}
    if set(said.values()) == {State.UNHEALTHY.value}:
        return State.UNKNOWN
    return State(said.get(region, State.UNKNOWN))
