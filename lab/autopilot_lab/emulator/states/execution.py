"""Machines and their executions, as the engine keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from autopilot_lab.emulator.clock import Task
from autopilot_lab.emulator.states.definition import Definition
from autopilot_lab.emulator.states.documents import Document
from autopilot_lab.emulator.states.history import History
from autopilot_lab.emulator.states.promises import Promise

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
Transition = tuple[str | None, Document]
"""Where a state leads (None: the strand ends) and with what."""


class TaskRunner(Protocol):
    """Carries out what Task states name; the engine knows no service."""

    def run(
        self,
        resource: str,
        arguments: Any,
        context: Mapping[str, Any],
        region: str,
        role_arn: str,
    ) -> Any:
        """Carry out `resource` with `arguments` and return its JSON result.

        `resource` is the Resource without its pattern suffix; `arguments` belong to the callee;
        `context` is `$states.context`. Runs as a scheduler task of its own, which goes on when the
        state times out or the execution is stopped. Raises `StatesError`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine."""

    arn: str
    name: str
    region: str
    role_arn: str
    kind: str
    definition: Definition
    created_at: float


@dataclass(eq=False)
class Execution:
    """One run of a machine. Times are Unix seconds; `output` is there when it succeeded."""

    arn: str
    name: str
    machine: Machine
    input: Document
    started_at: float
    history: History = field(repr=False)
    ended: Promise = field(repr=False)
    status: Status = "RUNNING"
    stopped_at: float | None = None
    output: Document | None = None
    error: str | None = None
    cause: str | None = None
    task: Task | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        """Whether the execution has not ended."""
        return self.status == "RUNNING"

    def wait(self, timeout_seconds: float | None = None) -> Execution:
        """Wait, in virtual time, until the execution has ended; return it, whatever its status.

        Raises `TaskTimeout` when `timeout_seconds` pass first.
        """
        self.ended.wait(timeout_seconds)
        return self

    def context(self) -> dict[str, Any]:
        """Return the parts of the context object that are the same in every state."""
        return {
            "Execution": {
                "Id": self.arn,
                "Input": self.input.value,
                "Name": self.name,
                "RoleArn": self.machine.role_arn,
                "StartTime": timestamp(self.started_at),
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": self.machine.arn, "Name": self.machine.name},
        }

    def describe(self) -> dict[str, Any]:
        """Return what DescribeExecution returns (botocore model, DescribeExecutionOutput)."""
        described: dict[str, Any] = {
            "executionArn": self.arn,
            "stateMachineArn": self.machine.arn,
            "name": self.name,
            "status": self.status,
            "startDate": datetime.fromtimestamp(self.started_at, UTC),
            "input": self.input.text,
            "inputDetails": {"included": True},
            "redriveCount": 0,
            "redriveStatus": "NOT_REDRIVABLE",
        }
        if self.stopped_at is not None:
            described["stopDate"] = datetime.fromtimestamp(self.stopped_at, UTC)
        if self.output is not None:
            described |= {"output": self.output.text, "outputDetails": {"included": True}}
        ends = {"error": self.error, "cause": self.cause}
        return described | {key: value for key, value in ends.items() if value is not None}


def timestamp(instant: float) -> str:
    """Return an instant as the context object writes it, in UTC with milliseconds."""
    moment = datetime.fromtimestamp(instant, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
