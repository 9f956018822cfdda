"""What JSONata may not do, by the specification."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopilot_lab.emulator.states import validate
from tests.emulator.states.conftest import Lab, machine
from tests.emulator.states.specification.example import (
    ON_TIMEOUT,
    SUCCEED,
    task,
)
from tests.emulator.states.specification.state_types import validate_all
from tests.emulator.states.specification.structure import SCOPES

QUERY_ERRORS = {
    "a-type-error": {"Type": "Pass", "Output": "{% $x + $y %}", "End": True},
    "a-type-the-field-does-not-take": task("X", TimeoutSeconds="{% $name %}"),
    "a-value-the-field-does-not-take": {
        "Type": "Map",
        "Items": [1],
        "ToleratedFailurePercentage": "{% $negative %}",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Inside",
            "States": {"Inside": SUCCEED},
        },
        "End": True,
    },
    "no-result": {"Type": "Pass", "Output": "{% $data.thisFieldDoesNotExist %}", "End": True},
}


@pytest.mark.parametrize("state", QUERY_ERRORS.values(), ids=QUERY_ERRORS)
def test_an_expression_that_fails_is_a_query_evaluation_error(
    lab: Lab, state: dict[str, Any]
) -> None:
    """JSONata Runtime Errors: one case for each of the four kinds."""
    assign = {"x": 1, "y": "one", "name": "text", "negative": -1, "data": {}}
    execution = lab.run({"Start": {"Type": "Pass", "Assign": assign, "Next": "X"}, "X": state})
    assert (execution.status, execution.error) == ("FAILED", "States.QueryEvaluationError")


def test_a_query_evaluation_error_of_a_task_can_be_caught(lab: Lab) -> None:
    """JSONata Runtime Errors: a Catcher takes it by its name."""
    catch = [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}]
    states = {
        "X": task("X", TimeoutSeconds="{% $states.input.name %}", Catch=catch),
        "Caught": {"Type": "Succeed", "Output": "{% $states.input.Error %}"},
    }
    assert lab.output(states, {"name": "text"}) == "States.QueryEvaluationError"


@pytest.mark.parametrize("inside", ["$.total > 10", "total > 10"])
def test_names_nested_in_an_expression_mean_their_context(lab: Lab, inside: str) -> None:
    """JSONata Restrictions: both filters of the orders are allowed, and do the same."""
    states = {
        "Start": {"Type": "Pass", "Assign": {"order": [{"total": 5}, {"total": 15}]}, "Next": "X"},
        "X": {"Type": "Succeed", "Output": f"{{% $order[{inside}].total %}}"},
    }
    assert lab.output(states) == 15


@pytest.mark.parametrize("expression", ["$", "$.total", "total", "$$", "$$.total"])
def test_there_is_no_input_document_to_refer_to(expression: str) -> None:
    """JSONata Restrictions: `$`, `$$` and bare names at the top level are refused."""
    problems = validate(machine({"X": {"Type": "Succeed", "Output": f"{{% {expression} %}}"}}))
    assert len(problems) == 1
    assert "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '" in problems[0]
    assert problems[0].endswith("at /States/X/Output")


def test_the_name_states_cannot_be_assigned() -> None:
    """Reserved "states" Variable with JSONata."""
    problems = validate(machine({"X": {"Type": "Pass", "Assign": {"states": 1}, "End": True}}))
    assert problems == ["'states' cannot be the name of a variable at /States/X/Assign"]


def test_a_hyphen_in_a_name_needs_quotes() -> None:
    """JSONata Map State: the courier as the specification writes it subtracts a bare name."""
    selector = {"courier": "{% $states.input.delivery-partner %}"}
    problems = validate(machine(validate_all(ItemSelector=selector)))
    assert len(problems) == 1
    assert "Reference to 'partner'" in problems[0]


def test_an_inner_state_cannot_assign_an_outer_variable() -> None:
    """Variable Scope: names of outer and inner variables are different."""
    states = json.loads(json.dumps(SCOPES))
    states["Greet Everyone"]["ItemProcessor"]["States"]["Begin"]["Assign"]["outer"] = 3
    problems = validate(machine(states))
    assert len(problems) == 1
    assert "variable outer belongs to an outer scope" in problems[0]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:states:us-east-1:123456789012:task:X",
        "arn:aws:states:us-east-1:123456789012:task:HelloWorld",
        "arn:aws:states:::task:Add",
        "arn:aws:states:::task:Subtract",
    ],
)
def test_a_made_up_resource_of_the_specification_is_refused(arn: str) -> None:
    """Task State: which resources there are is the interpreter's to say."""
    problems = validate(machine({"X": {"Type": "Task", "Resource": arn, "End": True}}))
    assert len(problems) == 1
    assert "is not implemented" in problems[0]


def test_a_jitter_strategy_of_another_interpreter_is_refused() -> None:
    """Retrying after error: the example's strategy is made up."""
    retrier = {**ON_TIMEOUT, "IntervalSeconds": 2, "JitterStrategy": "SAMPLE"}
    problems = validate(machine({"X": task("X", Retry=[retrier])}))
    where = "/States/X/Retry[0]/JitterStrategy"
    assert problems == [f"expected NONE or FULL, got 'SAMPLE' at {where}"]
