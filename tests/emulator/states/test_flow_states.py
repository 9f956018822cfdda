"""Pass, Succeed, Fail, Wait and Choice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.states.conftest import Lab


def test_a_pass_without_output_passes_its_input_on(lab: Lab) -> None:
    """The default output of a Pass is its input."""
    assert lab.output({"A": {"Type": "Pass", "End": True}}, {"x": [1, None]}) == {"x": [1, None]}


def test_an_output_replaces_the_input_of_the_next_state(lab: Lab) -> None:
    """What Output makes is `$states.input` of the next state."""
    states = {
        "A": {"Type": "Pass", "Output": {"n": "{% $states.input.x + 1 %}"}, "Next": "B"},
        "B": {"Type": "Succeed", "Output": "{% $states.input.n * 10 %}"},
    }
    assert lab.output(states, {"x": 1}) == 20


def test_a_string_with_a_space_before_the_mark_is_no_expression(lab: Lab) -> None:
    """Only a string that starts with the mark is an expression; recorded on AWS."""
    states = {"A": {"Type": "Pass", "Output": {"a": " {% 1 %} ", "b": "$"}, "End": True}}
    assert lab.output(states) == {"a": " {% 1 %} ", "b": "$"}


def test_a_fail_state_ends_the_execution_with_its_error_and_cause(lab: Lab) -> None:
    """Error and Cause may be expressions."""
    fail = {"Type": "Fail", "Error": "Held", "Cause": "{% 'by ' & $states.input.holder %}"}
    execution = lab.run({"A": fail}, {"holder": "run-1"})
    assert (execution.status, execution.error, execution.cause) == ("FAILED", "Held", "by run-1")


def test_a_fail_state_without_error_reports_none(lab: Lab) -> None:
    """An execution that failed without a name has no error."""
    execution = lab.run({"A": {"Type": "Fail"}})
    assert (execution.status, execution.error, execution.cause) == ("FAILED", None, None)


@pytest.mark.parametrize("seconds", [90, "{% $states.input.pause %}"])
def test_a_wait_takes_its_seconds_of_virtual_time(lab: Lab, seconds: Any) -> None:
    """Seconds may be a number or an expression."""
    lab.output({"A": {"Type": "Wait", "Seconds": seconds, "End": True}}, {"pause": 90})
    assert lab.elapsed == 90


def test_a_wait_until_an_instant_ends_at_that_instant(lab: Lab) -> None:
    """The lab starts at 2023-11-14T22:13:20Z; the instant is 40 s later, written in +01:00."""
    instant = "2023-11-14T23:14:00+01:00"
    lab.output({"A": {"Type": "Wait", "Timestamp": instant, "End": True}})
    assert lab.elapsed == 40


def test_a_wait_for_an_instant_that_is_past_passes_at_once(lab: Lab) -> None:
    """A past Timestamp does not fail."""
    wait = {"Type": "Wait", "Timestamp": "{% $states.input.at %}", "End": True}
    lab.output({"A": wait}, {"at": "2001-01-01T00:00:00Z"})
    assert lab.elapsed == 0


@pytest.mark.parametrize("value", ["soon", -1, 1.5, True, None])
def test_a_wait_for_no_whole_number_fails_as_a_query_error(lab: Lab, value: Any) -> None:
    """A wrongly typed result is States.QueryEvaluationError, and names the field."""
    wait = {"Type": "Wait", "Seconds": "{% $states.input.s %}", "End": True}
    execution = lab.run({"A": wait}, {"s": value})
    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause is not None
    assert "field 'Seconds' returned an unexpected result type" in execution.cause


def choice(**state: Any) -> dict[str, Any]:
    """Return a machine that chooses by the sign of the input `x`."""
    return {
        "Choose": {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": "{% $states.input.x > 0 %}",
                    "Next": "End",
                    "Output": "up",
                    "Assign": {"way": "rule"},
                },
                {"Condition": "{% $states.input.x < 0 %}", "Next": "End"},
            ],
            **state,
        },
        "End": {
            "Type": "Succeed",
            "Output": "{% [$states.input, $exists($way) ? $way : 'none'] %}",
        },
    }


def test_a_choice_takes_the_first_rule_that_holds_with_its_own_output(lab: Lab) -> None:
    """Output and Assign of a rule belong to that rule."""
    states = choice(Default="End", Output="zero", Assign={"way": "default"})
    assert lab.output(states, {"x": 1}) == ["up", "rule"]


def test_a_rule_without_output_passes_the_input_on(lab: Lab) -> None:
    """Output and Assign of the state do not belong to its rules."""
    states = choice(Default="End", Output="zero", Assign={"way": "default"})
    assert lab.output(states, {"x": -1}) == [{"x": -1}, "none"]


def test_the_default_takes_output_and_assign_of_the_state(lab: Lab) -> None:
    """They are used when no rule holds."""
    states = choice(Default="End", Output="zero", Assign={"way": "default"})
    assert lab.output(states, {"x": 0}) == ["zero", "default"]


def test_a_choice_without_a_way_out_fails_as_nothing_can_catch(lab: Lab) -> None:
    """AWS reports States.Runtime, so that an enclosing States.ALL does not catch it either."""
    inner = choice()
    around = {
        "Type": "Parallel",
        "Branches": [{"StartAt": "Choose", "States": inner}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        "End": True,
    }
    execution = lab.run({"Around": around, "Caught": {"Type": "Succeed"}}, {"x": 0})
    assert execution.error == "States.Runtime"
    assert execution.cause is not None
    assert execution.cause.startswith("An error occurred while executing the state 'Choose'")
    assert "does not point to a next state" in execution.cause


def test_a_condition_that_is_no_boolean_fails_as_a_query_error(lab: Lab) -> None:
    """JSONata's truthiness does not make a Condition."""
    states = choice(Default="End")
    states["Choose"]["Choices"][0]["Condition"] = "{% $states.input.x %}"
    execution = lab.run(states, {"x": 1})
    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause is not None
    assert "Choices[0]/Condition" in execution.cause
    assert "Expected 'boolean', but was 'number'" in execution.cause


def test_a_loop_of_ten_thousand_virtual_seconds_keeps_count(lab: Lab) -> None:
    """Four states go round 1,000 times with 10 s each: the clock ends at exactly 10,000 s."""
    lab.tasks.work["count"] = lambda n: n + 1
    states = {
        "Start": {"Type": "Pass", "Assign": {"n": 0}, "Next": "Count"},
        "Count": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "count", "Payload": "{% $n %}"},
            "TimeoutSeconds": 5,
            "Assign": {"n": "{% $states.result.Payload %}"},
            "Next": "Pause",
        },
        "Pause": {"Type": "Wait", "Seconds": 10, "Next": "Enough"},
        "Enough": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $n >= 1000 %}", "Next": "Done"}],
            "Default": "Count",
        },
        "Done": {"Type": "Succeed", "Output": "{% $n %}"},
    }
    assert lab.output(states) == 1000
    assert lab.elapsed == 10_000
