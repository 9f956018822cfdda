"""How a ramp ended, in words that a person can act on."""

from __future__ import annotations

import json

import pytest

from autopilot.domain.pages_section import Pages
from autopilot.procedures.emergency_rollback.report import REPORT as OF_ROLLBACKS
from autopilot.procedures.plain_words import nested_failure, plain_words
from autopilot.procedures.regional_failover.report import REPORT as OF_FAILOVERS
from autopilot.procedures.run_report import RunReport
from autopilot.procedures.traffic_ramp.report import REPORT as OF_RAMPS

REPORTS = (OF_RAMPS, OF_ROLLBACKS, OF_FAILOVERS)


def test_a_lambda_cause_becomes_its_message() -> None:
    """Nobody reads a stack trace at night."""
    cause = json.dumps({"errorMessage": "no, by rule", "errorType": "Refused", "stackTrace": []})
    assert plain_words(cause) == "no, by rule"
    assert plain_words(f"Refused: {cause}") == "Refused: no, by rule"


@pytest.mark.parametrize("detail", ["", "plain words", "half {open", '{"other": 1}', "set {1}"])
def test_other_details_stay_as_they_are(detail: str) -> None:
    """Whatever is not such a cause is passed on."""
    assert plain_words(detail) == detail


def test_the_cause_of_a_nested_run_is_its_error_and_its_cause() -> None:
    """Step Functions gives what DescribeExecution answers, as JSON."""
    cause = json.dumps({"Status": "FAILED", "Error": "Refused", "Cause": "the lease is held"})
    assert nested_failure(cause) == ("Refused", "the lease is held")
    assert nested_failure(json.dumps({"Status": "TIMED_OUT"})) == ("TIMED_OUT", "TIMED_OUT")


@pytest.mark.parametrize("cause", ["", "no such machine", "[1]"])
def test_a_nested_run_that_never_was_says_why(cause: str) -> None:
    """What is no such answer is passed on."""
    assert nested_failure(cause) == ("not started", cause)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.title)
def test_every_outcome_that_somebody_must_know_has_its_urgency_in_the_profile(
    report: RunReport,
) -> None:
    """The names are those of the profile's pages section."""
    assert set(report.paged_as.values()) <= set(Pages.model_fields)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.title)
def test_whatever_is_said_of_an_outcome_is_said_of_one_that_can_be(report: RunReport) -> None:
    """A decision, or silence, for an outcome that nobody is paged for would never be read."""
    known = set(report.paged_as)
    assert known >= set(report.decisions) | report.quiet | report.left_to_reaper
    assert not report.quiet & set(report.decisions)
