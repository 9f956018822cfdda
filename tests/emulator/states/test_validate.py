"""Validation at creation: what AWS refuses, and what this engine does not do, each by name."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot_lab.emulator.states import validate
from autopilot_lab.emulator.states.errors import InvalidDefinition
from tests.emulator.states.conftest import INVOKE, Lab, machine

END: dict[str, Any] = {"Type": "Pass", "End": True}
TASK: dict[str, Any] = {
    "Type": "Task",
    "Resource": INVOKE,
    "Arguments": {"FunctionName": "f"},
    "End": True,
}
S3_GET = "arn:aws:states:::s3:getObject"


def passing(**fields: Any) -> dict[str, Any]:
    """Return a Pass with these fields."""
    return {**END, **fields}


def task(**fields: Any) -> dict[str, Any]:
    """Return a Task with these fields."""
    return {**TASK, **fields}


def mapped(mode: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    """Return a Map with these fields."""
    processor = {"StartAt": "In", "States": {"In": END}, "ProcessorConfig": mode or {}}
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def choosing(**rule: Any) -> dict[str, Any]:
    """Return a Choice whose one rule is this."""
    return {"Type": "Choice", "Choices": [{"Next": "B", **rule}], "Default": "B"}


DISTRIBUTED = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}

REFUSED = [
    # the graph
    ({"A": {"Type": "Pass", "Next": "Nowhere"}}, "no state 'Nowhere' here at /States/A/Next"),
    ({"A": END, "Z": END}, "nothing leads to this state at /States/Z"),
    ({"A": {"Type": "Pass", "Next": "A"}}, "MISSING_END_STATE"),
    ({"A": {"Type": "Pass"}}, "expected exactly one of Next and End at /States/A"),
    ({"A": passing(Next="A")}, "expected exactly one of Next and End"),
    ({"A": {"Type": "Pass", "End": False}}, "expected true at /States/A/End"),
    ({"x" * 81: END}, "1 to 80 characters"),
    ({"A": {"Type": "Magic"}}, "expected one of Pass, Succeed, Fail"),
    ({"A": {"Type": "Parallel", "Branches": [], "End": True}}, "at least one branch"),
    (
        {"A": {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": END}}]}},
        "DUPLICATE_STATE_NAME",
    ),
    # fields
    ({"A": passing(Colour="red")}, "Field 'Colour' is not supported at /States/A"),
    ({"A": passing(TimeoutSeconds=5)}, "Field 'TimeoutSeconds' is not supported"),
    ({"A": {"Type": "Succeed", "Assign": {}}}, "Field 'Assign' is not supported"),
    ({"A": passing(ResultPath="$.x")}, "field 'ResultPath' is only supported for the 'JSONPath'"),
    ({"A": task(Parameters={})}, "field 'Parameters' is only supported for the 'JSONPath'"),
    ({"A": passing(QueryLanguage="JSONPath")}, "can not be 'JSONPath'"),
    ({"A": task(Credentials={})}, "Credentials is not implemented"),
    ({"A": {"Type": "Wait", "End": True}}, "exactly one of Seconds and Timestamp"),
    ({"A": {"Type": "Wait", "Seconds": -1, "End": True}}, "expected an integer from 0"),
    ({"A": {"Type": "Wait", "Timestamp": "noon", "End": True}}, "RFC 3339"),
    ({"A": task(TimeoutSeconds=0)}, "expected an integer from 1 to 99999999"),
    ({"A": task(TimeoutSeconds=5, HeartbeatSeconds=5)}, "expected less than TimeoutSeconds, 5"),
    # expressions
    ({"A": passing(Output="{% 1 + %}")}, "INVALID_JSONATA_EXPRESSION"),
    ({"A": passing(Output="{% 1 ")}, "an expression starts with {% and ends with %}"),
    (
        {"A": passing(Output={"v": "{% phone %}"})},
        "Reference to 'phone' at the top level is not supported. at /States/A/Output/v",
    ),
    ({"A": passing(Output="{% $ %}")}, "Reference to '$' at the top level"),
    ({"A": passing(Output="{% $map([1], function($x) { b }) %}")}, "Reference to 'b'"),
    ({"A": passing(Output="{% $states.input.a[$$.b] %}")}, "Reference to '$$' is not supported."),
    ({"A": passing(Output="{% $states.result %}")}, "'$states.result' is not supported here"),
    ({"A": task(Output="{% $states.errorOutput %}")}, "'$states.errorOutput' is not supported"),
    ({"A": task(Arguments="{% $states.result %}")}, "'$states.result' is not supported here"),
    # variables
    ({"A": passing(Assign=[1])}, "expected an object at /States/A/Assign"),
    ({"A": passing(Assign={"states": 1})}, "'states' cannot be the name of a variable"),
    ({"A": passing(Assign={"1x": 1})}, "'1x' cannot be the name of a variable"),
    # rules
    ({"A": choosing(Condition="yes"), "B": END}, "expected a JSONata expression, got 'yes'"),
    ({"A": choosing(Variable="$.x"), "B": END}, "Field 'Variable' is not supported"),
    ({"A": {"Type": "Choice", "Choices": []}}, "at least one rule"),
    (
        {"A": task(Retry=[{"ErrorEquals": ["States.ALL", "X"]}])},
        "States.ALL must stand alone at /States/A/Retry[0]/ErrorEquals",
    ),
    (
        {"A": task(Retry=[{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["X"]}])},
        "States.ALL must be in the last rule of Retry",
    ),
    ({"A": task(Retry=[{"ErrorEquals": []}])}, "at least one error name"),
    ({"A": task(Retry=[{"ErrorEquals": ["States.Nope"]}])}, "not an error of the states language"),
    ({"A": task(Retry=[{"ErrorEquals": ["X"], "IntervalSeconds": 0}])}, "integer from 1"),
    ({"A": task(Retry=[{"ErrorEquals": ["X"], "MaxAttempts": -1}])}, "integer from 0"),
    ({"A": task(Retry=[{"ErrorEquals": ["X"], "BackoffRate": 0.5}])}, "at least 1, got 0.5"),
    ({"A": task(Retry=[{"ErrorEquals": ["X"], "MaxDelaySeconds": 1}])}, "more than Interval"),
    ({"A": task(Retry=[{"ErrorEquals": ["X"], "JitterStrategy": "HALF"}])}, "NONE or FULL"),
    ({"A": task(Retry=[{"ErrorEquals": ["X"], "Next": "A"}])}, "Field 'Next' is not supported"),
    (
        {"A": task(Catch=[{"ErrorEquals": ["States.BranchFailed"], "Next": "B"}]), "B": END},
        "States.BranchFailed is not implemented: a Parallel state reports the error",
    ),
    (
        {"A": task(Catch=[{"ErrorEquals": ["X"], "Next": "Nowhere"}])},
        "no state 'Nowhere' here at /States/A/Catch[0]/Next",
    ),
    # resources
    ({"A": task(Resource=None)}, "expected the ARN of a resource"),
    ({"A": task(Resource="arn:aws:states:eu-west-1:1:activity:x")}, "is not implemented"),
    ({"A": task(Resource="arn:aws:states:::glue:startJobRun.sync")}, "glue:startJobRun.sync"),
    ({"A": task(Resource="arn:aws:states:::aws-sdk:nothing:do")}, "service nothing is not known"),
    ({"A": task(Resource="arn:aws:states:::aws-sdk:dynamodb:fly")}, "has no action fly"),
    # Map
    (
        {"A": {"Type": "Map", "End": True}},
        "expected an object, got None at /States/A/ItemProcessor",
    ),
    ({"A": mapped(ItemReader={})}, "only a Map in Mode DISTRIBUTED has this field"),
    ({"A": mapped({"Mode": "OTHER"})}, "Mode OTHER is not implemented"),
    (
        {"A": mapped({"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"})},
        "ExecutionType EXPRESS is not implemented",
    ),
    (
        {"A": mapped(DISTRIBUTED, ItemReader={"Resource": "arn:aws:states:::ddb:scan"})},
        "arn:aws:states:::ddb:scan is not implemented as a reader",
    ),
    (
        {
            "A": mapped(
                DISTRIBUTED,
                ItemReader={"Resource": S3_GET, "ReaderConfig": {"InputType": "PARQUET"}},
            )
        },
        "PARQUET is not implemented",
    ),
    ({"A": mapped(DISTRIBUTED, ResultWriter={})}, "expected WriterConfig, or Resource"),
]


@pytest.mark.parametrize("states,problem", REFUSED, ids=[problem for _, problem in REFUSED])
def test_a_definition_is_refused_with_the_problem_and_its_place(
    states: dict[str, Any], problem: str
) -> None:
    """Each of these is found, and said so that one finds it in the file."""
    found = validate(machine(states))
    assert any(problem in line for line in found), found


ACCEPTED = [
    {"A": passing(Output="{% $states.input.items[value > 3].name %}")},
    {"A": passing(Output="{% $states.input.items^(>price).name %}")},
    {"A": passing(Output="{% $states.input.items{kind: $sum(price)} %}")},
    {"A": passing(Output="{% $states.input ~> |items|{'seen': true}| %}")},
    {"A": passing(Output="{% $map($states.input.a, function($x) { $x.b }) %}")},
    {"A": passing(Output="{% ($x := $states.input; $x.a ? $x.a : 'none') %}")},
    {"A": passing(Output={"a": " {% not %} ", "b.$": "$.x"})},
    {"A": choosing(Condition=True), "B": END},
    {"A": task(Resource="arn:aws:lambda:eu-central-1:123456789012:function:f:live")},
    {"A": task(Resource="arn:aws:states:::aws-sdk:sfn:startExecution")},
    {"A": task(Resource="arn:aws:states:::aws-sdk:cloudwatch:getMetricData")},
    {"A": task(Resource="arn:aws:states:::sqs:sendMessage.waitForTaskToken")},
    {"A": task(TimeoutSeconds="{% $states.input.t %}", HeartbeatSeconds=5)},
    {"A": mapped(MaxConcurrency="{% $states.input.n %}", Items=[1])},
]


@pytest.mark.parametrize("states", ACCEPTED)
def test_a_good_definition_has_no_problems(states: dict[str, Any]) -> None:
    """No false alarm on what AWS accepts."""
    assert validate(machine(states)) == []


def test_every_problem_is_reported_at_once(lab: Lab) -> None:
    """A refusal lists all, so that one repair is enough."""
    with pytest.raises(InvalidDefinition) as refused:
        lab.create({"A": {"Type": "Pass", "Next": "B", "Colour": "red"}, "C": END})
    assert len(refused.value.problems) == 4
    assert "Colour" in str(refused.value)


def test_jsonpath_machines_are_refused_by_name() -> None:
    """Also when the query language is not given, because JSONPath is the default."""
    for language in ({}, {"QueryLanguage": "JSONPath"}):
        definition = {"StartAt": "A", "States": {"A": END}, **language}
        assert "JSONPath is not implemented" in validate(definition)[0]


@pytest.mark.parametrize("definition", [None, [], "x", {"QueryLanguage": "JSONata"}])
def test_what_is_no_definition_is_refused_without_a_crash(definition: Any) -> None:
    """Any JSON may come in."""
    assert validate(definition)


def test_an_inner_scope_may_not_assign_an_outer_variable() -> None:
    """The names of outer variables are taken; siblings may use the same name."""
    branch = {"StartAt": "I", "States": {"I": passing(Assign={"x": 1})}}
    other = {"StartAt": "J", "States": {"J": passing(Assign={"x": 1})}}
    both = {"Type": "Parallel", "Branches": [branch, other], "End": True}
    assert validate(machine({"P": both})) == []
    outer = {"Type": "Pass", "Assign": {"x": 0}, "Next": "P"}
    problems = validate(machine({"A": outer, "P": both}))
    assert len(problems) == 2
    assert all("variable x belongs to an outer scope" in problem for problem in problems)
