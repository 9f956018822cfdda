"""What happened in the embedded AWS, in order: the raw material of stories, reports and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

Event: TypeAlias = dict[str, Any]

EVENTS_MAX = 2_000_000


class EventLog:
    """An append-only list of events; each is a dict with `t` (Unix seconds), `kind` and fields.

    Kinds written by the cloud: `call`, `invocation`, `alarm`, `delivery`, `execution`, `state`,
    `page`, `refused_invocation`, `dropped_event`; by access: `denied`, `missing_right`.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._events: list[Event] = []

    def add(self, kind: str, **fields: Any) -> Event:
        """Append an event that happens now, and return it (a caller may complete it later)."""
        if len(self._events) >= EVENTS_MAX:
            raise OverflowError(f"more than {EVENTS_MAX} events: the run has no end")
        event: Event = {"t": self._now(), "kind": kind, **fields}
        self._events.append(event)
        return event

    def of(self, kind: str, **fields: Any) -> list[Event]:
        """Events of one kind whose named fields equal the values given, oldest first."""
        return [
            event
            for event in self._events
            if event["kind"] == kind
            and all(event.get(name) == value for name, value in fields.items())
        ]

    def __iter__(self) -> Iterator[Event]:
        return iter(self._events)

    def __len__(self) -> int:
        return len(self._events)

    def __getitem__(self, index: int) -> Event:
        return self._events[index]
