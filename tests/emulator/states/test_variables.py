"""Assign: when values are taken, when they are seen, and how large they may be."""

from __future__ import annotations

from typing import Any

from tests.emulator.states.conftest import Lab


def test_assign_and_output_both_see_the_values_on_entry(lab: Lab) -> None:
    """All references in one state read the variables as they were when it was entered."""
    states = {
        "Start": {"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "Swap"},
        "Swap": {
            "Type": "Pass",
            "Assign": {"x": "{% $y %}", "y": "{% $x %}"},
            "Output": "{% [$x, $y] %}",
            "Next": "After",
        },
        "After": {"Type": "Succeed", "Output": "{% $append($states.input, [$x, $y]) %}"},
    }
    assert lab.output(states) == [1, 2, 2, 1]


def test_variables_live_on_past_states_that_do_not_name_them(lab: Lab) -> None:
    """A variable is read many states later, without being passed on."""
    states: dict[str, Any] = {"S0": {"Type": "Pass", "Assign": {"keep": {"a": [1]}}, "Next": "S1"}}
    for number in range(1, 6):
        states[f"S{number}"] = {"Type": "Pass", "Output": number, "Next": f"S{number + 1}"}
    states["S6"] = {"Type": "Succeed", "Output": "{% $keep.a[0] %}"}
    assert lab.output(states) == 1


def test_a_variable_that_was_never_assigned_fails_the_state(lab: Lab) -> None:
    """Undefined is an error, and the cause names the field."""
    execution = lab.run({"A": {"Type": "Pass", "Output": {"x": ["{% $absent %}"]}, "End": True}})
    assert execution.error == "States.QueryEvaluationError"
    assert execution.cause is not None
    assert "field 'Output/x[0]' returned nothing (undefined)" in execution.cause


def test_null_is_a_value_that_can_be_assigned(lab: Lab) -> None:
    """An expression that gives null is not one that gives nothing."""
    states = {
        "A": {"Type": "Pass", "Assign": {"x": "{% $states.input.none %}"}, "Next": "B"},
        "B": {"Type": "Succeed", "Output": {"x": "{% $x %}", "there": "{% $exists($x) %}"}},
    }
    assert lab.output(states, {"none": None}) == {"x": None, "there": True}


def test_one_assign_larger_than_256_kib_fails_by_name(lab: Lab) -> None:
    """The values of one Assign together are limited."""
    big = {"Type": "Pass", "Assign": {"x": "{% $pad('', 262144, 'x') %}"}, "End": True}
    assert lab.run({"A": big}).error == "States.DataLimitExceeded"


def test_all_variables_together_are_limited_to_ten_mebibytes(lab: Lab) -> None:
    """Forty-one values of just under 256 KiB are one too many."""
    states: dict[str, Any] = {
        f"S{number}": {
            "Type": "Pass",
            "Assign": {f"v{number}": "{% $pad('', 260000, 'x') %}"},
            **({"End": True} if number == 40 else {"Next": f"S{number + 1}"}),
        }
        for number in range(41)
    }
    execution = lab.run(states)
    assert execution.error == "States.DataLimitExceeded"
    assert execution.cause == "The variables are larger than 10 MiB."


def test_what_was_assigned_stands_in_the_history_as_json_text(lab: Lab) -> None:
    """Recorded on AWS: every value of assignedVariables is JSON."""
    execution = lab.run({"A": {"Type": "Pass", "Assign": {"n": 1, "s": "a"}, "End": True}})
    exited = lab.engine.history(execution.arn)[2]
    assert exited["stateExitedEventDetails"]["assignedVariables"] == {"n": "1", "s": '"a"'}
    assert exited["stateExitedEventDetails"]["assignedVariablesDetails"] == {"truncated": False}
