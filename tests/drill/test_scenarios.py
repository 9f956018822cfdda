"""The scenarios that come with the project hold, on the very templates that are deployed."""

from __future__ import annotations

from itertools import pairwise

import pytest

from autopilot_lab.drill.project import find_scenario, scenario_names
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.result import DrillResult
from autopilot_lab.drill.runner import run_drill

HEADLINE = "direct-path-brownout"
#: Four hours: played by hand and in the nightly run.
LONG = frozenset({"quiet-day"})


def play(name: str) -> DrillResult:
    """One scenario with its own seed."""
    read = read_scenario(find_scenario(name))
    return run_drill(read, seed=read.scenario.seed)


@pytest.fixture(name="headline", scope="module")
def played_headline() -> DrillResult:
    """The headline drill, played once for all that look at it."""
    return play(HEADLINE)


@pytest.mark.parametrize("name", [n for n in scenario_names() if n not in {HEADLINE, *LONG}])
def test_a_scenario_holds(name: str) -> None:
    """What did not hold is in the message."""
    broken = [c for c in play(name).checked if not c.finding.held]
    assert not broken


def test_the_headline_holds(headline: DrillResult) -> None:
    """A failing route is contained, drained, and the service is well again."""
    assert not [c for c in headline.checked if not c.finding.held]


def test_the_parts_of_the_reflex_add_up_to_the_way_from_fault_to_routers(
    headline: DrillResult,
) -> None:
    """Each part begins where the one before it ends, and none is negative."""
    evidence = headline.evidence
    parts, effect = evidence.reflex.parts, evidence.first_effect
    assert parts is not None
    assert effect is not None
    assert evidence.fault_at is not None
    assert parts.total - parts.router_poll == pytest.approx(effect.at - evidence.fault_at)
    assert min(parts.metric_period, parts.evaluation, parts.ingestion, parts.start) > 0
    assert 0 <= parts.router_poll <= 5


def test_before_the_first_effect_both_worlds_are_the_same(headline: DrillResult) -> None:
    """The same clients, the same failures: the difference is what the automation did."""
    evidence = headline.evidence
    effect = evidence.first_effect
    assert effect is not None
    until = int(effect.at)
    assert evidence.series.between(0, until) == evidence.unautomated.between(0, until)
    assert evidence.series.requests == evidence.unautomated.requests


def test_every_effect_follows_from_the_one_before(headline: DrillResult) -> None:
    """Versions without a gap, and each begins with what the last one left."""
    effects = headline.evidence.effects
    assert [effect.after.version for effect in effects] == list(range(2, 2 + len(effects)))
    for earlier, later in pairwise(effects):
        assert later.before == earlier.after.allocation
