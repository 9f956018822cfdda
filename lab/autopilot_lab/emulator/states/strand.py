"""A sequence of states, one after the other: a machine's, a branch's or an iteration's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopilot_lab.emulator.states.definition import Container
from autopilot_lab.emulator.states.documents import Document
from autopilot_lab.emulator.states.execution import Execution
from autopilot_lab.emulator.states.scopes import Scope
from autopilot_lab.emulator.states.visit import Visit

ABORTABLE = frozenset({"TaskState", "WaitState", "ParallelState", "MapState"})
"""States that have an event type for being aborted (botocore model, HistoryEventType)."""


class Strand:
    """Carries out the states of one container, with its own variables and chain of events."""

    def __init__(
        self,
        execution: Execution,
        container: Container,
        scope: Scope,
        *,
        previous: int,
        context: Mapping[str, Any],
    ) -> None:
        self.execution = execution
        self.scope = scope
        self.context = context
        self.previous = previous
        self._container = container
        self._visit: Visit | None = None

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
        carry_out = self.execution.runtime.states
        while target is not None:
            state = self._container.states[target]
            self._visit = visit = Visit(self, state, document)
            target, document = carry_out[type(state)](visit)
        self._visit = None
        return document

    def abort(self, previous: int) -> None:
        """Record that the state this strand stands in was aborted because of an event."""
        if self._visit is not None and self._visit.kind in ABORTABLE:
            self.execution.history.add(f"{self._visit.kind}Aborted", previous)
