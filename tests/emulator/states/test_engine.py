"""The engine as an API: machines, names, executions, determinism, speed."""

from __future__ import annotations

import time
from typing import Any

import pytest

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.states import Engine, StatesError
from autopilot_lab.emulator.states.errors import (
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    InvalidDefinition,
    InvalidExecutionInput,
    InvalidName,
    StateMachineAlreadyExists,
    StateMachineDoesNotExist,
)
from tests.emulator.states.conftest import INVOKE, REGION, ROLE, START, Lab, Tasks, machine

PASS = {"A": {"Type": "Pass", "End": True}}
WAIT = {"A": {"Type": "Wait", "Seconds": 60, "End": True}}


def test_creating_the_same_machine_again_returns_the_same_arn(lab: Lab) -> None:
    """CreateStateMachine is idempotent for the same name, definition and role."""
    first = lab.engine.create("m", REGION, machine(PASS), ROLE)
    assert first == "arn:aws:states:eu-central-1:123456789012:stateMachine:m"
    assert lab.engine.create("m", REGION, machine(PASS), ROLE) == first
    assert [item.arn for item in lab.engine.machines(REGION)] == [first]


def test_a_machine_of_the_same_name_and_another_definition_is_refused(lab: Lab) -> None:
    """In the same region; in another region it is another machine."""
    lab.engine.create("m", REGION, machine(PASS), ROLE)
    with pytest.raises(StateMachineAlreadyExists):
        lab.engine.create("m", REGION, machine(WAIT), ROLE)
    assert lab.engine.create("m", "eu-west-1", machine(WAIT), ROLE).split(":")[3] == "eu-west-1"


def test_an_execution_keeps_the_definition_it_started_with(lab: Lab) -> None:
    """An update is for executions that start later."""
    states = {
        "A": {"Type": "Wait", "Seconds": 60, "Next": "B"},
        "B": {"Type": "Succeed", "Output": "old"},
    }
    arn = lab.create(states)
    execution = lab.engine.start(arn)
    lab.scheduler.run(10)
    lab.engine.update(arn, machine({"B": {"Type": "Succeed", "Output": "new"}}))
    execution.wait()
    later = lab.engine.start(arn).wait()
    assert [item.output and item.output.value for item in (execution, later)] == ["old", "new"]


def test_changing_a_definition_after_creation_changes_no_machine(lab: Lab) -> None:
    """The engine keeps a copy."""
    definition = machine(PASS)
    arn = lab.engine.create("m", REGION, definition, ROLE)
    definition["States"]["A"]["Output"] = "changed"
    execution = lab.engine.start(arn, input={"x": 1}).wait()
    assert execution.output is not None
    assert execution.output.value == {"x": 1}


def test_a_name_that_runs_with_the_same_input_is_the_same_execution(lab: Lab) -> None:
    """A retried StartExecution starts nothing."""
    arn = lab.create(WAIT)
    first = lab.engine.start(arn, "one", {"x": 1})
    lab.scheduler.run(5)
    assert lab.engine.start(arn, "one", '{"x": 1}') is first
    assert len(lab.engine.list(arn)) == 1


@pytest.mark.parametrize("seconds,document", [(5, {"x": 2}), (120, {"x": 1})])
def test_a_name_with_another_input_or_after_the_end_is_refused(
    lab: Lab, seconds: float, document: dict[str, int]
) -> None:
    """ExecutionAlreadyExists: while running with another input, or ended with the same."""
    arn = lab.create(WAIT)
    lab.engine.start(arn, "one", {"x": 1})
    lab.scheduler.run(seconds)
    with pytest.raises(ExecutionAlreadyExists, match="machine-1:one"):
        lab.engine.start(arn, "one", document)


def test_a_name_is_free_again_after_ninety_days(lab: Lab) -> None:
    """API reference, StartExecution: unique for 90 days."""
    arn = lab.create(PASS)
    first = lab.engine.start(arn, "one").wait()
    lab.scheduler.run(90 * 86_400 + 1)
    assert lab.engine.start(arn, "one") is not first


@pytest.mark.parametrize("name", ["", "a b", "a:b", "2026-01-01T00:00:00", "x" * 81, "a*", "a/b"])
def test_names_that_aws_refuses_are_refused(lab: Lab, name: str) -> None:
    """No spaces, brackets, wildcards, colons; 1 to 80 characters."""
    arn = lab.create(PASS)
    with pytest.raises(InvalidName):
        lab.engine.start(arn, name)
    with pytest.raises(InvalidName):
        lab.engine.create(name, REGION, machine(PASS), ROLE)


@pytest.mark.parametrize("document", ["{", "NaN", '"' + "x" * 262_143 + '"'])
def test_input_that_is_no_json_or_too_large_is_refused(lab: Lab, document: str) -> None:
    """InvalidExecutionInput, before anything is recorded."""
    arn = lab.create(PASS)
    with pytest.raises(InvalidExecutionInput):
        lab.engine.start(arn, "one", document)
    assert list(lab.engine.list(arn)) == []


def test_what_does_not_exist_is_named(lab: Lab) -> None:
    """Machines and executions are looked up by ARN."""
    with pytest.raises(StateMachineDoesNotExist, match="nowhere"):
        lab.engine.start("nowhere")
    with pytest.raises(ExecutionDoesNotExist, match="nowhere"):
        lab.engine.history("nowhere")


def test_express_machines_are_refused_by_name(lab: Lab) -> None:
    """What is not implemented is refused at creation."""
    with pytest.raises(InvalidDefinition, match="EXPRESS is not implemented"):
        lab.engine.create("m", REGION, machine(PASS), ROLE, kind="EXPRESS")


def test_executions_are_listed_latest_first_by_machine_and_status(lab: Lab) -> None:
    """As ListExecutions sorts them."""
    waiting, passing = lab.create(WAIT), lab.create(PASS)
    first, second = lab.engine.start(waiting, "w"), lab.engine.start(passing, "p")
    lab.scheduler.run(1)
    assert [item.name for item in lab.engine.list()] == ["p", "w"]
    assert list(lab.engine.list(waiting)) == [first]
    assert list(lab.engine.list(status="SUCCEEDED")) == [second]


def test_stopping_an_ended_execution_changes_nothing(lab: Lab) -> None:
    """Its status stays, and so does its history."""
    execution = lab.run(PASS)
    lab.engine.stop(execution.arn, "Late")
    assert (execution.status, execution.error) == ("SUCCEEDED", None)
    assert lab.kinds(execution)[-1] == "ExecutionSucceeded"


def test_an_execution_stopped_before_its_first_state_never_enters_it(lab: Lab) -> None:
    """A stop in the same instant leaves start and abort in the history."""
    execution = lab.engine.start(lab.create(PASS))
    lab.engine.stop(execution.arn)
    lab.scheduler.run(1)
    assert lab.kinds(execution) == ["ExecutionStarted", "ExecutionAborted"]


def busy_definition() -> dict[str, Any]:
    """Return a machine with random pauses, branches, ids and a loop."""
    task = {
        "Type": "Task",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": "flaky", "Payload": "{% $uuid() %}"},
        "Retry": [
            {
                "ErrorEquals": ["States.ALL"],
                "MaxAttempts": 9,
                "BackoffRate": 1.5,
                "JitterStrategy": "FULL",
            }
        ],
        "End": True,
    }
    branches = [{"StartAt": name, "States": {name: task}} for name in ("T1", "T2", "T3")]
    return machine({"P": {"Type": "Parallel", "Branches": branches, "End": True}})


def history_of_a_busy_run(seed: int) -> str:
    """Run the busy machine in a world of its own and return its history as text."""
    calls = iter(range(100))

    def flaky(payload: str) -> str:
        time.sleep(1)
        if next(calls) % 3:
            raise StatesError("Flaky", payload)
        return payload

    scheduler = Scheduler(start=START)
    with scheduler.running():
        tasks = Tasks()
        tasks.work["flaky"] = flaky
        engine = Engine(scheduler, tasks, seed=seed)
        execution = engine.start(engine.create("busy", REGION, busy_definition(), ROLE)).wait()
        return repr(engine.history(execution.arn))


def test_the_same_seed_gives_the_same_history_to_the_byte() -> None:
    """Jitter, names and ids come from the seed; another seed gives another history."""
    assert history_of_a_busy_run(1) == history_of_a_busy_run(1)
    assert history_of_a_busy_run(1) != history_of_a_busy_run(2)


def test_thousands_of_transitions_take_a_second(lab: Lab) -> None:
    """A floor far below what one core does, so that only a change of kind breaks it."""
    lab.tasks.work["count"] = lambda n: n + 1
    arguments = {"FunctionName": "count", "Payload": "{% $n %}"}
    states = {
        "Start": {"Type": "Pass", "Assign": {"n": 0}, "Next": "Count"},
        "Count": {
            "Type": "Task",
            "Resource": INVOKE,
            "Arguments": arguments,
            "Assign": {"n": "{% $states.result.Payload %}"},
            "Next": "Enough",
        },
        "Enough": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $n >= 2500 %}", "Next": "Done"}],
            "Default": "Count",
        },
        "Done": {"Type": "Succeed"},
    }
    arn = lab.create(states)
    begun = time.perf_counter()
    execution = lab.engine.start(arn).wait()
    assert execution.status == "SUCCEEDED"
    assert 5000 / (time.perf_counter() - begun) > 2500
