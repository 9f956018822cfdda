"""The scenarios that come with the project hold, on the very templates that are deployed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final

import pytest

from autopilot.domain.calendar import BusinessHours
from autopilot.domain.severity import Severity
from autopilot_lab.drill.evidence import Page
from autopilot_lab.drill.project import find_scenario, scenario_names
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.result import DrillResult
from autopilot_lab.drill.runner import START, run_drill

HEADLINE = "direct-path-brownout"
#: A page is dated before it is sent, and a topic that is tried first takes seconds.
DUE_WITHIN_SECONDS = 5
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
def test_a_scenario_holds_and_its_pages_come_in_time(name: str) -> None:
    """What did not hold, and which page broke its severity's promise, is in the message."""
    result = play(name)
    assert not [c for c in result.checked if not c.finding.held]
    assert broken_promises(result) == []


def test_the_headline_holds(headline: DrillResult) -> None:
    """A failing route is contained, drained, and the service is well again."""
    assert not [c for c in headline.checked if not c.finding.held]
    assert broken_promises(headline) == []


#: Within how many seconds of the first alarm people hear of it at its severity.
PROMISED_SECONDS: Final[Mapping[str, int]] = {"P0": 300, "P1": 900, "P2": 3_600, "P3": 86_400}


def broken_promises(result: DrillResult) -> list[str]:
    """Pages whose answer is due at another time than their severity says, or that came late.

    The service's alarms set off incidents: the worst severity that people are told after the first
    one must have been told within that severity's time of it.
    """
    profile = read_scenario(find_scenario(result.scenario.name)).profile
    pages = [page for page in result.evidence.pages if page.severity and page.at >= 0]
    broken = [
        f"{page.subject} at {page.at:.0f} s is due at {page.due}"
        for page in pages
        if not is_due_as_promised(page, profile.business_hours)
    ]
    alarm = min(alarms_of(result, f"{profile.service.name}-"), default=math.inf)
    told = [(page.severity, page.at) for page in pages if page.at >= alarm]
    if not told:
        return broken
    worst, first = min(told)
    late = first - alarm > PROMISED_SECONDS[worst]
    return [*broken, *([f"the first {worst} came {first - alarm:.0f} s after"] if late else [])]


def is_due_as_promised(page: Page, hours: BusinessHours) -> bool:
    """P0 to P2 so many minutes after the page, P3 when the next business day opens."""
    if page.due is None:
        return False
    due_ms = hours.response_due(Severity(page.severity), round((START + page.at) * 1000))
    return abs(START + page.due - due_ms / 1000) <= DUE_WITHIN_SECONDS


def alarms_of(result: DrillResult, prefix: str) -> list[float]:
    """When alarms went off whose names begin so."""
    return [
        alarm.at
        for alarm in result.evidence.alarms
        if alarm.new == "ALARM" and alarm.at >= 0 and alarm.name.startswith(prefix)
    ]


def test_a_page_that_is_late_breaks_its_promise(headline: DrillResult) -> None:
    """The proof that the test above can fail: the same pages, ten minutes later."""
    later = [replace(page, at=page.at + 600) for page in headline.evidence.pages]
    late = replace(headline, evidence=replace(headline.evidence, pages=later))
    assert any("the first P0 came" in said for said in broken_promises(late))
    assert any("is due at" in said for said in broken_promises(late))


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
