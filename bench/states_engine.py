"""Executions and transitions per second of our engine, against moto's interpreter.

Both run the same definitions in one process on one core, in turns; none of them waits, because
moto waits in real time and this engine does not. Run as `make bench`, or
`python -m bench.states_engine --rounds 5`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import boto3
import jsonata
import moto.stepfunctions.parser.asl.jsonata.jsonata as moto_jsonata
from moto import mock_aws
from moto.stepfunctions.parser.api import ExecutionStatus
from rich.console import Console
from rich.table import Table

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.states import Engine

REGION: Final = "eu-central-1"
ROLE: Final = "arn:aws:iam::123456789012:role/bench"
INPUT: Final = '{"step": -1}'
GOAL: Final = 10.0  #: times moto's rate
MOTO: Final[Any] = {
    "stepfunctions": {"execute_state_machine": True},
    "lambda": {"use_docker": False},
}
_names = itertools.count(1)


def counting_loop() -> dict[str, Any]:
    """A variable counts to forty through a Pass and a Choice."""
    return {
        "Begin": {"Type": "Pass", "Assign": {"n": 0}, "Next": "Count"},
        "Count": {"Type": "Pass", "Assign": {"n": "{% $n + 1 %}"}, "Next": "Enough"},
        "Enough": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $n < 40 %}", "Next": "Count"}],
            "Default": "End",
        },
        "End": {"Type": "Succeed", "Output": "{% $n %}"},
    }


def straight_line() -> dict[str, Any]:
    """Thirty Pass states that rebuild their input."""
    states: dict[str, Any] = {
        f"Step {number}": {
            "Type": "Pass",
            "Output": {"step": number, "was": "{% $states.input.step %}"},
            "Next": f"Step {number + 1}",
        }
        for number in range(30)
    }
    return states | {"Step 30": {"Type": "Succeed"}}


def map_of_items() -> dict[str, Any]:
    """An inline Map over twenty items, one after the other."""
    processor = {
        "StartAt": "Square",
        "States": {
            "Square": {"Type": "Pass", "Output": "{% $states.input * $states.input %}", "End": True}
        },
    }
    return {
        "Each": {
            "Type": "Map",
            "Items": list(range(20)),
            "ItemProcessor": processor,
            "MaxConcurrency": 1,
            "End": True,
        }
    }


DEFINITIONS: Final[dict[str, Callable[[], dict[str, Any]]]] = {
    "counting loop": counting_loop,
    "straight line": straight_line,
    "map of items": map_of_items,
}


def definition_of(states: dict[str, Any]) -> dict[str, Any]:
    """A whole machine of these states."""
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


class Ours:
    """This project's engine."""

    def __init__(self, definition: dict[str, Any], scheduler: Scheduler) -> None:
        """Create the machine."""
        self._engine = Engine(scheduler, _no_tasks())
        self._machine = self._engine.create(f"m{next(_names)}", REGION, definition, ROLE)

    def run(self) -> int:
        """One execution; the states it entered."""
        execution = self._engine.start(self._machine, f"e{next(_names)}", INPUT)
        execution.wait(60)
        _require(execution.status, execution.cause)
        return _entered([event["type"] for event in self._engine.history(execution.arn)])


class Theirs:
    """moto's interpreter, through its API; a poll every tenth of a millisecond."""

    def __init__(self, definition: dict[str, Any], client: Any) -> None:
        """Create the machine."""
        self._client = client
        self._machine = client.create_state_machine(
            name=f"m{next(_names)}", definition=json.dumps(definition), roleArn=ROLE
        )["stateMachineArn"]

    def run(self) -> int:
        """One execution; the states it entered."""
        from moto.stepfunctions.parser.models import (  # noqa: PLC0415 - once mocked
            stepfunctions_parser_backends as backends,
        )

        arn = self._client.start_execution(
            stateMachineArn=self._machine, name=f"e{next(_names)}", input=INPUT
        )["executionArn"]
        backend: Any = backends["123456789012"][REGION]
        execution = _execution(backend, arn)
        while execution.exec_status in {None, ExecutionStatus.RUNNING}:
            time.sleep(0.0001)
        _require(execution.exec_status.value, execution.cause)
        events = execution.to_history_output()["events"]
        return _entered([str(event["type"]) for event in events])


def _execution(backend: Any, arn: str) -> Any:
    """The execution itself: moto's API would spend longer on describing it than on running it."""
    machine = next(
        each
        for each in reversed(backend.state_machines)
        if each.arn in arn.replace(":execution:", ":stateMachine:")
    )
    return machine.executions[-1]


def _require(status: str, cause: object) -> None:
    """A machine that fails is quick and proves nothing."""
    if status != "SUCCEEDED":
        message = f"expected SUCCEEDED, got {status}: {cause}"
        raise RuntimeError(message)


def _no_tasks() -> Any:
    class NoTasks:
        def run(self, resource: str, *_: object) -> Any:
            raise AssertionError(resource)

    return NoTasks()


def _entered(types: list[str]) -> int:
    return sum(kind.endswith("StateEntered") for kind in types)


def rate(side: Ours | Theirs, seconds: float) -> tuple[float, float]:
    """(executions, transitions) per second of processor time's wall clock."""
    executions = transitions = 0
    started = time.perf_counter()
    while (took := time.perf_counter() - started) < seconds:
        transitions += side.run()
        executions += 1
    return executions / took, transitions / took


@contextmanager
def both(definition: dict[str, Any]) -> Iterator[tuple[Ours, Theirs]]:
    """The two sides, ready to run."""
    scheduler = Scheduler(start=1_790_000_000.0)
    original = moto_jsonata._eval_jsonata  # noqa: SLF001 - moto ships without an evaluator
    moto_jsonata._eval_jsonata = lambda text: jsonata.Jsonata(text).evaluate(None)  # noqa: SLF001
    try:
        with mock_aws(config=MOTO):
            client = boto3.client(
                "stepfunctions",
                region_name=REGION,
                aws_access_key_id="testing",
                aws_secret_access_key="testing",  # noqa: S106 - moto asks for some
            )
            yield Ours(definition, scheduler), Theirs(definition, client)
    finally:
        moto_jsonata._eval_jsonata = original  # noqa: SLF001


def compare(states: dict[str, Any], rounds: int, seconds: float) -> tuple[list[float], ...]:
    """Rates of both, in turns: our executions and transitions, theirs, and the ratios."""
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    with both(definition_of(states)) as (our_side, their_side):
        our_side.run(), their_side.run()
        for _ in range(rounds):
            ours.append(rate(our_side, seconds))
            theirs.append(rate(their_side, seconds))
    ratios = [mine[1] / other[1] for mine, other in zip(ours, theirs, strict=True)]
    return [r[0] for r in ours], [r[1] for r in ours], [r[1] for r in theirs], ratios


def main() -> int:
    """Print the table; 1 when a ratio's median is below the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each side in each round")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    table = Table(title="State machines: our engine against moto's interpreter", box=None)
    for heading in ("definition", "executions/s", "transitions/s", "moto's", "ratio", "min", "max"):
        table.add_column(heading, justify="left" if heading == "definition" else "right")
    reached = True
    for name, states in DEFINITIONS.items():
        executions, transitions, theirs, ratios = compare(states(), options.rounds, options.seconds)
        middle = statistics.median(ratios)
        reached = reached and middle >= GOAL
        table.add_row(
            name,
            f"{statistics.median(executions):,.0f}",
            f"{statistics.median(transitions):,.0f}",
            f"{statistics.median(theirs):,.0f}",
            f"{middle:.1f} x",
            f"{min(ratios):.1f}",
            f"{max(ratios):.1f}",
        )
    console = Console()
    console.print(table)
    console.print(f"goal: at least {GOAL:g} x in the median: {'reached' if reached else 'missed'}")
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
