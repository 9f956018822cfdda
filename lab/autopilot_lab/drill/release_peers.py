"""The same bad release under the presets that would have taken it back by themselves.

AWS CodeDeploy shifts an alias and AWS AppConfig a configuration. Both take it back when an alarm
goes off, but only while the deployment lasts, in AppConfig's case and its bake time
(docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-create-alarms.html,
docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-deployment-strategy.html and the
beliefs about releases). They are given the benefit of every doubt: taking
back their part takes the whole release back, in both regions and in no time, and their alarm sees
the new release's own failures however small its share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from autopilot.domain.allocation import WHOLE
from autopilot.domain.profile import Profile
from autopilot_lab.drill.events.releases import NewRelease
from autopilot_lab.drill.evidence import ReleasedBy
from autopilot_lab.drill.peer_alarm import PeerAlarm
from autopilot_lab.drill.scenario import Scenario
from autopilot_lab.drill.simulation import WARM_UP_SECONDS, simulate
from autopilot_lab.emulator.world.service import Metrics, SimulatedService, Surroundings

_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class Preset:
    """When how much of the traffic has the release, and how long its alarm counts."""

    stops: tuple[tuple[int, int], ...]  #: (seconds after the start, percent), the last one 100
    bake_seconds: int = 0  #: after the last stop

    @property
    def watched_seconds(self) -> int:
        """From the start until no alarm takes it back any more."""
        return self.stops[-1][0] + self.bake_seconds

    def percent(self, seconds: int) -> int:
        """Share of the traffic that has the release so many seconds after the start."""
        return max((percent for at, percent in self.stops if seconds >= at), default=0)


#: AppConfig's first step comes after the first interval, as its guide's own time table has it; the
#: steps of its exponential preset are taken to be as long as each other.
PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        "CodeDeploy AllAtOnce": Preset(((0, 100),)),
        "CodeDeploy Canary10Percent5Minutes": Preset(((0, 10), (5 * _MINUTE, 100))),
        "CodeDeploy Linear10PercentEvery1Minute": Preset(
            tuple((_MINUTE * step, 10 * (step + 1)) for step in range(10))
        ),
        "AppConfig AllAtOnce": Preset(((0, 100),), bake_seconds=10 * _MINUTE),
        "AppConfig Canary10Percent20Minutes": Preset(
            tuple(
                (4 * _MINUTE * (step + 1), percent)
                for step, percent in enumerate((10, 20, 40, 80, 100))
            ),
            bake_seconds=10 * _MINUTE,
        ),
        "AppConfig Linear20PercentEvery6Minutes": Preset(
            tuple((6 * _MINUTE * step, 20 * step) for step in range(1, 6)),
            bake_seconds=30 * _MINUTE,
        ),
    }
)


class _Deployment:
    """One release under way: who has it, and what its alarm has seen."""

    def __init__(self, preset: Preset, release: NewRelease, guard_ppm: int) -> None:
        self.watched_until = release.at + preset.watched_seconds
        self._preset, self._release = preset, release
        self._alarm = PeerAlarm(guard_ppm)

    @property
    def rolled_back_at(self) -> int | None:
        """When its alarm took it back; None when it did not, or when nobody listened any more."""
        at = self._alarm.went_off_at
        return at if at is not None and at <= self.watched_until else None

    def share(self, second: int) -> float:
        """Share of the requests that the release answers at that second."""
        back = self.rolled_back_at
        if back is not None and second >= back:
            return 0.0
        return self._preset.percent(second - self._release.at) / WHOLE

    def failing(self, second: int) -> float:
        """Share of the requests that it fails at that second."""
        rate = self._release.bad_percent / WHOLE if second >= self._release.bad_at else 0.0
        return rate * self.share(second)

    def watch(self, counted: Sequence[Metrics]) -> None:
        """Let its alarm look at what was counted of it in one period."""
        for one in counted:
            self._alarm.watch([one], share=self.share(one.end_seconds - 1))


def play_release_peers(scenario: Scenario, profile: Profile, *, seed: int) -> dict[str, ReleasedBy]:
    """What becomes of the bad release under each preset; nothing unless it shall be compared."""
    bad = [release for release in scenario.releases if release.bad_percent]
    if not scenario.compare_release or not bad:
        return {}
    return {
        name: _play(preset, bad[0], scenario, profile, seed) for name, preset in PRESETS.items()
    }


def _play(
    preset: Preset, release: NewRelease, scenario: Scenario, profile: Profile, seed: int
) -> ReleasedBy:
    deployment = _Deployment(preset, release, profile.thresholds.guard_ppm)
    lived: list[SimulatedService] = []
    surroundings = Surroundings(
        publish=deployment.watch,
        failing=lambda _region: deployment.failing(lived[0].second),
    )
    lived.append(simulate(scenario, profile, seed=seed, surroundings=surroundings))
    series = lived[0].run(WARM_UP_SECONDS + scenario.horizon)
    return ReleasedBy(series, deployment.watched_until, deployment.rolled_back_at)
