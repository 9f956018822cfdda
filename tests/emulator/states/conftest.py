"""A lab with nothing but the engine: virtual time, and tasks that tests write as functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.states import Engine, Execution, StatesError

START = 1_700_000_000.0
REGION = "eu-central-1"
ROLE = "arn:aws:iam::123456789012:role/machine"
FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:work"
INVOKE = "arn:aws:states:::lambda:invoke"

Work = Callable[[Any], Any]


class Tasks:
    """Runs tasks as the test's functions, by function name or by resource, and notes the calls."""

    def __init__(self) -> None:
        self.work: dict[str, Work] = {}
        self.calls: list[tuple[str, Any, Mapping[str, Any]]] = []

    def run(
        self,
        resource: str,
        arguments: Any,
        context: Mapping[str, Any],
        region: str,
        role_arn: str,
    ) -> Any:
        """Run the function that belongs to the resource."""
        assert (region, role_arn) == (REGION, ROLE)
        self.calls.append((resource, arguments, context))
        if resource == INVOKE:
            payload = self.work[arguments["FunctionName"]](arguments.get("Payload"))
            return {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": payload}
        return self.work[resource](arguments)


class Lab:
    """An engine with shortcuts for what most tests do."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.tasks = Tasks()
        self.engine = Engine(scheduler, self.tasks)
        self._machines = 0

    def create(self, states: Mapping[str, Any], **top: Any) -> str:
        """Create a machine of these states, which starts at the first, and return its ARN."""
        self._machines += 1
        definition = machine(states, **top)
        return self.engine.create(f"machine-{self._machines}", REGION, definition, ROLE)

    def run(self, states: Mapping[str, Any], document: Any = None, **top: Any) -> Execution:
        """Create a machine, run it to its end and return the execution."""
        return self.engine.start(self.create(states, **top), input=document or {}).wait()

    def output(self, states: Mapping[str, Any], document: Any = None, **top: Any) -> Any:
        """Run a machine and return its output; fail the test when it did not succeed."""
        execution = self.run(states, document, **top)
        assert execution.output is not None, f"{execution.error}: {execution.cause}"
        return execution.output.value

    def kinds(self, execution: Execution) -> list[str]:
        """Return the types of an execution's events, in order."""
        return [event["type"] for event in self.engine.history(execution.arn)]

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the start of the lab."""
        return self.scheduler.now - START


def machine(states: Mapping[str, Any], **top: Any) -> dict[str, Any]:
    """Return a definition of these states, which starts at the first."""
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **top}


def failing(name: str, cause: str = "because") -> Work:
    """Return work that always fails with this error."""

    def fail(_payload: Any) -> Any:
        raise StatesError(name, cause)

    return fail


@pytest.fixture
def lab() -> Iterator[Lab]:
    """An empty lab, in virtual time."""
    scheduler = Scheduler(start=START)
    with scheduler.running():
        yield Lab(scheduler)
