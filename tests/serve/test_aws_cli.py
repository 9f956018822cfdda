"""What an operator does with the AWS CLI, done with the AWS CLI."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.serve.conftest import LEDGER_KEY, ServedLab, started

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:hybrid-routing-traffic-ramp"
DIRECT = "eu-central-1/direct"
RAMP_DOWN = {"mode": "execute", "direction": "down", "route": DIRECT, "to_percent": 50}

#: Runs the AWS CLI with these words; gives what it prints, parsed.
Aws = Callable[..., Any]


@pytest.fixture
def aws(lab: ServedLab, aws_command: str) -> Aws:
    """The AWS CLI, pointed at the lab that the tests share."""
    return pointed_at(lab, aws_command)


def pointed_at(lab: ServedLab, aws_command: str) -> Aws:
    """The AWS CLI, pointed at `lab` by its environment only."""

    def run(*words: str) -> Any:
        done = subprocess.run(
            [aws_command, *words, "--output", "json"],
            env=lab.variables,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout or "null")

    return run


def test_the_runbooks_machines_are_listed(aws: Aws) -> None:
    """`list-state-machines` shows what the template deployed."""
    names = [one["name"] for one in aws("stepfunctions", "list-state-machines")["stateMachines"]]
    assert {"hybrid-routing-traffic-ramp", "hybrid-routing-health-sweep"} <= set(names)


def test_a_run_of_nothing_is_a_dry_run(aws: Aws, lab: ServedLab) -> None:
    """`start-execution` with {} shows a plan and changes nothing."""
    before = lab.allocation()
    run = start(aws, "dry-run", {})
    lab.control("time", seconds=60)
    described = aws("stepfunctions", "describe-execution", "--execution-arn", run)
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"])["outcome"] == "dry_run"
    assert lab.allocation() == before


def test_a_real_plan_moves_traffic_and_its_history_says_how(aws: Aws, lab: ServedLab) -> None:
    """`start-execution` with a plan ends in a new allocation; `get-execution-history` follows."""
    run = start(aws, "real-plan", RAMP_DOWN)
    lab.control("time", seconds=600)
    history = aws("stepfunctions", "get-execution-history", "--execution-arn", run)["events"]
    kinds = [event["type"] for event in history]
    assert kinds[0] == "ExecutionStarted"
    assert kinds[-1] == "ExecutionSucceeded"
    assert "WaitStateEntered" in kinds
    assert lab.allocation()[DIRECT] == 50


def test_a_critical_alarm_starts_a_run_and_moves_traffic(aws_command: str) -> None:
    """`set-alarm-state` triggers: the route is contained, and a run takes over."""
    with started("--clock", "virtual", "--traffic") as own:
        aws, before = pointed_at(own, aws_command), own.allocation()[DIRECT]
        aws(
            *("cloudwatch", "set-alarm-state", "--state-value", "ALARM"),
            *("--alarm-name", "hybrid-routing-eu-central-1-direct-failing"),
            *("--state-reason", "an operator tries it"),
        )
        own.control("time", seconds=20)
        assert [name for name in incidents(aws) if name.startswith("incident-traffic-")]
        assert allocated(aws) <= before - 50


def incidents(aws: Aws) -> list[str]:
    """The runs that answer incidents, by name."""
    machine = MACHINE.replace("traffic-ramp", "incident-response")
    runs = aws("stepfunctions", "list-executions", "--state-machine-arn", machine)["executions"]
    return [run["name"] for run in runs]


def allocated(aws: Aws) -> int:
    """The percent that the ledger gives the route."""
    item = aws(
        *("dynamodb", "get-item", "--table-name", "hybrid-routing-ledger"),
        *("--key", json.dumps(LEDGER_KEY)),
    )["Item"]
    return int(item["allocation"]["M"][DIRECT]["N"])


def start(aws: Aws, name: str, given: dict[str, Any]) -> str:
    """Start a ramp, and give the ARN of its execution."""
    answer = aws(
        *("stepfunctions", "start-execution", "--state-machine-arn", MACHINE),
        *("--name", name, "--input", json.dumps(given)),
    )
    return str(answer["executionArn"])
