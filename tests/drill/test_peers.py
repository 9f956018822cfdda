"""The known strategies, played on the same day: given the benefit of every doubt, but real."""

from __future__ import annotations

import pytest

from autopilot_lab.drill.peers import STRATEGIES, play_peers
from autopilot_lab.drill.project import find_scenario
from autopilot_lab.drill.reading import ReadScenario, read_scenario
from autopilot_lab.drill.simulation import unautomated
from autopilot_lab.emulator.world.series import Series


@pytest.fixture(scope="module")
def read() -> ReadScenario:
    """The scenario that compares."""
    return read_scenario(find_scenario("ramp-up-bad-canary"))


@pytest.fixture(scope="module")
def played(read: ReadScenario) -> dict[str, Series]:
    """Every strategy on its day."""
    return play_peers(read.scenario, read.profile, seed=1)


def test_all_strategies_meet_the_same_requests(
    read: ReadScenario, played: dict[str, Series]
) -> None:
    """Only what fails may differ."""
    calm = unautomated(read.scenario, read.profile, seed=1)
    assert {series.requests for series in played.values()} == {calm.requests}
    assert list(played) == list(STRATEGIES)


def test_a_preset_with_an_alarm_rolls_back_and_costs_less_than_nobody_watching(
    played: dict[str, Series],
) -> None:
    """Its alarm sees two bad periods, and from then on nothing more fails."""
    costs = {name: series.failures for name, series in played.items()}
    nobody = costs.pop("at once, nobody watching")
    assert all(0 < cost * 100 < nobody for cost in costs.values())
    for name in costs:
        requests, failures = played[name].between(300, 1200)
        assert failures * 1000 < requests


def test_a_scenario_without_a_comparison_plays_none() -> None:
    """Nothing is played for nothing."""
    read = read_scenario(find_scenario("quiet-day"))
    assert play_peers(read.scenario, read.profile, seed=1) == {}
