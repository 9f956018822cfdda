"""The regions: whether the other one still sweeps, and what the probes say of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.fitness import Ceiling
from autopilot.domain.health_score import Finding
from autopilot.domain.probes import ProbeObservation, observer_suspect, region_verdict
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State

if TYPE_CHECKING:
    from autopilot.domain.allocation import Route
    from autopilot.procedures.health_sweep.scene import Scene

_MINUTE_MS: Final = 60_000

Observations = Mapping[str, ProbeObservation]


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


def probed(scene: Scene, seen: Observations) -> Iterator[Finding]:
    """What the probes of all vantages say of each region that serves, and who is doubted."""
    fresh = scene.profile.probes.fresh_seconds
    suspects = observer_suspect(seen, scene.now_ms, fresh)
    doubts = "".join(f"; {vantage} is doubted: {why}" for vantage, why in suspects.items())
    for region in (scene.profile.regions.home, scene.profile.regions.standby):
        verdict = region_verdict(seen, region, scene.now_ms, fresh)
        yield Finding("regions", region, verdict.state, verdict.reason + doubts, Severity.P1)


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
