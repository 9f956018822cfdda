"""The Task state: arguments, results, time-outs and what they leave running."""

from __future__ import annotations

import time
from typing import Any

import pytest

from autopilot_lab.emulator.states import StatesError
from tests.emulator.states.conftest import FUNCTION, INVOKE, Lab, failing


def invoke(**state: Any) -> dict[str, Any]:
    """Return a Task that invokes the function `work`, and ends."""
    task = {"Type": "Task", "Resource": INVOKE, "Arguments": {"FunctionName": "work"}}
    return {**task, **({} if "Next" in state else {"End": True}), **state}


def test_a_task_without_arguments_sends_its_input(lab: Lab) -> None:
    """In JSONata mode the input of the state is the argument."""
    lab.tasks.work[FUNCTION] = lambda event: {"got": event}
    task = {"Type": "Task", "Resource": FUNCTION, "End": True}
    assert lab.output({"A": task}, {"a": 1}) == {"got": {"a": 1}}


def test_the_result_is_there_for_output_and_assign_but_input_stays(lab: Lab) -> None:
    """`$states.result` is what the task returned; `$states.input` is the state's input."""
    lab.tasks.work["work"] = lambda payload: payload * 2
    task = invoke(
        Arguments={"FunctionName": "work", "Payload": "{% $states.input.n %}"},
        Output="{% [$states.input.n, $states.result.Payload, $states.result.StatusCode] %}",
    )
    assert lab.output({"A": task}, {"n": 21}) == [21, 42, 200]


def test_a_task_cannot_change_what_the_machine_holds(lab: Lab) -> None:
    """Arguments are a copy: a handler that writes into its event changes nothing else."""

    def spoil(event: Any) -> Any:
        event["list"].append("spoilt")
        return None

    lab.tasks.work[FUNCTION] = spoil
    task = {"Type": "Task", "Resource": FUNCTION, "Output": "{% $states.input %}", "End": True}
    assert lab.output({"A": task}, {"list": [1]}) == {"list": [1]}


def test_a_task_that_takes_too_long_times_out_and_its_work_goes_on(lab: Lab) -> None:
    """Step Functions abandons a function at the time-out; the function finishes by itself."""
    finished: list[float] = []

    def slow(_payload: Any) -> None:
        time.sleep(30)
        finished.append(lab.elapsed)

    lab.tasks.work["work"] = slow
    execution = lab.run({"A": invoke(TimeoutSeconds="{% $states.input.limit %}")}, {"limit": 7})
    assert (execution.status, execution.error, execution.cause) == (
        "FAILED",
        "States.Timeout",
        None,
    )
    assert lab.elapsed == 7
    lab.scheduler.run(60)
    assert finished == [30]


def test_a_missed_heartbeat_is_a_timeout_that_matches_as_heartbeat_timeout(lab: Lab) -> None:
    """AWS reports States.Timeout; a catcher for States.HeartbeatTimeout takes it."""
    lab.tasks.work["work"] = lambda _payload: time.sleep(30)
    states = {
        "A": invoke(
            HeartbeatSeconds=5,
            TimeoutSeconds=20,
            Catch=[{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "B"}],
            Next="B",
        ),
        "B": {"Type": "Succeed"},
    }
    assert lab.output(states) == {"Error": "States.Timeout", "Cause": ""}
    assert lab.elapsed == 5


def test_a_result_larger_than_256_kib_fails_the_task_by_name(lab: Lab) -> None:
    """The limit counts bytes of UTF-8, not characters."""
    lab.tasks.work["work"] = lambda _payload: "ü" * 131_072
    execution = lab.run({"A": invoke()})
    assert execution.error == "States.DataLimitExceeded"
    assert "TaskFailed" in lab.kinds(execution)


def test_a_result_of_just_256_kib_is_passed_on(lab: Lab) -> None:
    """Text with its two quotes is exactly at the limit."""
    lab.tasks.work[FUNCTION] = lambda _event: "x" * (262_144 - 2)
    task = {"Type": "Task", "Resource": FUNCTION, "End": True}
    assert len(lab.output({"A": task})) == 262_142


def test_the_top_level_timeout_ends_the_execution_whatever_catches(lab: Lab) -> None:
    """No Catch sees it: status TIMED_OUT, no error, one event that points to 0."""
    lab.tasks.work["work"] = lambda _payload: time.sleep(100)
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "B"}]
    states = {"A": invoke(Catch=catch), "B": {"Type": "Succeed"}}
    execution = lab.run(states, TimeoutSeconds=40)
    assert (execution.status, execution.error) == ("TIMED_OUT", None)
    assert lab.elapsed == 40
    last = lab.engine.history(execution.arn)[-1]
    assert last["type"] == "ExecutionTimedOut"
    assert last["previousEventId"] == 0
    assert last["executionTimedOutEventDetails"] == {"error": "States.Timeout"}


def test_a_task_sees_the_context_object(lab: Lab) -> None:
    """Ids, names, times and counts as the developer guide lists them."""
    lab.tasks.work["work"] = lambda payload: payload
    task = invoke(
        Arguments={"FunctionName": "work", "Payload": "{% $states.context %}"},
        Output="{% $states.result.Payload %}",
    )
    arn = lab.create({"A": task})
    execution = lab.engine.start(arn, "first", {"in": 1}).wait()
    assert execution.output is not None
    assert execution.output.value == {
        "Execution": {
            "Id": execution.arn,
            "Input": {"in": 1},
            "Name": "first",
            "RoleArn": "arn:aws:iam::123456789012:role/machine",
            "StartTime": "2023-11-14T22:13:20.000Z",
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": arn, "Name": "machine-1"},
        "State": {"EnteredTime": "2023-11-14T22:13:20.000Z", "Name": "A", "RetryCount": 0},
    }
    assert execution.arn == "arn:aws:states:eu-central-1:123456789012:execution:machine-1:first"


def test_a_failure_of_the_lab_itself_is_not_hidden(lab: Lab) -> None:
    """An exception that is no StatesError ends the execution and reaches whoever runs it."""

    def defect(_payload: Any) -> None:
        raise KeyError("missing")

    lab.tasks.work["work"] = defect
    execution = lab.run({"A": invoke()})
    assert execution.status == "FAILED"
    assert execution.task is not None
    with pytest.raises(KeyError, match="missing"):
        execution.task.wait()


def test_stopping_leaves_the_task_running_elsewhere(lab: Lab) -> None:
    """StopExecution aborts the execution, not the function it called."""
    finished: list[bool] = []

    def slow(_payload: Any) -> None:
        time.sleep(30)
        finished.append(True)

    lab.tasks.work["work"] = slow
    execution = lab.engine.start(lab.create({"A": invoke()}))
    lab.scheduler.run(10)
    lab.engine.stop(execution.arn, "Operator", "enough")
    assert (execution.status, execution.error, execution.cause) == ("ABORTED", "Operator", "enough")
    assert lab.kinds(execution)[-1] == "ExecutionAborted"
    lab.scheduler.run(60)
    assert finished == [True]
    assert lab.kinds(execution)[-1] == "ExecutionAborted"


def test_a_failed_function_reports_its_error_and_cause(lab: Lab) -> None:
    """The error type of the function is the error name."""
    lab.tasks.work["work"] = failing("Refused", '{"errorMessage":"lease held"}')
    execution = lab.run({"A": invoke()})
    assert (execution.error, execution.cause) == ("Refused", '{"errorMessage":"lease held"}')


def test_states_error_prints_name_and_cause() -> None:
    """The message of the Python exception names both."""
    assert str(StatesError("A.B", "c")) == "A.B: c"
    assert str(StatesError("A.B")) == "A.B"
