"""Each expectation holds when it should, does not when it should not, and says what was seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from autopilot_lab.drill.checks.expected import Finding
from autopilot_lab.drill.evidence import LedgerEnd, Note, Page, ReleasedBy, TrailCheck
from autopilot_lab.drill.expectations import EXPECTATIONS, Expectation
from tests.drill.evidences import evidence, series

READER: TypeAdapter[Any] = TypeAdapter(Expectation)

HELD: list[dict[str, Any]] = [
    {"check": "first_effect", "within": "30s"},
    {"check": "first_effect", "within": "40s", "act": "contain"},
    {"check": "reflex", "transitions_at_most": 0, "calls_at_most": 1},
    {"check": "mitigated", "within": "99s"},
    {"check": "failed_requests", "percent_at_most": 0.8},
    {"check": "failed_requests", "percent_of_unautomated_at_most": 5},
    {"check": "error_rate", "from": "200s", "percent_at_most": 0},
    {"check": "route_share", "route": "eu-central-1/direct", "from": "200s", "percent_at_most": 0},
    {
        "check": "route_share",
        "route": "eu-central-1/direct",
        "until": "129s",
        "percent_at_least": 60,
    },
    {"check": "effects", "at_least": 2, "at_most": 2},
    {"check": "effects", "until": "100s", "at_most": 0},
    {"check": "effects", "act": "contain", "at_most": 1},
    {"check": "turns", "switch": "eu-central-1/alias", "exactly": 1},
    {"check": "turns", "act": "switch back", "at_most": 0},
    {"check": "switches", "show": {"eu-central-1/alias": "1"}},
    {"check": "alarms"},
    {"check": "runs", "runbook": "traffic_ramp", "ending": "mitigated"},
    {"check": "runs", "runbook": "health_sweep", "at_most": 0},
    {"check": "alarms", "alarm": "direct-*", "region": "eu-central-1", "exactly": 1},
    {"check": "alarms", "state": "OK", "exactly": 0},
    {"check": "runs", "runbook": "traffic_ramp", "region": "eu-west-1", "exactly": 0},
    {"check": "pages", "saying": "mitigated"},
    {"check": "told", "saying": "no such rule", "exactly": 0},
    {"check": "contains_refused", "exactly": 0},
    {"check": "pages", "severity": "P1", "region": "eu-central-1", "exactly": 1},
    {"check": "first_page", "within": "148s"},
    {"check": "first_page", "from": "fault", "within": "170s", "severity": "P1"},
    {"check": "first_page", "from": "200s", "within": "70s", "severity_at_least": "P2"},
    {"check": "calls", "service": "dynamodb", "exactly": 2},
    {
        "check": "calls",
        "service": "dynamodb",
        "operation": "GetItem",
        "function": "tend_ledger",
        "region": "eu-central-1",
        "exactly": 1,
    },
    {"check": "dead_letters", "queue": "failed-alarms", "region": "eu-west-1", "exactly": 1},
    {"check": "dead_letters", "until": "300s", "exactly": 0},
    {"check": "record", "record": "incident/*", "exactly": 1},
    {"check": "record", "record": "incident/*", "field": "state.severity", "equals": "P1"},
    {"check": "record", "record": "approval/*", "exactly": 0},
    {"check": "no_marker", "marker": "alice@example.com"},
    {"check": "lease_free"},
    {"check": "lever", "engaged": False},
    {"check": "trail_verified"},
    {"check": "last_failure", "within": "100s"},
    {"check": "one_writer", "nobody_at_most": "20s"},
    {"check": "waited_calls", "region": "eu-central-1", "exactly": 0},
    {"check": "nothing_lost"},
    {"check": "active", "region": "eu-west-1", "admitted": ["eu-west-1"]},
    {"check": "trail_objects", "key": "log/eu-central-1/segment/*", "exactly": 2},
    {"check": "person_readable", "person": "u-17", "exactly": 3},
    {"check": "person_readable", "person": "u-18", "exactly": 0},
]

NOT_HELD: list[dict[str, Any]] = [
    {"check": "last_failure", "within": "99s"},
    {"check": "one_writer", "nobody_at_most": "19s"},
    {"check": "waited_calls", "region": "eu-west-1", "exactly": 0},
    {"check": "active", "region": "eu-central-1", "admitted": ["eu-west-1"]},
    {"check": "active", "region": "eu-west-1", "admitted": ["eu-central-1", "eu-west-1"]},
    {"check": "first_effect", "within": "29s"},
    {"check": "first_effect", "within": "40s", "act": "advance"},
    {"check": "reflex", "transitions_at_most": 0, "calls_at_most": 0},
    {"check": "mitigated", "within": "98s"},
    {"check": "failed_requests", "percent_at_most": 0.7},
    {"check": "failed_requests", "percent_of_unautomated_at_most": 4},
    {"check": "error_rate", "from": "100s", "until": "130s", "percent_at_most": 17},
    {"check": "route_share", "route": "eu-central-1/direct", "from": "199s", "percent_at_most": 0},
    {"check": "route_share", "route": "eu-central-1/direct", "percent_at_least": 10},
    {"check": "effects", "at_most": 1},
    {"check": "effects", "act": "undo"},
    {"check": "turns", "exactly": 2},
    {"check": "turns", "act": "switch back"},
    {"check": "switches", "show": {"eu-central-1/alias": "2"}},
    {"check": "switches", "show": {"emergency": "off"}},
    {"check": "alarms", "at_most": 0},
    {"check": "runs", "runbook": "traffic_ramp", "ending": "undone"},
    {"check": "runs", "runbook": "traffic_ramp", "saying": "no such word"},
    {"check": "pages", "at_most": 0},
    {"check": "pages", "saying": "no such word"},
    {"check": "told", "saying": "eu-central-1"},
    {"check": "contains_refused"},
    {"check": "pages", "severity": "P0"},
    {"check": "pages", "region": "eu-west-1"},
    {"check": "alarms", "alarm": "mcp-*"},
    {"check": "alarms", "region": "eu-west-1"},
    {"check": "first_page", "within": "147s"},
    {"check": "first_page", "from": "fault", "within": "169s"},
    {"check": "first_page", "from": "271s", "within": "1h"},
    {"check": "first_page", "within": "1h", "severity": "P0"},
    {"check": "first_page", "within": "1h", "severity_at_least": "P0"},
    {"check": "calls", "service": "dynamodb", "exactly": 1},
    {"check": "calls", "service": "dynamodb", "operation": "PutItem"},
    {"check": "calls", "service": "dynamodb", "function": "report_run"},
    {"check": "dead_letters", "queue": "failed-schedules"},
    {"check": "dead_letters", "region": "eu-central-1"},
    {"check": "record", "record": "incident/*", "field": "state.severity", "equals": "P0"},
    {"check": "record", "record": "incident/*", "field": "state.closed_ms"},
    {"check": "no_marker", "marker": "A Text Left Behind"},
    {"check": "lever", "engaged": True},
    {"check": "trail_objects", "key": "archive/*", "exactly": 2},
    {"check": "person_readable", "person": "u-17", "exactly": 0},
]


def judge(written: dict[str, Any], **changes: Any) -> Finding:
    """What an expectation finds in the made-up drill."""
    finding: Finding = READER.validate_python(written).judge(evidence(**changes))
    return finding


@pytest.mark.parametrize("written", HELD, ids=str)
def test_an_expectation_that_fits_holds(written: dict[str, Any]) -> None:
    """And its detail says what was seen."""
    finding = judge(written)
    assert finding.held, finding.detail
    assert finding.detail


@pytest.mark.parametrize("written", NOT_HELD, ids=str)
def test_an_expectation_that_does_not_fit_does_not_hold(written: dict[str, Any]) -> None:
    """One unit away from what happened is enough."""
    assert not judge(written).held


def test_every_kind_of_expectation_is_tried_both_ways() -> None:
    """Except those that need another drill, which have tests of their own below."""
    kinds = {model.model_fields["check"].annotation.__args__[0] for model in EXPECTATIONS}  # type: ignore[union-attr]
    others = {"roll_out_cost", "release_cost"}
    assert {written["check"] for written in HELD} == kinds - others
    others |= {"lease_free", "trail_verified", "nothing_lost"}
    assert {written["check"] for written in NOT_HELD} == kinds - others


def test_an_effect_that_no_ledger_tells_of_is_lost() -> None:
    """Versions are counted in the write itself, so that a missing one shows."""
    told = evidence()
    lost = evidence(effects=told.effects[:1])
    check = READER.validate_python({"check": "nothing_lost"})
    assert check.judge(lost).detail.startswith("1 of ")
    assert not check.judge(lost).held


def test_two_writers_at_once_are_counted() -> None:
    """A second of overlap is a second too many, however short the gaps."""
    both = frozenset({"eu-central-1", "eu-west-1"})
    overlapping = evidence(taking_writes=[(0, both), (1, frozenset({"eu-west-1"}))])
    written = {"check": "one_writer", "nobody_at_most": "20s"}
    found = READER.validate_python(written).judge(overlapping)
    assert (found.held, found.detail) == (False, "overlap 1 s, nobody for 0 s at most")


def test_what_operators_are_refused_is_counted() -> None:
    """By what they were told, not by what they said."""
    notes = [
        Note(10.0, "operator", "on-call/bea approves the plan that waits: not open to her"),
        Note(10.0, "operator", "refused: approve of 1 was refused. not open: it is void."),
    ]
    told = {"check": "told", "saying": "not open", "exactly": 1}
    assert judge(told, notes=notes).held
    assert not judge(told | {"from": "11s"}, notes=notes).held


@pytest.mark.parametrize("percent, held", [(20, True), (19, False)])
def test_a_roll_out_is_compared_with_the_better_preset(percent: int, *, held: bool) -> None:
    """By the failed requests beyond those of the same day without it."""
    changes = {
        "series": series((900, 0), (100, 2)),
        "unautomated": series((900, 0), (100, 1)),
        "peers": {"linear": series((900, 0), (100, 6)), "canary": series((900, 0), (100, 9))},
    }
    written = {"check": "roll_out_cost", "percent_of_better_preset_at_most": percent}
    finding = judge(written, **changes)
    assert finding.held is held
    assert finding.detail == "100 failed, 500 by linear, 800 by canary"


def test_a_roll_out_that_nothing_is_compared_with_proves_nothing() -> None:
    """The scenario forgot its compare section."""
    written = {"check": "roll_out_cost", "percent_of_better_preset_at_most": 100}
    assert not judge(written).held


@pytest.mark.parametrize("percent, held", [(12.5, True), (12, False)])
def test_a_rollback_is_measured_by_each_preset_that_is_named(percent: float, held: bool) -> None:  # noqa: FBT001 - a case
    """By all that failed, since the release is the same; one that was not played proves nothing."""
    presets = {
        "quick": ReleasedBy(series((900, 0), (100, 1)), 500, rolled_back_at=120),
        "late": ReleasedBy(series((200, 0), (800, 1)), 90, rolled_back_at=None),
    }
    changes = {"series": series((900, 0), (100, 1)), "release_peers": presets}
    written = {"check": "release_cost", "presets": ["late"], "percent_at_most": percent}
    finding = judge(written, **changes)
    assert (finding.held, finding.detail) == (held, "100 failed, 800 under late")
    assert not judge({**written, "presets": ["late", "quick"]}, **changes).held
    assert judge({**written, "presets": ["other"]}, **changes).detail == "not played: other"


def test_mitigation_may_be_counted_from_the_alarm() -> None:
    """Which goes off 22 s after the fault."""
    written = {"check": "mitigated", "from": "alarm", "within": "77s"}
    finding = judge(written)
    assert (finding.held, finding.detail) == (True, "mitigated 77 s after the alarm")
    assert not judge({**written, "within": "76s"}).held


def test_a_lease_that_is_still_held_names_its_holder() -> None:
    """So that the reader knows where to look."""
    end = LedgerEnd("down-1", 3, lever_engaged=False, allocation=evidence().start)
    finding = judge({"check": "lease_free"}, ledger=end)
    assert (finding.held, finding.detail) == (False, "held by down-1")


@pytest.mark.parametrize(
    "trail", [TrailCheck(1, verified=True), TrailCheck(2, verified=False, problem="line 2: …")]
)
def test_a_trail_with_a_hole_or_a_broken_link_is_not_verified(trail: TrailCheck) -> None:
    """An effect without its entry is as bad as a changed entry."""
    assert not judge({"check": "trail_verified"}, trail=trail).held


def test_without_an_effect_there_is_no_first_effect_and_no_reflex() -> None:
    """Nothing done is not done fast."""
    assert not judge({"check": "first_effect", "within": "1h"}, effects=[]).held
    reflex = {"check": "reflex", "transitions_at_most": 9, "calls_at_most": 9}
    assert not judge(reflex, effects=[]).held


def test_a_fault_that_goes_on_is_not_mitigated() -> None:
    """By the end of the drill nothing has improved."""
    finding = judge({"check": "mitigated", "within": "15m"}, series=series((100, 0), (900, 18)))
    assert (finding.held, finding.detail) == (False, "not mitigated by the end of the drill")


def test_without_a_fault_an_alarm_or_a_page_nobody_was_paged_in_time() -> None:
    """What never came did not come in time."""
    written = {"check": "first_page", "within": "1h"}
    assert not judge(written, pages=[]).held
    assert not judge(written, alarms=[]).held
    assert not judge(written | {"from": "fault"}, notes=[]).held


def test_a_page_without_a_severity_is_as_urgent_as_none() -> None:
    """An alarm that pages by itself has no severity."""
    silent = [replace(page, severity="") for page in evidence().pages]
    written = {"check": "first_page", "within": "1h", "severity_at_least": "P3"}
    assert not judge(written, pages=silent).held


def test_looking_for_a_marker_in_nothing_proves_nothing() -> None:
    """The evidence has to be there."""
    assert not judge({"check": "no_marker", "marker": "alice"}, remains=[]).held


def test_a_value_is_expected_of_a_field() -> None:
    """A value without a field is a slip of the pen."""
    with pytest.raises(ValidationError, match="a field for equals"):
        READER.validate_python({"check": "record", "record": "x", "equals": 1})


def test_an_empty_window_has_no_error_rate() -> None:
    """Absence of requests is not a success."""
    assert not judge({"check": "error_rate", "from": "1000s", "percent_at_most": 100}).held


def test_a_count_without_bounds_means_at_least_one() -> None:
    """Naming a thing expects it."""
    assert judge({"check": "pages"}).held
    assert not judge({"check": "pages"}, pages=[]).held


def test_counts_look_at_their_window_only() -> None:
    """A page before the window does not count."""
    early = [replace(page, at=5.0) for page in evidence().pages]
    assert not judge({"check": "pages", "from": "10s"}, pages=early).held


def test_a_sentence_is_made_from_the_keys_or_given() -> None:
    """What stands in the result is what was expected."""
    made = READER.validate_python({"check": "effects", "until": "5m", "at_most": 0})
    given = READER.validate_python({"check": "lease_free", "name": "all is tidy"})
    assert (made.sentence, given.sentence) == ("no effects until 5m", "all is tidy")


def test_pages_are_searched_in_subject_and_text() -> None:
    """Whichever says it."""
    pages = [Page(1.0, "eu-west-1", "subject words", "body words")]
    assert judge({"check": "pages", "saying": "subject"}, pages=pages).held
    assert judge({"check": "pages", "saying": "body"}, pages=pages).held
