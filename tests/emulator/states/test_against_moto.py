"""The same definitions on this engine and on moto's interpreter, a port of LocalStack's.

LocalStack's interpreter is tested against recordings of AWS. Every difference is listed with its
reason; a difference that is not listed, or that has gone, fails the test.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import jsonata
import moto.stepfunctions.parser.asl.jsonata.jsonata as moto_jsonata
import pytest
from moto import mock_aws

from tests.emulator.states.conftest import REGION, ROLE, Lab, failing, machine

#: The lab's clock stands in for `time.sleep`; moto's threads need real time to get on.
really_sleep = time.sleep

PASS: dict[str, Any] = {"Type": "Pass", "End": True}
FAIL: dict[str, Any] = {"Type": "Fail", "Error": "X", "Cause": "y"}
SDK = "arn:aws:states:::aws-sdk:sqs:"


@dataclass(frozen=True)
class Case:
    """A machine, run with `{"x": 1}`, and the fields that differ, each with the reason.

    moto runs branches on threads: between those `at_once`, the order of events is nobody's.
    """

    states: dict[str, Any]
    differs: dict[str, str] = field(default_factory=dict)
    at_once: bool = False


def choosing(condition: str, **default: Any) -> dict[str, Any]:
    """Return a Choice with one rule that brings Output and Assign of its own."""
    rule = {"Condition": condition, "Next": "B", "Output": {"is": "up"}, "Assign": {"w": 1}}
    return {"A": {"Type": "Choice", "Choices": [rule], **default}, "B": {"Type": "Succeed"}}


def parallel(*states: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a Parallel with one state in each branch."""
    branches = [
        {"StartAt": f"I{number}", "States": {f"I{number}": state}}
        for number, state in enumerate(states)
    ]
    return {"Type": "Parallel", "Branches": branches, **more}


def mapped(items: list[int], **more: Any) -> dict[str, Any]:
    """Return a Map over these items, one after the other."""
    processor = {"StartAt": "I", "States": {"I": PASS}}
    return {"Type": "Map", "Items": items, "ItemProcessor": processor, "MaxConcurrency": 1, **more}


CASES = {
    "an expression in an object": Case({"A": {**PASS, "Output": {"a": "{% $states.input.x %}"}}}),
    "a variable": Case(
        {
            "A": {"Type": "Pass", "Assign": {"n": "{% $states.input.x %}"}, "Next": "B"},
            "B": {"Type": "Succeed", "Output": "{% $n * 2 %}"},
        }
    ),
    "variables exchanged": Case(
        {
            "A": {"Type": "Pass", "Assign": {"x": 1, "y": 2}, "Next": "B"},
            "B": {"Type": "Pass", "Assign": {"x": "{% $y %}", "y": "{% $x %}"}, "Next": "C"},
            "C": {"Type": "Succeed", "Output": {"x": "{% $x %}", "y": "{% $y %}"}},
        }
    ),
    "the context object": Case(
        {"A": {**PASS, "Output": {"name": "{% $states.context.StateMachine.Name %}"}}}
    ),
    "a rule that holds": Case(choosing("{% $states.input.x > 0 %}", Default="B")),
    "the default of a choice": Case(
        choosing("{% $states.input.x < 0 %}", Default="B", Output={"is": "down"}, Assign={"w": 2})
    ),
    "a choice without a way out": Case(
        choosing("{% $states.input.x < 0 %}"),
        {"cause": "moto leaks its own exception; ours is the text measured on AWS"},
    ),
    "a fail state": Case({"A": {**FAIL, "Cause": "{% 'c' & $states.input.x %}"}}),
    "an undefined output": Case(
        {"A": {**PASS, "Output": "{% $states.input.absent %}"}},
        {"cause": "moto does not name the field; AWS does"},
    ),
    "a type error": Case(
        {"A": {**PASS, "Output": "{% 1 + 'a' %}"}},
        {
            "error": "moto reports States.Runtime; the specification States.QueryEvaluationError",
            "cause": "moto leaks its own exception",
            "history": "moto records no EvaluationFailed",
        },
    ),
    "a wait of no time": Case({"A": {"Type": "Wait", "Seconds": 0, "End": True}}),
    "two branches": Case({"A": parallel(PASS, {**PASS, "Output": 2}, End=True)}, at_once=True),
    "a branch that fails": Case({"A": parallel(FAIL, End=True)}),
    "a caught branch": Case(
        {
            "A": parallel(
                FAIL,
                Catch=[
                    {
                        "ErrorEquals": ["X"],
                        "Next": "Z",
                        "Assign": {"e": "{% $states.errorOutput.Error %}"},
                    }
                ],
                End=True,
            ),
            "Z": {"Type": "Succeed"},
        }
    ),
    "a map": Case(
        {
            "A": mapped(
                [1, 2, 3],
                ItemSelector={
                    "v": "{% $states.context.Map.Item.Value %}",
                    "i": "{% $states.context.Map.Item.Index %}",
                },
                End=True,
            )
        }
    ),
    "a map of nothing": Case({"A": mapped([], End=True)}),
    "functions of Step Functions": Case(
        {"A": {**PASS, "Output": {"r": "{% $range(0, 9, 2) %}", "p": "{% $parse('[1]') %}"}}}
    ),
    "a hash": Case(
        {"A": {**PASS, "Output": {"h": "{% $hash('a', 'SHA-256') %}"}}},
        {"output": "moto has no $hash", "history": "the same output in the events"},
    ),
    "a call of the AWS SDK": Case(
        {"A": {"Type": "Task", "Resource": SDK + "listQueues", "Arguments": {}, "End": True}}
    ),
}


@pytest.fixture(scope="module")
def moto_client() -> Iterator[Any]:
    """Step Functions of moto, which runs machines in threads and in real time."""
    config: Any = {
        "stepfunctions": {"execute_state_machine": True},
        "lambda": {"use_docker": False},
    }
    logging.disable(logging.CRITICAL)
    with pytest.MonkeyPatch.context() as patch, mock_aws(config=config):
        # moto lacks the evaluator that LocalStack's interpreter has; this is where it goes.
        patch.setattr(moto_jsonata, "_eval_jsonata", evaluate)
        yield boto3.client(
            "stepfunctions",
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106  # moto asks for some
        )
    logging.disable(logging.NOTSET)


def evaluate(source: str) -> Any:
    """Evaluate an expression that holds the values of its variables in its text."""
    return jsonata.Jsonata(source).evaluate(None)


@pytest.mark.parametrize("name", CASES)
def test_both_interpreters_agree_but_for_what_is_explained(
    lab: Lab, moto_client: Any, name: str
) -> None:
    """Status, output, error, cause, and the chain of events."""
    case = CASES[name]
    ours, theirs = ours_of(lab, case), theirs_of(moto_client, case, list(CASES).index(name))
    differing = {key for key, value in ours.items() if value != theirs[key]}
    assert differing == set(case.differs), (ours, theirs)


def ours_of(lab: Lab, case: Case) -> dict[str, Any]:
    """Run a case on the engine."""
    lab.tasks.work[SDK + "listQueues"] = lambda _arguments: {}
    lab.tasks.work[SDK + "getQueueUrl"] = failing("Sqs.QueueDoesNotExistException")
    execution = lab.run(case.states, {"x": 1})
    described = execution.describe()
    return facts(case, described, lab.engine.history(execution.arn))


def theirs_of(client: Any, case: Case, number: int) -> dict[str, Any]:
    """Run a case on moto."""
    arn = client.create_state_machine(
        name=f"machine-{number}", definition=json.dumps(machine(case.states)), roleArn=ROLE
    )["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=arn, input='{"x":1}')["executionArn"]
    for _ in range(500):
        described = client.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            break
        really_sleep(0.01)
    return facts(case, described, client.get_execution_history(executionArn=execution)["events"])


def facts(case: Case, described: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is compared of an execution."""
    output = described.get("output")
    return {
        "status": described["status"],
        "output": None if output is None else without_names(json.loads(output)),
        "error": described.get("error"),
        "cause": described.get("cause"),
        "history": of_each_state(events) if case.at_once else chain_of(events),
    }


def chain_of(events: list[dict[str, Any]]) -> list[Any]:
    """Return the events in their order, each with the one that it follows."""
    return [
        (event["id"], event["previousEventId"], event["type"], exit_of(event)) for event in events
    ]


def of_each_state(events: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Return the events by the state that they name, each with the kind of the one it follows."""
    kinds = {event["id"]: event["type"] for event in events}
    found: dict[str, list[Any]] = {}
    for event in events:
        follows = kinds.get(event["previousEventId"])
        found.setdefault(state_of(event), []).append((event["type"], follows, exit_of(event)))
    return found


def state_of(event: dict[str, Any]) -> str:
    """Return the name in an event of entry or exit, "" for every other event."""
    details = event.get("stateEnteredEventDetails") or event.get("stateExitedEventDetails") or {}
    return str(details.get("name", ""))


def exit_of(event: dict[str, Any]) -> Any:
    """Return the output that an exit event holds."""
    text = event.get("stateExitedEventDetails", {}).get("output")
    return None if text is None else without_names(json.loads(text))


def without_names(value: Any) -> Any:
    """Return a value with the numbers of machine names left out."""
    if isinstance(value, dict):
        return {key: without_names(item) for key, item in value.items()}
    return "machine" if isinstance(value, str) and value.startswith("machine-") else value
