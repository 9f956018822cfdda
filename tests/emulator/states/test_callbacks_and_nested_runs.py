"""Task tokens, heartbeats, and machines that start machines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopilot_lab.emulator.states.errors import InvalidOutput, TaskDoesNotExist, TaskTimedOut
from tests.emulator.states.conftest import INVOKE, Lab, failing

SEND = "arn:aws:states:::sqs:sendMessage"


def asking(lab: Lab, **state: Any) -> dict[str, Any]:
    """Return states that send a token to a queue and wait for it, and let the queue take it."""
    tokens.clear()

    def send(arguments: Any) -> dict[str, str]:
        tokens.append(arguments["MessageBody"])
        return {"MessageId": "1"}

    lab.tasks.work[SEND] = send
    task = {
        "Type": "Task",
        "Resource": f"{SEND}.waitForTaskToken",
        "Arguments": {"MessageBody": "{% $states.context.Task.Token %}"},
        "End": True,
        **state,
    }
    return {"Ask": task}


tokens: list[str] = []


def test_a_token_that_comes_back_is_the_result_of_the_state(lab: Lab) -> None:
    """The state waits as long as it takes; the events say when it was submitted."""
    execution = lab.engine.start(lab.create(asking(lab)))
    lab.scheduler.run(3600)
    assert execution.running
    lab.engine.callbacks.succeed(tokens[0], '{"approved": true}')
    assert execution.wait().output is not None
    assert execution.output is not None
    assert execution.output.value == {"approved": True}
    assert lab.kinds(execution)[2:6] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
    ]


def test_a_reported_failure_is_the_error_of_the_state(lab: Lab) -> None:
    """SendTaskFailure names error and cause."""
    execution = lab.engine.start(lab.create(asking(lab)))
    lab.scheduler.run(1)
    lab.engine.callbacks.fail(tokens[0], "Denied", "by a person")
    execution.wait()
    assert (execution.error, execution.cause) == ("Denied", "by a person")


def test_heartbeats_keep_a_state_waiting_until_its_timeout(lab: Lab) -> None:
    """Each heartbeat moves the next one's deadline; TimeoutSeconds stays."""
    execution = lab.engine.start(lab.create(asking(lab, HeartbeatSeconds=10, TimeoutSeconds=35)))
    for _ in range(4):
        lab.scheduler.run(8)
        lab.engine.callbacks.heartbeat(tokens[0])
    execution.wait()
    assert (execution.error, lab.elapsed) == ("States.Timeout", 35)


def test_a_heartbeat_that_does_not_come_ends_the_state(lab: Lab) -> None:
    """Ten seconds after the last one."""
    execution = lab.engine.start(lab.create(asking(lab, HeartbeatSeconds=10)))
    lab.scheduler.run(8)
    lab.engine.callbacks.heartbeat(tokens[0])
    execution.wait()
    assert (execution.error, lab.elapsed) == ("States.Timeout", 18)


def test_every_attempt_has_a_token_of_its_own(lab: Lab) -> None:
    """A retried state asks again, and the first token is worth nothing any more."""
    states = asking(
        lab,
        TimeoutSeconds=5,
        Retry=[{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}],
    )
    execution = lab.engine.start(lab.create(states))
    lab.scheduler.run(7)
    first, second = tokens
    with pytest.raises(TaskTimedOut):
        lab.engine.callbacks.succeed(first, "1")
    lab.engine.callbacks.succeed(second, "2")
    assert execution.wait().status == "SUCCEEDED"


def test_tokens_that_nobody_waits_for_are_refused(lab: Lab) -> None:
    """Unknown tokens, used tokens, and results that are no JSON."""
    execution = lab.engine.start(lab.create(asking(lab)))
    lab.scheduler.run(1)
    with pytest.raises(TaskDoesNotExist):
        lab.engine.callbacks.succeed("made up", "1")
    with pytest.raises(InvalidOutput):
        lab.engine.callbacks.succeed(tokens[0], "{")
    lab.engine.callbacks.succeed(tokens[0], "1")
    execution.wait()
    with pytest.raises(TaskTimedOut):
        lab.engine.callbacks.heartbeat(tokens[0])


def nested(pattern: str, arn: str, **arguments: Any) -> dict[str, Any]:
    """Return a state that starts a machine with the input `{"x": 1}`."""
    task = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::states:startExecution{pattern}",
        "Arguments": {"StateMachineArn": arn, "Input": {"x": 1}, **arguments},
        "End": True,
    }
    return {"Start": task}


def inner_machine(lab: Lab) -> str:
    """Create a machine that waits ten seconds and adds one."""
    states = {
        "Rest": {"Type": "Wait", "Seconds": 10, "Next": "Add"},
        "Add": {"Type": "Succeed", "Output": {"x": "{% $states.input.x + 1 %}"}},
    }
    return lab.create(states)


def test_starting_without_waiting_gives_arn_and_date(lab: Lab) -> None:
    """The parent ends at once; the nested run goes on."""
    output = lab.output(nested("", inner_machine(lab), Name="child"))
    assert sorted(output) == ["ExecutionArn", "StartDate"]
    assert lab.elapsed == 0
    lab.scheduler.run(20)
    assert lab.engine.execution(output["ExecutionArn"]).status == "SUCCEEDED"


@pytest.mark.parametrize("pattern,output", [(".sync", '{"x":2}'), (".sync:2", {"x": 2})])
def test_sync_waits_and_gives_the_output_as_text_or_json(
    lab: Lab, pattern: str, output: Any
) -> None:
    """`.sync` keeps Output a string, `.sync:2` parses it."""
    execution = lab.run(nested(pattern, inner_machine(lab)))
    assert lab.elapsed == 10
    assert execution.output is not None
    assert execution.output.value["Output"] == output
    assert "TaskSubmitted" in lab.kinds(execution)


def test_a_nested_run_that_fails_arrives_as_task_failed_with_its_description(lab: Lab) -> None:
    """The cause is the description of the nested run, with its own error."""
    lab.tasks.work["bad"] = failing("Held", "by run-1")
    task = {"Type": "Task", "Resource": INVOKE, "Arguments": {"FunctionName": "bad"}, "End": True}
    execution = lab.run(nested(".sync:2", lab.create({"A": task})))
    assert execution.error == "States.TaskFailed"
    assert execution.cause is not None
    assert json.loads(execution.cause)["Error"] == "Held"


def test_a_nested_timeout_arrives_as_task_failed_too(lab: Lab) -> None:
    """The parent cannot catch it as States.Timeout."""
    slow = {"A": {"Type": "Wait", "Seconds": 100, "End": True}}
    execution = lab.run(nested(".sync:2", lab.create(slow, TimeoutSeconds=5)))
    assert execution.error == "States.TaskFailed"


def test_a_parent_that_gives_up_stops_the_nested_run(lab: Lab) -> None:
    """At its own time-out, and when it is stopped."""
    states = nested(".sync:2", inner_machine(lab))
    states["Start"]["TimeoutSeconds"] = 5
    timed_out = lab.run(states)
    stopped = lab.engine.start(lab.create(nested(".sync", inner_machine(lab))))
    lab.scheduler.run(2)
    lab.engine.stop(stopped.arn)
    lab.scheduler.run(60)
    assert timed_out.error == "States.Timeout"
    assert [item.status for item in lab.engine.list() if "Rest" in repr(item.machine)] == [
        "ABORTED",
        "ABORTED",
    ]


def test_a_nested_name_that_was_used_fails_the_task_by_name(lab: Lab) -> None:
    """The error is that of the API, in the name of the integration."""
    arn = inner_machine(lab)
    lab.output(nested(".sync", arn, Name="child"))
    execution = lab.run(nested(".sync", arn, Name="child"))
    assert execution.error == "StepFunctions.ExecutionAlreadyExistsException"
