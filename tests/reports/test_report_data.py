"""A drill's evidence as a report, in whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autopilot.reports import model
from autopilot.reports.forms import FORMS
from autopilot_lab.drill.evidence import AlarmChange, Note, Page
from autopilot_lab.drill.project import REFERENCE_PROFILE, SCENARIOS
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.report_data import report_of
from autopilot_lab.drill.result import DrillResult, check
from tests.drill.evidences import evidence

READ = read_scenario(SCENARIOS / "direct-path-brownout.yaml")


def made(**changes: Any) -> model.Report:
    """The report of the made-up drill, played as if it were the shipped scenario."""
    seen = evidence(**changes)
    checked = check(READ.scenario, seen)
    return report_of(DrillResult(READ.scenario, 1, seen, checked, 1.0), READ.profile)


def test_the_profile_of_the_scenario_is_the_reference() -> None:
    """What the tests below stand on."""
    assert READ.profile_text == REFERENCE_PROFILE.read_text("utf-8")


def test_the_first_screen_is_the_drills_own_numbers() -> None:
    """Requests, milestones and outcome are what the evidence says."""
    report, seen = made(), evidence()
    assert report.outcome is model.Outcome.MITIGATED
    assert report.requests.failed == seen.series.failures
    assert report.requests.failed_without == seen.unautomated.failures
    assert report.milestones == model.Milestones(100, 122.0, 130.0, seen.mitigated_at)


@pytest.mark.parametrize("part", [0, 1])
def test_every_request_is_in_the_charts(part: int) -> None:
    """The samples of both views add up to what was counted in their time."""
    seen, views = evidence(seconds=1000), made().rates
    assert len(views) == 2
    view = views[part]
    requests, failures = seen.series.between(round(view.start), round(view.end))
    assert sum(sample.requests for sample in view.automated) == requests
    assert sum(sample.failures for sample in view.automated) == failures
    assert [sample.end for sample in view.automated] == sorted({s.end for s in view.automated})
    assert view.automated[-1].end == view.end


def test_a_sample_begins_with_the_fault() -> None:
    """So that no step of the line is half before it."""
    for view in made().rates:
        ends = {sample.end for sample in view.automated}
        assert 100 in ends


def test_the_arithmetic_adds_up_to_the_time_to_mitigate() -> None:
    """Measured parts, and what they leave open."""
    report = made()
    total = sum(part.seconds for part in report.arithmetic)
    assert total == pytest.approx(report.milestones.time_to_mitigate)


def test_each_effect_has_its_entry_and_each_version_its_allocation() -> None:
    """From the start on."""
    report = made()
    assert [effect.entry.id for effect in report.effects] == ["entry-2", "entry-3"]
    assert [change.held.version for change in report.allocations] == [1, 2, 3]


def test_what_operators_were_refused_is_a_refusal_and_no_action() -> None:
    """It has a kind of its own on the timeline."""
    notes = [Note(10.0, "operator", "an operator resumes"), Note(10.0, "operator", "refused: no")]
    report = made(notes=notes)
    assert [refusal.reason for refusal in report.refusals] == ["no"]
    kinds = [event.kind for event in report.events if event.at == 10.0]
    assert sorted(kinds) == ["operator", "refusal"]


def test_alarms_that_fall_silent_together_are_told_together() -> None:
    """Those that go off are told one by one."""
    silent = [AlarmChange(300.0 + n, f"a{n}", "eu-central-1", "OK", "INSUFFICIENT_DATA")
              for n in range(8)]  # fmt: skip
    loud = [AlarmChange(122.0 + n, f"b{n}", "eu-west-1", "OK", "ALARM") for n in range(2)]
    report = made(alarms=[*loud, *silent])
    told = [event.title for event in report.events if event.kind is model.EventKind.ALARM]
    assert len(told) == 3
    assert told[-1] == "8 alarms: OK → INSUFFICIENT_DATA"


def test_pages_before_the_drill_are_left_out() -> None:
    """And a page to several protocols says what it says to people."""
    page = evidence().pages[0]
    json_page = replace(page, text='{"default": "for people", "https": "for machines"}')
    report = made(pages=[Page(-60.0, "eu-west-1", "warm-up", "nobody's"), json_page])
    assert [shown.text for shown in report.pages] == ["for people"]


@pytest.mark.parametrize("form", FORMS)
def test_it_renders_in_every_form(form: str) -> None:
    """With its headline in it."""
    report = made()
    assert "mitigated after" in FORMS[form](report).replace("\\", "")
