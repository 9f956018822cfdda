"""A sequence of states, one after the other: a machine's, a branch's or an iteration's."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.states.callbacks import Callbacks
from autopilot_lab.emulator.states.definition import Container, MapState, State
from autopilot_lab.emulator.states.documents import Document
from autopilot_lab.emulator.states.execution import Execution, TaskRunner, Transition
from autopilot_lab.emulator.states.expressions import Evaluator
from autopilot_lab.emulator.states.map_run import MapRun, Tolerance
from autopilot_lab.emulator.states.scopes import Scope

ABORTABLE = frozenset({"TaskState", "WaitState", "ParallelState", "MapState"})
"""States that have an event type for being aborted (botocore model, HistoryEventType)."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the strands of all executions of one engine share."""

    scheduler: Scheduler
    evaluator: Evaluator
    rng: random.Random
    tasks: TaskRunner
    callbacks: Callbacks
    carry_out: Callable[[Strand, State, Document], Transition]
    start_nested: Callable[[Mapping[str, Any]], Execution]
    start_child: Callable[[Execution, MapState, Document], Execution]
    open_map_run: Callable[[Execution, MapState, int, Tolerance], MapRun]
    stop: Callable[[Execution], None]


class Strand:
    """Carries out the states of one container, with its own variables and chain of events."""

    def __init__(
        self,
        runtime: Runtime,
        execution: Execution,
        container: Container,
        scope: Scope,
        *,
        previous: int,
        context: Mapping[str, Any],
    ) -> None:
        self.runtime = runtime
        self.execution = execution
        self.scope = scope
        self.context = context
        self.previous = previous
        self._container = container
        self._stands_in: State | None = None

    def record(self, kind: str, details: Mapping[str, Any] | None = None) -> int:
        """Record an event after the last one of this strand and return its id."""
        self.previous = self.execution.history.add(kind, self.previous, details)
        return self.previous

    def remark(self, kind: str, details: Mapping[str, Any] | None = None) -> int:
        """Record an event that later ones do not point to, and return its id.

        Such are the events that say a Parallel, Map or iteration has succeeded (order of
        LocalStack's interpreter, which is checked against recordings on AWS).
        """
        return self.execution.history.add(kind, self.previous, details)

    def go(self, document: Document) -> Document:
        """Carry out the states from the first to a terminal one and return the last output.

        Raises `StatesError` when a state fails and nothing catches it.
        """
        target: str | None = self._container.start_at
        while target is not None:
            self._stands_in = state = self._container.states[target]
            target, document = self.runtime.carry_out(self, state, document)
        self._stands_in = None
        return document

    def abort(self, previous: int) -> None:
        """Record that the state this strand stands in was aborted because of an event."""
        kind = type(self._stands_in).__name__
        if kind in ABORTABLE:
            self.execution.history.add(f"{kind}Aborted", previous)
