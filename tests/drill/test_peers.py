"""The known strategies, played on the same day: given the benefit of every doubt, but real."""

from __future__ import annotations

import pytest

from autopilot_lab.drill.evidence import ReleasedBy
from autopilot_lab.drill.peers import STRATEGIES, play_peers
from autopilot_lab.drill.project import find_scenario
from autopilot_lab.drill.reading import ReadScenario, read_scenario
from autopilot_lab.drill.release_peers import PRESETS, play_release_peers
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
    assert play_release_peers(read.scenario, read.profile, seed=1) == {}


def released(name: str) -> dict[str, ReleasedBy]:
    """What presets make of the bad release of a scenario."""
    read = read_scenario(find_scenario(name))
    return play_release_peers(read.scenario, read.profile, seed=1)


def test_a_preset_rolls_back_only_while_it_watches() -> None:
    """Twenty minutes after the release only the two that take longer still do."""
    played = released("bad-release-shows-late")
    assert list(played) == list(PRESETS)
    rolled_back = {name for name, one in played.items() if one.rolled_back_at is not None}
    assert rolled_back == {
        "AppConfig Canary10Percent20Minutes", "AppConfig Linear20PercentEvery6Minutes",
    }  # fmt: skip
    fault = 3600
    for name, one in played.items():
        in_time = fault < one.watched_until
        assert (one.rolled_back_at == fault + 22) is in_time, name
        assert (one.series.failures < 2_000) is in_time, name


def test_a_staged_preset_that_sees_the_fault_at_once_costs_less_than_a_rollback() -> None:
    """No strategy is made to look worse than it is: stages are worth having."""
    played = released("bad-release")
    canary = played["CodeDeploy Canary10Percent5Minutes"]
    at_once = played["CodeDeploy AllAtOnce"]
    assert canary.rolled_back_at == 2422
    assert canary.series.failures * 100 < at_once.series.failures
    assert at_once.rolled_back_at is None, "its deployment was over before an alarm could go off"


@pytest.mark.parametrize("name, minutes, percents", [
    ("CodeDeploy Linear10PercentEvery1Minute", 9, [10, 20, 100]),
    ("AppConfig Canary10Percent20Minutes", 30, [0, 0, 20]),
    ("AppConfig Linear20PercentEvery6Minutes", 60, [0, 0, 20]),
])  # fmt: skip
def test_presets_are_as_their_documentation_has_them(
    name: str, minutes: int, percents: list[int]
) -> None:
    """How long an alarm counts, and who has the release at once, after 1 and after 9 minutes."""
    preset = PRESETS[name]
    assert preset.watched_seconds == minutes * 60
    assert [preset.percent(at) for at in (0, 60, 9 * 60)] == percents
