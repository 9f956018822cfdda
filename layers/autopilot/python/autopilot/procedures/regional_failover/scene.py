"""What a failover is planned and verified on: read once, and nothing of it in a lost region."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from autopilot.domain.plan import Evidence
from autopilot.domain.probes import region_verdict
from autopilot.domain.switches import ADMISSION, DATABASE, WRITER
from autopilot.domain.verdict import State, Verdict
from autopilot.procedures.observation import Observation, observe
from autopilot.procedures.regional_failover.planning import Scene
from autopilot.procedures.vantages import observations

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from autopilot.domain.probes import ProbeObservation, RegionVerdict
    from autopilot.domain.verdict import Thresholds
    from autopilot.procedures.dependencies import Dependencies


def look_around(dependencies: Dependencies) -> Scene:
    """The ledger, what every vantage says of both regions, and what the switches show."""
    profile, now_ms = dependencies.profile, dependencies.clock.now_ms()
    view, seen = dependencies.gate.read(), observations(dependencies.gate)
    serving = (profile.regions.home, profile.regions.standby)
    switches = dependencies.switches
    return Scene(
        view=view,
        regions={
            each: region_verdict(seen, each, now_ms, profile.probes.fresh_seconds)
            for each in serving
        },
        well_since_ms={each: well_since_ms(seen, each) for each in serving},
        writer=switches[WRITER].observe().value,
        open_regions=switches[ADMISSION].observe().value,
        now_ms=now_ms,
        database=switches[DATABASE].observe() if DATABASE in switches else None,
    )


def well_since_ms(seen: Mapping[str, ProbeObservation], region: str) -> int:
    """Since when the last of the vantages finds it well; 0 when one of them does not."""
    states = [each.targets[region] for each in seen.values() if region in each.targets]
    if not states or any(each.state is not State.HEALTHY for each in states):
        return 0
    return max(each.since_ms for each in states)


def routes_seen(
    dependencies: Dependencies, *, since_ms: int, now_ms: int, leave_out: Collection[str]
) -> Observation:
    """What the routers published, of every region that may answer."""
    profile = dependencies.profile
    return observe(
        dependencies.telemetry,
        tuple(profile.proven),
        profile.thresholds,
        since_ms=since_ms,
        now_ms=now_ms,
        leave_out=leave_out,
    )


def evidence_now(scene: Scene, dependencies: Dependencies) -> Evidence:
    """What the routes and the probes of a scene say of every route, fresh."""
    thresholds = dependencies.profile.thresholds
    observation = routes_seen(
        dependencies,
        since_ms=scene.now_ms - thresholds.fresh_seconds * 1000,
        now_ms=scene.now_ms,
        leave_out=lost_in(scene.regions),
    )
    return with_probes(observation.evidence, scene.regions, thresholds)


def lost_in(regions: Mapping[str, RegionVerdict]) -> frozenset[str]:
    """Regions that two vantages cannot reach."""
    return frozenset(each for each, verdict in regions.items() if verdict.state is State.UNHEALTHY)


def with_probes(
    evidence: Evidence, regions: Mapping[str, RegionVerdict], thresholds: Thresholds
) -> Evidence:
    """The evidence, with the probes' word for routes that too few requests took to tell.

    A standby that serves next to nothing has no verdict of its own. Two vantages that reach its
    region are one; a route that is known to fail stays unhealthy whatever they say.
    """
    verdicts = tuple(
        (route, _lifted(seen, regions.get(route.region), thresholds))
        for route, seen in evidence.verdicts
    )
    return replace(evidence, verdicts=verdicts)


def _lifted(seen: Verdict, region: RegionVerdict | None, thresholds: Thresholds) -> Verdict:
    if seen.state is not State.UNKNOWN or region is None or region.state is not State.HEALTHY:
        return seen
    if seen.lower_ppm > thresholds.tolerance_ppm:
        return seen  # it fails more than it may, although too few requests prove it
    said = f"{seen.reason}; its region {region.reason}"
    return replace(seen, state=State.HEALTHY, reason=said[:256])
