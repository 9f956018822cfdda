"""The live view of a rollback: every turn of a switch is seen, with before and after."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopilot_lab.drill.live.gathering import Gathering
from autopilot_lab.drill.live.moment import Moment
from autopilot_lab.drill.live.scene import Scene
from autopilot_lab.drill.live.screen import screen
from autopilot_lab.drill.project import find_scenario
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.result import DrillResult
from autopilot_lab.drill.runner import run_drill
from tests.drill.live.conftest import CONTROLS

#: The release at 40 minutes, the rollback after one more, judged after another.
END = 43 * 60


@pytest.fixture(scope="module")
def seen() -> tuple[DrillResult, Scene, Scene]:
    """The drill; its scene before anything is wrong, and at the end."""
    read = read_scenario(find_scenario("bad-release"))
    short = read.scenario.model_copy(update={"horizon": END, "compare_release": False})
    looking: list[Gathering] = []
    scenes: list[Scene] = []

    def look(moment: Moment) -> None:
        looking[:] = looking or [Gathering(moment)]
        looking[0].look(moment)
        if moment.second in (60.0, float(END)):
            scenes.append(looking[0].scene(moment))

    result = run_drill(replace(read, scenario=short), seed=1, watch=look)
    before, after = scenes
    return result, before, after


def lines(scene: Scene, size: tuple[int, int]) -> str:
    """The screen as text."""
    return "\n".join(line.plain for line in screen(scene, CONTROLS, *size))


def test_every_turn_is_seen_as_the_evidence_has_it(
    seen: tuple[DrillResult, Scene, Scene],
) -> None:
    """Those that were exported meanwhile, too."""
    result, _, after = seen
    assert list(after.evidence.turned) == list(result.evidence.turned)
    assert len(after.evidence.turned) == 8
    acts = [one.act for one in after.decisions if one.act.startswith("switch")]
    assert acts == ["switch"] * 7 + ["switch back"]


@pytest.mark.parametrize("size", [(140, 40), (80, 50)])
def test_the_switches_stand_beside_the_allocation(
    seen: tuple[DrillResult, Scene, Scene], size: tuple[int, int]
) -> None:
    """What each shows now, and where the automation turned it, what it showed before."""
    _, before, after = seen
    text = lines(after, size)
    assert "release 8 turns" in text
    for said in ("alias 2 → 1", "configuration c2 → c1", "ranker on → off", "emergency off"):
        assert said in text, said
    assert "release nothing was turned" in lines(before, size)
