"""The simulated service that a scenario describes on its profile."""

from __future__ import annotations

from typing import Final

from autopilot.domain.allocation import WHOLE, Allocation, VersionedAllocation
from autopilot.domain.profile import Profile
from autopilot_lab.drill.scenario import Scenario
from autopilot_lab.emulator.world.faults import FaultTimeline
from autopilot_lab.emulator.world.series import Series
from autopilot_lab.emulator.world.service import ServiceModel, SimulatedService, Surroundings
from autopilot_lab.emulator.world.serving import RouteModel

#: Before a drill starts the service and the product have been running for a while: alarms that
#: complain of silence have heard something, and standing plans are there.
WARM_UP_SECONDS: Final = 720
_MEDIAN_LATENCY_MS: Final = 350.0
#: A route can carry a little more than was ever proven; how much, the automation cannot know.
_CAPACITY_OVER_PROVEN: Final = 1.15


def start_allocation(scenario: Scenario, profile: Profile) -> Allocation:
    """The allocation when the drill starts: the scenario's, else the profile's baseline."""
    baseline = profile.baseline()
    given = scenario.service.allocation
    if given is None:
        return baseline
    return Allocation.of({str(route): given.get(str(route), 0) for route in baseline.routes})


def peak_per_minute(scenario: Scenario) -> float:
    """Requests in the busiest minute that the load's shape foresees."""
    load = scenario.load
    return 60 * load.requests_per_second * max((each.factor for each in load.shape), default=1.0)


def service_model(scenario: Scenario, profile: Profile) -> ServiceModel:
    """The service before anything goes wrong."""
    return ServiceModel(
        name=profile.service.name,
        routes=_route_models(scenario, profile),
        clients=_clients(scenario, profile),
        allocation=VersionedAllocation(1, 1, start_allocation(scenario, profile)),
        load=scenario.load.as_load(),
        dns_ttl_seconds=scenario.service.dns_ttl,
    )


def simulate(
    scenario: Scenario,
    profile: Profile,
    *,
    seed: int,
    surroundings: Surroundings | None = None,
) -> SimulatedService:
    """The service before its warm-up, in these surroundings or in none."""
    return SimulatedService(
        service_model(scenario, profile),
        FaultTimeline(scenario.faults),
        seed=seed,
        surroundings=surroundings,
        first_second=-WARM_UP_SECONDS,
    )


def unautomated(scenario: Scenario, profile: Profile, *, seed: int) -> Series:
    """What clients see on the same day with the automation off."""
    lived: list[SimulatedService] = []

    def failing(region: str) -> float:
        """Whatever was released stays."""
        rates = [
            one.bad_percent / WHOLE
            for one in scenario.releases
            if lived[0].second >= one.bad_at and one.region in (None, region)
        ]
        return max(rates, default=0.0)

    surroundings = Surroundings(failing=failing) if scenario.releases else None
    lived.append(simulate(scenario, profile, seed=seed, surroundings=surroundings))
    return lived[0].run(WARM_UP_SECONDS + scenario.horizon)


def _route_models(scenario: Scenario, profile: Profile) -> list[RouteModel]:
    behaviour, peak = scenario.service, peak_per_minute(scenario) / 60
    return [
        RouteModel(
            route=route,
            capacity_per_second=peak
            / WHOLE
            * behaviour.capacity_percent.get(str(route), proven * _CAPACITY_OVER_PROVEN),
            median_latency_ms=behaviour.latency_ms.get(route.path, _MEDIAN_LATENCY_MS),
            error_rate=behaviour.error_rate_percent / WHOLE,
        )
        for route, proven in profile.proven.items()
    ]


def _clients(scenario: Scenario, profile: Profile) -> dict[str, float]:
    """Shares by router region, home first: the scenario's, else those of the baseline."""
    given = scenario.service.clients or _by_region(profile.baseline())
    order = (profile.regions.home, profile.regions.standby)
    return {region: given[region] / WHOLE for region in order if region in given}


def _by_region(allocation: Allocation) -> dict[str, int]:
    totals: dict[str, int] = {}
    for route, percent in allocation.shares:
        totals[route.region] = totals.get(route.region, 0) + percent
    return totals
