"""The event history of one execution, in the types and details of GetExecutionHistory.

Shapes are those of the botocore model of `stepfunctions` (HistoryEvent and its details). Order and
`previousEventId` follow recordings on AWS: every event points to the one before it on its own
strand, the first state of an execution points to 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from autopilot_lab.emulator.states.errors import RUNTIME, StatesError

EVENTS_MAX = 25_000
"""A Standard execution fails when its history would grow beyond this (developer guide, quotas)."""

NOT_TRUNCATED: Mapping[str, bool] = {"truncated": False}


def history_full() -> StatesError:
    """Return the error for a history that holds as many events as an execution may have."""
    cause = f"The execution reached the maximum number of history events ({EVENTS_MAX})."
    return StatesError(RUNTIME, cause)


class History:
    """The events of one execution, numbered from 1."""

    def __init__(
        self, clock: Callable[[], float], announce: Callable[[dict[str, Any]], None]
    ) -> None:
        self._clock = clock
        self._announce = announce
        self._events: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._events)

    def add(self, kind: str, previous: int, details: Mapping[str, Any] | None = None) -> int:
        """Record an event and return its id.

        The last place is kept for the event that ends the execution; raises
        `States.Runtime` when any other event would take it.
        """
        if len(self._events) >= EVENTS_MAX - 1:
            raise history_full()
        return self._append(kind, previous, details)

    def close(self, kind: str, previous: int, details: Mapping[str, Any] | None = None) -> int:
        """Record the event that ends the execution and return its id."""
        return self._append(kind, previous, details)

    def events(self) -> list[dict[str, Any]]:
        """Return the events as boto3 returns them, with aware UTC timestamps."""
        return [
            {**event, "timestamp": datetime.fromtimestamp(event["timestamp"], UTC)}
            for event in self._events
        ]

    def _append(self, kind: str, previous: int, details: Mapping[str, Any] | None) -> int:
        identifier = len(self._events) + 1
        event: dict[str, Any] = {
            "timestamp": self._clock(),
            "type": kind,
            "id": identifier,
            "previousEventId": previous,
        }
        if details is not None:
            event[details_key(kind)] = details
        self._events.append(event)
        self._announce(event)
        return identifier


def details_key(kind: str) -> str:
    """Return the member of HistoryEvent that holds the details of events of this type."""
    if kind.endswith("StateEntered"):
        return "stateEnteredEventDetails"
    if kind.endswith("StateExited"):
        return "stateExitedEventDetails"
    return f"{kind[0].lower()}{kind[1:]}EventDetails"
