"""The scenarios that come with the project."""

from __future__ import annotations

from collections.abc import Sequence

from autopilot_lab.drill.project import SCENARIOS, scenario_names
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.scenario import Scenario


def catalogue() -> Sequence[Scenario]:
    """Every one of them, read and checked, in order of name."""
    return [read_scenario(SCENARIOS / f"{name}.yaml").scenario for name in scenario_names()]
