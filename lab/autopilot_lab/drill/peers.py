"""The same roll-out by strategies that people know, on the same day with the same seed.

Models of AWS CodeDeploy's presets with a rollback on the alarm that we use ourselves
(docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html and
deployments-rollback-and-redeploy.html), given the benefit of every doubt (`peer_alarm`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from autopilot.domain.allocation import Allocation, Route, VersionedAllocation
from autopilot.domain.planners import raised_target
from autopilot.domain.profile import Profile
from autopilot_lab.drill.peer_alarm import PeerAlarm
from autopilot_lab.drill.scenario import RollOut, Scenario
from autopilot_lab.drill.simulation import WARM_UP_SECONDS, simulate, start_allocation
from autopilot_lab.emulator.world.series import Series
from autopilot_lab.emulator.world.service import SimulatedService, Surroundings


@dataclass(frozen=True, slots=True)
class Strategy:
    """When how much of the way has been gone: (seconds after the start, percent of the way)."""

    stops: tuple[tuple[int, int], ...]
    rolls_back: bool  #: whether an alarm takes it all back


STRATEGIES: Final[Mapping[str, Strategy]] = MappingProxyType(
    {
        "Linear10PercentEvery1Minute": Strategy(
            tuple((60 * step, 10 * (step + 1)) for step in range(10)), rolls_back=True
        ),
        "Canary10Percent5Minutes": Strategy(((0, 10), (300, 100)), rolls_back=True),
        "at once, nobody watching": Strategy(((0, 100),), rolls_back=False),
    }
)


class _Deployment:
    """One roll-out under way: what routers read, and what its alarm has seen."""

    def __init__(
        self, strategy: Strategy, plan: RollOut, before: Allocation, guard_ppm: int
    ) -> None:
        goal = raised_target(before, Route.parse(plan.route), plan.to_percent)
        self._strategy, self._start = strategy, plan.at
        self.alarm = PeerAlarm(guard_ppm)
        self._before = before
        self._steps = {percent: _part(before, goal, percent) for _, percent in strategy.stops}

    def at(self, second: int) -> VersionedAllocation:
        """What routers read at that second; every change is a new version."""
        alarm_at = self.alarm.went_off_at if self._strategy.rolls_back else None
        if alarm_at is not None and second >= alarm_at:
            return VersionedAllocation(1, 1000, self._before)
        gone = [percent for at, percent in self._strategy.stops if second >= self._start + at]
        if not gone:
            return VersionedAllocation(1, 1, self._before)
        return VersionedAllocation(1, 1 + len(gone), self._steps[gone[-1]])


def _part(before: Allocation, goal: Allocation, percent: int) -> Allocation:
    """`percent` of the way, at least one point of it."""
    gains = before.gains(goal)
    (route,) = gains
    points = max(1, round(gains[route] * percent / 100))
    return raised_target(before, route, before.percent(route) + points)


def play_peers(scenario: Scenario, profile: Profile, *, seed: int) -> dict[str, Series]:
    """What clients see under each strategy; nothing when the scenario compares nothing."""
    if scenario.compare is None:
        return {}
    return {
        name: _play(strategy, scenario.compare, scenario, profile, seed)
        for name, strategy in STRATEGIES.items()
    }


def _play(
    strategy: Strategy, plan: RollOut, scenario: Scenario, profile: Profile, seed: int
) -> Series:
    before = start_allocation(scenario, profile)
    deployment = _Deployment(strategy, plan, before, profile.thresholds.guard_ppm)
    seconds: list[SimulatedService] = []
    surroundings = Surroundings(
        read_allocation=lambda _region: deployment.at(seconds[0].second),
        publish=deployment.alarm.watch,
    )
    service = simulate(scenario, profile, seed=seed, surroundings=surroundings)
    seconds.append(service)
    return service.run(WARM_UP_SECONDS + scenario.horizon)
