"""How executions begin and end: started by name, nested, or as children of a Map Run."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.states.definition import Definition, MapState
from autopilot_lab.emulator.states.documents import Document
from autopilot_lab.emulator.states.errors import TIMEOUT, StatesError
from autopilot_lab.emulator.states.execution import Execution, Machine, Status
from autopilot_lab.emulator.states.history import NOT_TRUNCATED, History
from autopilot_lab.emulator.states.map_run import MapRun, Tolerance
from autopilot_lab.emulator.states.promises import Promise
from autopilot_lab.emulator.states.scopes import Scope
from autopilot_lab.emulator.states.strand import Runtime, Strand

EventListener = Callable[[Execution, dict[str, Any]], None]


class Lifecycle:
    """Begins and ends the executions of one engine, and keeps them."""

    def __init__(
        self, scheduler: Scheduler, rng: random.Random, on_event: EventListener | None
    ) -> None:
        self.executions: dict[str, Execution] = {}
        self.map_runs: dict[str, MapRun] = {}
        self._scheduler = scheduler
        self._rng = rng
        self._on_event = on_event

    def begin(
        self, arn: str, name: str, machine: Machine, document: Document, runtime: Runtime
    ) -> Execution:
        """Start an execution: recorded now, its first state when its task is due."""
        execution = Execution(
            arn=arn,
            name=name,
            machine=machine,
            input=document,
            started_at=self._scheduler.now,
            history=History(lambda: self._scheduler.now, lambda event: self._announce(arn, event)),
            ended=Promise(self._scheduler, f"end of {name}"),
        )
        self.executions[arn] = execution
        details = {
            "input": document.text,
            "inputDetails": NOT_TRUNCATED,
            "roleArn": machine.role_arn,
        }
        execution.history.add("ExecutionStarted", 0, details)
        execution.task = self._scheduler.spawn(
            lambda: self._run(execution, runtime), name=f"execution {name}"
        )
        seconds = machine.definition.timeout_seconds
        if seconds is not None:
            deadline = execution.started_at + seconds
            self._scheduler.call_at(deadline, lambda: self._cut_off(execution, "TIMED_OUT"))
        return execution

    def begin_child(
        self, parent: Execution, state: MapState, document: Document, runtime: Runtime
    ) -> Execution:
        """Start an execution of a Map Run: its states are those of the Map's processor.

        ARNs have the form that the developer guide shows under "Viewing a Distributed Map Run".
        """
        label = _label_of(state)
        machine = Machine(
            arn=f"{parent.machine.arn}/{label}",
            name=f"{parent.machine.name}/{label}",
            region=parent.machine.region,
            role_arn=parent.machine.role_arn,
            kind=parent.machine.kind,
            definition=Definition(state.processor, None, {}),
            created_at=parent.machine.created_at,
        )
        name = self.new_name()
        arn = f"{machine.arn.replace(':stateMachine:', ':execution:')}:{name}"
        return self.begin(arn, name, machine, document, runtime)

    def open_map_run(
        self, execution: Execution, state: MapState, concurrency_max: int, tolerance: Tolerance
    ) -> MapRun:
        """Return a new Map Run of an execution."""
        machine = execution.machine.arn.replace(":stateMachine:", ":mapRun:")
        run = MapRun(
            arn=f"{machine}/{_label_of(state)}:{self.new_name()}",
            execution_arn=execution.arn,
            concurrency_max=concurrency_max,
            tolerance=tolerance,
            started_at=self._scheduler.now,
            scheduler=self._scheduler,
        )
        self.map_runs[run.arn] = run
        return run

    def stop(
        self, execution: Execution, error: str | None = None, cause: str | None = None
    ) -> None:
        """Abort an execution that has not ended, where it stands."""
        self._cut_off(execution, "ABORTED", error, cause)

    def new_name(self) -> str:
        """Return a name in the form of a UUID, the same for the same seed."""
        digits = f"{self._rng.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def _run(self, execution: Execution, runtime: Runtime) -> None:
        container = execution.machine.definition.container
        context = execution.context()
        strand = Strand(runtime, execution, container, Scope(), previous=0, context=context)
        try:
            execution.output = strand.go(execution.input)
        except StatesError as error:
            execution.error, execution.cause = error.name or None, error.cause
            self._close(execution, "FAILED", "ExecutionFailed", strand.previous)
        except Exception as defect:
            execution.error = type(defect).__name__
            execution.cause = f"The lab itself failed: {defect}"
            self._close(execution, "FAILED", "ExecutionFailed", strand.previous)
            raise
        else:
            self._close(execution, "SUCCEEDED", "ExecutionSucceeded", strand.previous)

    def _cut_off(
        self,
        execution: Execution,
        status: Status,
        error: str | None = None,
        cause: str | None = None,
    ) -> None:
        """End an execution from outside; its last event points to 0, as recorded on AWS."""
        if not execution.running:
            return
        execution.error, execution.cause = error, cause
        kind = "ExecutionAborted" if status == "ABORTED" else "ExecutionTimedOut"
        self._close(execution, status, kind, 0)
        if execution.task is not None:
            execution.task.kill()

    def _close(self, execution: Execution, status: Status, kind: str, previous: int) -> None:
        execution.status, execution.stopped_at = status, self._scheduler.now
        execution.history.close(kind, previous, _end_details(execution))
        execution.ended.settle()

    def _announce(self, arn: str, event: dict[str, Any]) -> None:
        if self._on_event is not None:
            self._on_event(self.executions[arn], event)


def _label_of(state: MapState) -> str:
    """Return the Map's Label, or what stands in for it (AWS generates one)."""
    label = state.distributed.label if state.distributed else ""
    return label or "".join(filter(str.isalnum, state.name))[:40] or "Map"


def _end_details(execution: Execution) -> dict[str, Any]:
    if execution.output is not None:
        return {"output": execution.output.text, "outputDetails": NOT_TRUNCATED}
    error = TIMEOUT if execution.status == "TIMED_OUT" else execution.error
    ends = {"error": error, "cause": execution.cause}
    return {key: value for key, value in ends.items() if value is not None}
