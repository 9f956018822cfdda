"""A drill's evidence as a report, in whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from autopilot.reports import model
from autopilot.reports.forms import FORMS
from autopilot_lab.drill.evidence import (
    AlarmChange,
    Note,
    Page,
    RefusedContain,
    ReleasedBy,
    Turned,
)
from autopilot_lab.drill.project import REFERENCE_PROFILE, SCENARIOS
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.report_data import report_of
from autopilot_lab.drill.result import DrillResult, check
from autopilot_lab.drill.scenario import RollOut
from autopilot_lab.drill.timeline import TimelineEvent
from tests.drill.evidences import evidence, series

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


def test_a_refused_contain_is_told_with_its_region_and_instant() -> None:
    """Among the refusals in their order, and on the timeline."""
    refused = RefusedContain(124.5, "eu-west-1", "eu-central-1/direct", "dwell running: wait.")
    notes = [Note(200.0, "operator", "refused: no")]
    report = made(refused_contains=[refused], notes=notes)
    assert [refusal.at for refusal in report.refusals] == [124.5, 200.0]
    assert report.refusals[0] == model.Refusal(
        124.5, "contain_route in eu-west-1", "contain eu-central-1/direct", "dwell running: wait."
    )
    (told,) = (event for event in report.events if event.at == 124.5)
    assert told.kind is model.EventKind.REFUSAL


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


def test_people_of_the_scenario_are_named_as_such() -> None:
    """So that no form of the report shows them; an operator is nobody in particular."""
    by = {"at": "5m", "event": "engage_lever", "reason": "unannounced"}
    timeline = [{**by, "by": "alice"}, {**by, "by": "operator"}]
    events: Any = TypeAdapter(tuple[TimelineEvent, ...]).validate_python(tuple(timeline))
    scenario = READ.scenario.model_copy(update={"timeline": events})
    seen = evidence()
    report = report_of(DrillResult(scenario, 1, seen, (), 1.0), READ.profile)
    assert report.people == ["alice"]


PLAN = RollOut(at="100s", route="eu-central-1/direct", to_percent=100)


def compared() -> model.Comparison:
    """Of a roll-out that fails at 100 s: ours for 10 s, presets for 60 s, nobody's for good."""
    peers = {
        "Linear10PercentEvery1Minute": series((100, 0), (60, 10), (840, 0)),
        "at once, nobody watching": series((100, 0), (900, 50)),
    }
    scenario = READ.scenario.model_copy(update={"compare": PLAN})
    seen = evidence(
        series=series((100, 0), (10, 9), (890, 0)), unautomated=series((1000, 0)), peers=peers
    )
    report = report_of(DrillResult(scenario, 1, seen, (), 1.0), READ.profile)
    assert "the roll-out cost 90 failed requests, against 600" in report.headline
    assert report.comparison
    return report.comparison


def test_a_roll_out_is_compared_with_the_strategies_that_were_played() -> None:
    """By what each caused; the one without an alarm is no preset."""
    found = [(peer.name, peer.caused, peer.watched) for peer in compared().peers]
    assert found == [
        ("Linear10PercentEvery1Minute", 600, True),
        ("at once, nobody watching", 45_000, False),
    ]
    assert compared().caused == 90


def test_the_lines_of_strategies_have_the_same_steps_and_see_the_last_one_calm() -> None:
    """From before the roll-out until twice as long as the slowest preset took."""
    rates = compared().rates
    assert rates
    assert (rates.start, rates.end) == (70, 220)
    ends = [sample.end for sample in rates.automated]
    assert 100 in ends
    for peer in rates.peers:
        assert [sample.end for sample in peer.samples] == ends
    assert [peer.cut for peer in rates.peers] == [False, True]
    assert sum(sample.failures for sample in rates.peers[0].samples) == 600


def test_a_release_is_compared_with_presets_by_all_requests_that_fail() -> None:
    """A day without it is not what automation is measured by: the release is nobody's roll-out."""
    seen = evidence(
        series=series((100, 0), (10, 9), (890, 0)),
        unautomated=series((100, 0), (900, 9)),
        release_peers={
            "late": ReleasedBy(series((100, 0), (900, 9)), watched_until=40, rolled_back_at=None),
            "short": ReleasedBy(series((100, 0), (900, 9)), watched_until=100, rolled_back_at=None),
            "in time": ReleasedBy(series((100, 0), (20, 9), (880, 0)), 400, rolled_back_at=122),
        },
        fault_at=100,
    )
    report = report_of(DrillResult(READ.scenario, 1, seen, (), 1.0), READ.profile)
    assert report.comparison
    assert report.left_out == "automation"
    assert report.comparison.caused == 90
    assert [(peer.caused, peer.watched, peer.did) for peer in report.comparison.peers] == [
        (
            8100,
            False,
            "never: its watch ended 1\N{NO-BREAK SPACE}min early",
        ),
        (8100, False, "never: its watch ended too early"),
        (180, True, "rolled back after 22\N{NO-BREAK SPACE}s"),
    ]


def test_turns_of_switches_are_told_as_changes_of_the_allocation_are() -> None:
    """With what they showed before and after, in the timeline too."""
    turn = Turned(150.0, "switch", "eu-central-1/alias", "2", "1", "run-1", "it fails", "entry-1")
    report = report_of(
        DrillResult(READ.scenario, 1, evidence(turned=[turn]), (), 1.0), READ.profile
    )
    (told,) = report.turns
    assert (told.switch, told.before, told.after, told.entry) == (
        "eu-central-1/alias", "2", "1", "entry-1",
    )  # fmt: skip
    assert "switch: eu-central-1/alias 2 → 1" in [event.title for event in report.events]
    for form in FORMS:
        assert "eu-central-1/alias" in FORMS[form](report)


def test_a_drill_without_a_roll_out_compares_nothing() -> None:
    """The section is left out."""
    assert made().comparison is None
