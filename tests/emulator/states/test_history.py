"""The history: types, order, details and limits, as the botocore model and AWS have them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from autopilot_lab.emulator.states import Engine
from tests.emulator.states.conftest import FUNCTION, INVOKE, REGION, ROLE, Lab, failing, machine


def ordered(lab: Lab, states: dict[str, Any]) -> list[tuple[int, str]]:
    """Run a machine; return previousEventId and type of its events."""
    execution = lab.run(states)
    events = lab.engine.history(execution.arn)
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    return [(event["previousEventId"], event["type"]) for event in events]


def test_a_task_through_an_integration_has_the_task_events(lab: Lab) -> None:
    """Recorded on AWS for lambda:invoke with a time-out."""
    lab.tasks.work["work"] = lambda _payload: 1
    task = {
        "Type": "Task",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": "work"},
        "TimeoutSeconds": 5,
        "End": True,
    }
    execution = lab.run({"A": task})
    events = lab.engine.history(execution.arn)
    assert [(event["previousEventId"], event["type"]) for event in events] == [
        (0, "ExecutionStarted"),
        (0, "TaskStateEntered"),
        (2, "TaskScheduled"),
        (3, "TaskStarted"),
        (4, "TaskSucceeded"),
        (5, "TaskStateExited"),
        (6, "ExecutionSucceeded"),
    ]
    assert events[2]["taskScheduledEventDetails"] == {
        "resourceType": "lambda",
        "resource": "invoke",
        "region": REGION,
        "parameters": '{"FunctionName":"work"}',
        "timeoutInSeconds": 5,
    }
    assert events[3]["taskStartedEventDetails"] == {"resourceType": "lambda", "resource": "invoke"}


def test_a_function_named_by_its_arn_has_the_lambda_events(lab: Lab) -> None:
    """LambdaFunctionStarted has no details at all."""
    lab.tasks.work[FUNCTION] = failing("Held", "by run-1")
    execution = lab.run({"A": {"Type": "Task", "Resource": FUNCTION, "End": True}})
    events = lab.engine.history(execution.arn)
    assert [event["type"] for event in events[2:]] == [
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionFailed",
        "ExecutionFailed",
    ]
    assert sorted(events[3]) == ["id", "previousEventId", "timestamp", "type"]
    assert events[4]["lambdaFunctionFailedEventDetails"] == {"error": "Held", "cause": "by run-1"}
    assert events[5]["executionFailedEventDetails"] == {"error": "Held", "cause": "by run-1"}


def test_a_parallel_points_its_branches_at_its_start(lab: Lab) -> None:
    """Each branch is a chain of its own; the state goes on after the last event of the last."""
    body = {"Type": "Pass", "End": True}
    branches = [{"StartAt": name, "States": {name: body}} for name in ("B1", "B2")]
    assert ordered(lab, {"P": {"Type": "Parallel", "Branches": branches, "End": True}}) == [
        (0, "ExecutionStarted"),
        (0, "ParallelStateEntered"),
        (2, "ParallelStateStarted"),
        (3, "PassStateEntered"),
        (4, "PassStateExited"),
        (3, "PassStateEntered"),
        (6, "PassStateExited"),
        (7, "ParallelStateSucceeded"),
        (7, "ParallelStateExited"),
        (9, "ExecutionSucceeded"),
    ]


def test_iterations_one_after_the_other_make_one_chain(lab: Lab) -> None:
    """The next iteration points to the last state of the one before, on its own worker."""
    processor = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    state = {
        "Type": "Map",
        "Items": [1, 2],
        "MaxConcurrency": 1,
        "ItemProcessor": processor,
        "End": True,
    }
    assert ordered(lab, {"M": state}) == [
        (0, "ExecutionStarted"),
        (0, "MapStateEntered"),
        (2, "MapStateStarted"),
        (3, "MapIterationStarted"),
        (4, "PassStateEntered"),
        (5, "PassStateExited"),
        (6, "MapIterationSucceeded"),
        (6, "MapIterationStarted"),
        (8, "PassStateEntered"),
        (9, "PassStateExited"),
        (10, "MapIterationSucceeded"),
        (11, "MapStateSucceeded"),
        (11, "MapStateExited"),
        (13, "ExecutionSucceeded"),
    ]


def test_timestamps_are_aware_and_on_the_virtual_clock(lab: Lab) -> None:
    """An exit ten virtual seconds later says so."""
    execution = lab.run({"W": {"Type": "Wait", "Seconds": 10, "End": True}})
    stamps = [event["timestamp"] for event in lab.engine.history(execution.arn)]
    start = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert [(stamp - start).total_seconds() for stamp in stamps] == [0, 0, 10, 10]


def test_a_history_ends_at_25_000_events_and_nothing_catches_that(lab: Lab) -> None:
    """The execution fails; the last of its 25,000 events says so."""
    loop = {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% false %}", "Next": "C"}],
            "Default": "A",
        },
        "C": {"Type": "Succeed"},
    }
    around = {
        "Type": "Parallel",
        "Branches": [{"StartAt": "A", "States": loop}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "D"}],
        "End": True,
    }
    execution = lab.run({"P": around, "D": {"Type": "Succeed"}})
    assert (execution.status, execution.error) == ("FAILED", "States.Runtime")
    assert execution.cause == "The execution reached the maximum number of history events (25000)."
    kinds = lab.kinds(execution)
    assert (len(kinds), kinds[-1]) == (25_000, "ExecutionFailed")


def test_events_are_announced_as_they_happen(lab: Lab) -> None:
    """The listener sees every event once, in order, with its execution."""
    seen: list[tuple[str, str]] = []
    engine = Engine(
        lab.scheduler,
        lab.tasks,
        on_event=lambda execution, event: seen.append((execution.name, event["type"])),
    )
    arn = engine.create("m", REGION, machine({"A": {"Type": "Pass", "End": True}}), ROLE)
    execution = engine.start(arn, "one").wait()
    assert seen == [("one", event["type"]) for event in engine.history(execution.arn)]


@pytest.mark.parametrize("fails", [False, True])
def test_every_event_fits_the_model_of_the_api(lab: Lab, *, fails: bool) -> None:
    """Botocore's own model accepts the events of a machine that uses most states."""
    lab.tasks.work["work"] = failing("Bad") if fails else (lambda _payload: 1)
    task = {
        "Type": "Task",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": "work"},
        "Assign": {"x": 1},
        "End": True,
    }
    states = {
        "P": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "T", "States": {"T": task}}],
            "Next": "M",
        },
        "M": {
            "Type": "Map",
            "Items": [1, 2],
            "ItemProcessor": {
                "StartAt": "W",
                "States": {"W": {"Type": "Wait", "Seconds": 1, "End": True}},
            },
            "Next": "Q",
        },
        "Q": {"Type": "Pass", "Output": "{% $absent %}", "End": True},
    }
    execution = lab.run(states)
    model = botocore.session.get_session().get_service_model("stepfunctions")
    answers = {
        "GetExecutionHistory": {"events": lab.engine.history(execution.arn)},
        "DescribeExecution": execution.describe(),
    }
    for operation, answer in answers.items():
        shape = model.operation_model(operation).output_shape
        assert shape is not None
        report = ParamValidator().validate(answer, shape)
        assert not report.has_errors(), report.generate_report()
