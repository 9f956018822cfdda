"""A scenario file is read whole or refused whole, with file, line, key, expected and got."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from autopilot.errors import BadInput
from autopilot_lab.drill.project import SCENARIOS, find_scenario, scenario_names
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.timeline import (
    ACTIONS,
    ALARM_EVENTS,
    CLOUD_FAULTS,
    MODEL_FAULTS,
    SERVICE_FAULTS,
)

EVENTS = [
    get_args(event.model_fields["event"].annotation)[0]
    for event in (*SERVICE_FAULTS, *CLOUD_FAULTS, *MODEL_FAULTS, *ALARM_EVENTS, *ACTIONS)
]
GOOD = """\
name: mine
title: One sentence
horizon: 10m
load:
  requests_per_second: 50
timeline:
  - at: 1m
    event: route_error_rate
    route: eu-central-1/direct
    percent: 30
expect:
  - check: lease_free
"""


def problems(folder: Path, text: str) -> list[str]:
    """What is wrong with a file of this content, each without the folder."""
    file = folder / "mine.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadInput) as refused:
        read_scenario(file)
    return [str(problem).replace(f"{folder}/", "") for problem in refused.value.problems]


def test_a_good_file_is_read(tmp_path: Path) -> None:
    """Durations become seconds, the profile is the reference."""
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD, "utf-8")
    read = read_scenario(file)
    assert (read.scenario.horizon, read.scenario.fault_at) == (600, 60)
    assert read.profile.service.name == "hybrid-routing"


@pytest.mark.parametrize(
    "old,new,expected",
    [
        (
            "horizon: 10m",
            "horizon: 10",
            "mine.yaml:3: horizon: expected a duration such as 90s, 5m, 1h30m, got 10",
        ),
        (
            "requests_per_second: 50",
            "requests_per_second: 50\n  shap: []",
            (
                "mine.yaml:6: load.shap: expected one of requests_per_second, shape "
                "(did you mean shape?), got []"
            ),
        ),
        (
            "event: route_error_rate",
            "event: rout_error_rate",
            (
                f"mine.yaml:8: timeline[0].event: expected one of {', '.join(EVENTS)} "
                "(did you mean route_error_rate?), got rout_error_rate"
            ),
        ),
        (
            "    percent: 30\n",
            "",
            "mine.yaml:7: timeline[0].percent: expected this key, got nothing",
        ),
        (
            "percent: 30",
            "percent: 130",
            "mine.yaml:10: timeline[0].percent: expected less than or equal to 100, got 130",
        ),
        (
            "percent: 30",
            "percent: '30'",
            'mine.yaml:10: timeline[0].percent: expected a valid number, got "30"',
        ),
        (
            "eu-central-1/direct",
            "eu-central-1/dirct",
            (
                "mine.yaml:9: timeline[0].route: expected one of eu-central-1/direct, "
                "eu-central-1/mcp, eu-west-1/direct, eu-west-1/mcp (did you mean "
                "eu-central-1/direct?), got eu-central-1/dirct"
            ),
        ),
        (
            "name: mine",
            "name: other",
            "mine.yaml:1: name: expected the file's name, mine, got other",
        ),
        (
            "at: 1m",
            "at: 11m",
            "mine.yaml:7: timeline[0].at: expected at most the horizon, 10m, got 11m",
        ),
        (
            "percent: 30",
            "percent: 30\n    until: 30s",
            "mine.yaml:11: timeline[0].until: expected at least 1m, got 30s",
        ),
        (
            "title: One",
            "title: A\ntitle: One",
            "mine.yaml:3: title: expected each key once, got title a second time",
        ),
        (
            "horizon: 10m",
            "horizon: 10m\nprofile: nowhere.toml",
            (
                "mine.yaml:4: profile: expected 'reference', or a profile's path from "
                ", got nowhere.toml"
            ),
        ),
        (
            "horizon: 10m",
            "horizon: 10m\nservice:\n  clients: {eu-central-1: 50, eu-west-1: 40}",
            "mine.yaml:5: service.clients: expected a sum of 100, got 90",
        ),
        (
            "requests_per_second: 50",
            "requests_per_second: 50\n  shape: [{at: 1m, factor: 1}, {at: 1m, factor: 2}]",
            "mine.yaml:6: load.shape[1].at: expected more than 1m, got 1m",
        ),
        (
            "expect:\n  - check: lease_free\n",
            "expect: []\n",
            "mine.yaml:11: expect: expected at least one, got []",
        ),
    ],
    ids=lambda value: str(value).strip()[:40],
)
def test_an_error_names_file_line_key_expected_and_got(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    """For each way in which a file can be wrong."""
    assert old in GOOD
    found = [p.replace(str(tmp_path), "") for p in problems(tmp_path, GOOD.replace(old, new))]
    assert found == [expected]


def test_all_errors_come_at_once(tmp_path: Path) -> None:
    """Nobody has to correct a file one run at a time."""
    wrong = GOOD.replace("10m", "10").replace("percent: 30", "percent: -1").replace("50", "0")
    assert len(problems(tmp_path, wrong)) == 3


@pytest.mark.parametrize("text", ["", "just text", "- a\n- list", "a: [", "a: &x [*x]"])
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    """Also text that is not YAML, and a file that contains itself."""
    assert problems(tmp_path, text)


def test_a_scenario_is_found_by_name_or_by_file() -> None:
    """Both lead to the same file."""
    name = scenario_names()[0]
    assert find_scenario(name) == find_scenario(str(SCENARIOS / f"{name}.yaml"))


def test_a_name_that_is_nearly_right_is_answered_with_the_right_one() -> None:
    """Did you mean."""
    with pytest.raises(BadInput, match="Did you mean direct-path-brownout"):
        find_scenario("direct-path-brownot")


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_that_comes_with_the_project_is_good(name: str) -> None:
    """Also those that no other test plays."""
    assert read_scenario(find_scenario(name)).scenario.name == name
