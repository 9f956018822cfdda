"""The headline drill, played once unwatched and once with somebody looking on."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from autopilot_lab.drill.live.gathering import Gathering
from autopilot_lab.drill.live.moment import Moment
from autopilot_lab.drill.live.scene import Scene
from autopilot_lab.drill.live.screen import Controls, screen
from autopilot_lab.drill.project import find_scenario
from autopilot_lab.drill.reading import ReadScenario, read_scenario
from autopilot_lab.drill.result import DrillResult
from autopilot_lab.drill.runner import run_drill

CONTROLS = Controls(rate=6.0, paused=False, has_keyboard=True)
SIZE = (140, 40)
#: Before the fault, when the second alarm is refused, while the ramp bakes, and at the end.
SHOWN = (-600.0, 300.0, 340.0, 400.0, 1800.0)


@dataclass
class Onlooker:
    """Looks at every moment, draws each tenth, and keeps some."""

    scenes: dict[float, Scene] = field(default_factory=dict)
    news: list[float] = field(default_factory=list)
    gathering: Gathering | None = None

    def __call__(self, moment: Moment) -> None:
        """Do what the view does, without a terminal."""
        self.gathering = self.gathering or Gathering(moment)
        if self.gathering.look(moment):
            self.news.append(moment.second)
        scene = self.gathering.scene(moment) if moment.second % 5 == 0 else None
        if scene is not None:
            screen(scene, CONTROLS, *SIZE)
        if scene is not None and moment.second in SHOWN:
            self.scenes[moment.second] = scene


@dataclass(frozen=True)
class Watched:
    """What came of the watched drill, and what was seen of it."""

    result: DrillResult
    onlooker: Onlooker

    def at(self, second: float) -> Scene:
        """The scene of that second."""
        return self.onlooker.scenes[second]


@pytest.fixture(scope="session", name="headline")
def headline_scenario() -> ReadScenario:
    """The scenario of `make drill`."""
    return read_scenario(find_scenario("direct-path-brownout"))


@pytest.fixture(scope="session")
def unwatched(headline: ReadScenario) -> DrillResult:
    """Nobody looks on."""
    return run_drill(headline, seed=headline.scenario.seed)


@pytest.fixture(scope="session")
def watched(headline: ReadScenario) -> Watched:
    """Somebody looks on."""
    onlooker = Onlooker()
    result = run_drill(headline, seed=headline.scenario.seed, watch=onlooker)
    return Watched(result, onlooker)
