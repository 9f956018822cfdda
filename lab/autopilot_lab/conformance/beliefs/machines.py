"""Step Functions: names, errors, scopes and limits that the runbooks' machines rest on."""

from __future__ import annotations

import json
from typing import Any

from autopilot_lab.conformance.belief import belief
from autopilot_lab.conformance.sandbox import Sandbox, definition
from autopilot_lab.conformance.sources import (
    STATES_ERRORS,
    STATES_QUOTAS,
    STATES_VARIABLES,
    guide,
    operation,
)
from autopilot_lab.conformance.verdicts import check, equal, refused

START = operation("stepfunctions", "StartExecution")
TAKEN = "ExecutionAlreadyExists"
PAYLOAD_BYTES_MAX = 262_144
MAKES = "1 machine, 1 role"
CAUGHT = {"Type": "Pass", "Output": "{% $states.input %}", "End": True}
LONG_WAIT = {"Type": "Wait", "Seconds": 300, "End": True}
TOO_LARGE = {"Type": "Pass", "Output": "{% $pad('', 300000, 'x') %}", "End": True}


def guarded(state: dict[str, Any], *errors: str) -> dict[str, Any]:
    """States: one branch around `state`, with a Catch of these errors that leads to `Caught`.

    Beside `state`, the branch has a `Done` to go to.
    """
    output = {"caught": "{% $states.errorOutput.Error %}"}
    catchers = [{"ErrorEquals": [error], "Next": "Caught", "Output": output} for error in errors]
    states = {"Inner": state, **({} if "End" in state else {"Done": {"Type": "Succeed"}})}
    branch = {"StartAt": "Inner", "States": states}
    return {
        "Guarded": {"Type": "Parallel", "Branches": [branch], "Catch": catchers, "End": True},
        "Caught": CAUGHT,
    }


def caught(execution: dict[str, Any]) -> str:
    """The error that a guarded machine caught, or "" and a violation when it did not end well."""
    equal(execution["status"], "SUCCEEDED", f"status ({execution.get('error', 'no error')})")
    output = json.loads(execution["output"])
    return str(output["caught"]) if isinstance(output, dict) else ""


@belief(START, breaks="a doubled event would start the same runbook twice", makes=MAKES)
def a_repeated_start_is_the_same_execution(sandbox: Sandbox) -> None:
    """StartExecution with the name and input of a running execution answers with that one."""
    client = sandbox.client("stepfunctions")
    start = {"stateMachineArn": sandbox.machine({"Wait": LONG_WAIT}), "name": "same", "input": "{}"}
    first, second = client.start_execution(**start), client.start_execution(**start)
    equal(second["executionArn"], first["executionArn"], "the second start's execution")
    equal(second["startDate"], first["startDate"], "the second start's date")
    client.stop_execution(executionArn=first["executionArn"])


@belief(START, breaks="another cause could take over a name, and its run never happen", makes=MAKES)
def a_name_with_other_input_is_taken(sandbox: Sandbox) -> None:
    """A running execution's name with another input is refused as ExecutionAlreadyExists."""
    client = sandbox.client("stepfunctions")
    machine = sandbox.machine({"Wait": LONG_WAIT})
    arn = client.start_execution(stateMachineArn=machine, name="a", input="{}")["executionArn"]
    start = {"stateMachineArn": machine, "name": "a", "input": '{"other": 1}'}
    refused(client.start_execution, TAKEN, **start)
    client.stop_execution(executionArn=arn)


@belief(START, breaks="a late double would run a finished runbook again", makes=MAKES)
def a_finished_name_stays_taken(sandbox: Sandbox) -> None:
    """An ended execution's name, even with the same input, is refused as ExecutionAlreadyExists."""
    client = sandbox.client("stepfunctions")
    machine = sandbox.machine({"Done": {"Type": "Succeed"}})
    start = {"stateMachineArn": machine, "name": "a", "input": "{}"}
    sandbox.ended(client.start_execution(**start)["executionArn"])
    refused(client.start_execution, TAKEN, **start)


@belief(START, breaks="run names made of ISO times would be accepted, and pass review", makes=MAKES)
def an_execution_name_has_no_colon(sandbox: Sandbox) -> None:
    """A name with a colon, or one of more than 80 characters, is refused."""
    client = sandbox.client("stepfunctions")
    machine = sandbox.machine({"Done": {"Type": "Succeed"}})
    for name in ("2026-11-23T03:00:00Z", "n" * 81):
        codes = ("InvalidName", "ValidationException")
        refused(client.start_execution, *codes, stateMachineArn=machine, name=name)


@belief(START, breaks="a large event would start a run that then fails half way", makes=MAKES)
def an_input_has_at_most_256_kib(sandbox: Sandbox) -> None:
    """StartExecution refuses an input of more than 262,144 bytes."""
    client = sandbox.client("stepfunctions")
    refused(
        client.start_execution,
        "InvalidExecutionInput",
        "ValidationException",
        stateMachineArn=sandbox.machine({"Done": {"Type": "Succeed"}}),
        input=json.dumps("x" * PAYLOAD_BYTES_MAX),
    )


@belief(
    operation("stepfunctions", "CreateStateMachine"),
    breaks="a machine with a typing error would be deployed, and stop in the middle of an incident",
    makes="1 role",
)
def a_dangling_next_is_refused(sandbox: Sandbox) -> None:
    """CreateStateMachine refuses a Next that names no state."""
    states = {"First": {"Type": "Pass", "Next": "Nowhere"}}
    refused(
        sandbox.client("stepfunctions").create_state_machine,
        "InvalidDefinition",
        name=sandbox.name(),
        definition=json.dumps(definition(states)),
        roleArn=sandbox.role("states.amazonaws.com", {}),
    )


@belief(STATES_ERRORS, breaks="the undo after a large answer would seem to be covered", makes=MAKES)
def states_all_does_not_catch_the_data_limit(sandbox: Sandbox) -> None:
    """A catcher of States.ALL does not catch States.DataLimitExceeded: the execution fails."""
    execution = sandbox.run_machine(guarded(TOO_LARGE, "States.ALL"))
    equal(execution["status"], "FAILED", "status")
    equal(execution.get("error"), "States.DataLimitExceeded", "error")


@belief(STATES_ERRORS, breaks="a large answer would end a run with its lease held", makes=MAKES)
def the_data_limit_is_caught_by_its_name(sandbox: Sandbox) -> None:
    """A catcher that names States.DataLimitExceeded catches it."""
    execution = sandbox.run_machine(guarded(TOO_LARGE, "States.DataLimitExceeded", "States.ALL"))
    equal(caught(execution), "States.DataLimitExceeded", "the error caught")


@belief(STATES_ERRORS, breaks="a failing expression would end a run with no undo", makes=MAKES)
def a_branch_makes_a_choice_catchable(sandbox: Sandbox) -> None:
    """A failing expression in a Choice, which has no Catch, is caught by the Parallel around it."""
    choice = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $error('no') %}", "Next": "Done"}],
        "Default": "Done",
    }
    execution = sandbox.run_machine(guarded(choice, "States.QueryEvaluationError"))
    equal(caught(execution), "States.QueryEvaluationError", "the error caught")


@belief(STATES_ERRORS, breaks="the reaper would not be needed; it is, because of this", makes=MAKES)
def a_machine_timeout_escapes_every_catch(sandbox: Sandbox) -> None:
    """The machine's own TimeoutSeconds ends the execution without visiting any catcher."""
    wait = {"Type": "Wait", "Seconds": 60, "End": True}
    execution = sandbox.run_machine(guarded(wait, "States.Timeout", "States.ALL"), TimeoutSeconds=5)
    equal(execution["status"], "TIMED_OUT", "status")


@belief(
    operation("stepfunctions", "StopExecution"),
    breaks="a stopped run would be believed to undo its work",
    makes=MAKES,
)
def a_stopped_execution_visits_no_catch(sandbox: Sandbox) -> None:
    """StopExecution ends an execution as ABORTED, and no catcher runs."""
    client = sandbox.client("stepfunctions")
    machine = sandbox.machine(guarded(LONG_WAIT, "States.ALL"))
    arn = client.start_execution(stateMachineArn=machine)["executionArn"]
    sandbox.wait(3)
    client.stop_execution(executionArn=arn)
    equal(sandbox.ended(arn)["status"], "ABORTED", "status")
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in client.get_execution_history(executionArn=arn)["events"]
        if "stateEnteredEventDetails" in event
    ]
    check("Caught" not in entered, f"a catcher ran: {entered}")


@belief(STATES_VARIABLES, breaks="what a branch learnt would be missing after it", makes=MAKES)
def a_branch_keeps_its_variables(sandbox: Sandbox) -> None:
    """A branch reads the variables around it; those it assigns are gone when it ends."""
    inner = {
        "Type": "Pass",
        "Assign": {"inside": 2},
        "Output": "{% $outside %}",
        "End": True,
    }
    branch = {"StartAt": "Inner", "States": {"Inner": inner}}
    execution = sandbox.run_machine(
        {
            "Assign": {"Type": "Pass", "Assign": {"outside": 1}, "Next": "Branch"},
            "Branch": {"Type": "Parallel", "Branches": [branch], "Next": "Look"},
            "Look": {
                "Type": "Pass",
                "Output": {"read": "{% $states.input[0] %}", "kept": "{% $exists($inside) %}"},
                "End": True,
            },
        }
    )
    equal(execution["status"], "SUCCEEDED", f"status ({execution.get('error', 'no error')})")
    equal(json.loads(execution["output"]), {"read": 1, "kept": False}, "what was seen")


@belief(STATES_VARIABLES, breaks="a state's output would already show what it assigns", makes=MAKES)
def an_assigned_value_shows_in_the_next_state(sandbox: Sandbox) -> None:
    """A state's expressions see the variables as they were when it was entered."""
    execution = sandbox.run_machine(
        {
            "One": {"Type": "Pass", "Assign": {"step": 1}, "Next": "Two"},
            "Two": {
                "Type": "Pass",
                "Assign": {"step": 2, "before": "{% $step %}"},
                "Output": "{% $step %}",
                "Next": "Three",
            },
            "Three": {
                "Type": "Pass",
                "Output": "{% [$states.input, $before, $step] %}",
                "End": True,
            },
        }
    )
    equal(execution["status"], "SUCCEEDED", f"status ({execution.get('error', 'no error')})")
    equal(json.loads(execution["output"]), [1, 1, 2], "output, assigned, and afterwards")


@belief(
    guide(
        "Step Functions developer guide, context object",
        "step-functions/latest/dg/input-output-contextobject.html",
    ),
    breaks="a console start could prove who asked for it; approvals need not use a function URL",
    makes=MAKES,
)
def the_context_names_no_caller(sandbox: Sandbox) -> None:
    """The context object of an execution says nothing about who started it."""
    context = {"Type": "Pass", "Output": "{% $states.context.Execution %}", "End": True}
    execution = sandbox.run_machine({"Context": context})
    named = json.loads(execution["output"])
    check({"Id", "Name", "StartTime"} <= named.keys(), f"the context has {sorted(named)}")
    words = ("caller", "user", "principal", "identity", "startedby")
    telling = [key for key in named if any(word in key.lower() for word in words)]
    check(not telling, f"the context tells {telling}")


@belief(
    operation("stepfunctions", "ValidateStateMachineDefinition"),
    breaks="the archive's Distributed Map could not be written in JSONata",
)
def a_distributed_map_may_be_jsonata(sandbox: Sandbox) -> None:
    """A JSONata definition may hold a Map in DISTRIBUTED mode."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "One",
        "States": {"One": {"Type": "Pass", "End": True}},
    }
    states = {"Each": {"Type": "Map", "Items": [1], "ItemProcessor": processor, "End": True}}
    answer = sandbox.client("stepfunctions").validate_state_machine_definition(
        definition=json.dumps(definition(states))
    )
    equal(answer["result"], "OK", f"validation ({answer['diagnostics']})")


@belief(
    STATES_QUOTAS,
    breaks="a token could be an approval; who may read a history could answer for an approver",
    makes="1 machine, 1 role, 1 queue",
)
def a_task_token_is_in_the_history(sandbox: Sandbox) -> None:
    """The token of a waiting task is readable in the execution's history."""
    client = sandbox.client("stepfunctions")
    url, arn = sandbox.queue()
    message = {"QueueUrl": url, "MessageBody": {"token": "{% $states.context.Task.Token %}"}}
    ask = _token_task(message)
    machine = sandbox.machine({"Ask": ask}, rights={"sqs:SendMessage": arn})
    execution = client.start_execution(stateMachineArn=machine)["executionArn"]
    token = sandbox.received(url, within_seconds=60)["token"]
    history = json.dumps(client.get_execution_history(executionArn=execution), default=str)
    check(token in history, "the token is not in the history")
    client.stop_execution(executionArn=execution)


@belief(
    STATES_ERRORS,
    breaks="a lost callback would look like a slow one",
    makes="1 machine, 1 role, 1 queue",
)
def a_missed_heartbeat_has_its_own_name(sandbox: Sandbox) -> None:
    """A catcher of States.HeartbeatTimeout catches a heartbeat that was missed."""
    url, arn = sandbox.queue()
    task = _token_task({"QueueUrl": url, "MessageBody": "{% $states.context.Task.Token %}"})
    task |= {"HeartbeatSeconds": 5, "TimeoutSeconds": 60}
    states = guarded(task, "States.HeartbeatTimeout")
    execution = sandbox.run_machine(states, rights={"sqs:SendMessage": arn})
    check(caught(execution), "the catcher did not run")


@belief(
    STATES_ERRORS,
    breaks="a time-out would be retried as a failure",
    makes="1 machine, 1 role, 1 queue",
)
def a_task_timeout_is_not_a_task_failure(sandbox: Sandbox) -> None:
    """States.TaskFailed matches every error of a task but States.Timeout."""
    url, arn = sandbox.queue()
    task = _token_task({"QueueUrl": url, "MessageBody": "{% $states.context.Task.Token %}"})
    task |= {"TimeoutSeconds": 5}
    states = guarded(task, "States.TaskFailed", "States.Timeout")
    equal(
        caught(sandbox.run_machine(states, rights={"sqs:SendMessage": arn})),
        "States.Timeout",
        "the error caught",
    )


@belief(
    guide(
        "Step Functions developer guide, starting executions from a task",
        "step-functions/latest/dg/connect-stepfunctions.html",
        seen=False,
    ),
    breaks="a parent that catches States.Timeout of its child would never do so",
    makes="2 machines, 2 roles",
)
def a_nested_timeout_is_a_task_failure(sandbox: Sandbox) -> None:
    """A nested execution that times out fails its parent's task with States.TaskFailed."""
    child = sandbox.machine({"Wait": LONG_WAIT}, TimeoutSeconds=5)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": child, "Input": {}},
        "End": True,
    }
    rights = {"states:StartExecution": child, "states:DescribeExecution": "*", "events:*": "*"}
    states = guarded(task, "States.Timeout", "States.ALL")
    execution = sandbox.run_machine(states, rights=rights, within_seconds=180)
    equal(caught(execution), "States.TaskFailed", "the error caught")


def _token_task(arguments: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Arguments": arguments,
        "End": True,
    }
