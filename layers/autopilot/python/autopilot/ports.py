"""What the runbooks need from the outside world, as verbs. Adapters provide it, tests fake it.

Each port says what its caller needs, not how one backend works. All raise
`autopilot.errors.Transient` when the other side did not answer, and nothing narrower.
Instants are Unix milliseconds (`*_ms`), durations seconds (`*_seconds`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from autopilot.domain.allocation import Route
from autopilot.domain.page import Page
from autopilot.domain.permit import Permit, SwitchPermit
from autopilot.domain.switches import SwitchState
from autopilot.domain.writes import ConditionalWrite

Record: TypeAlias = Mapping[str, Any]


class Clock(Protocol):
    """Tells the time."""

    def now_ms(self) -> int:
        """The present instant."""
        ...


class LedgerStore(Protocol):
    """The strongly consistent table: one item of a service is read and written at once."""

    def read(self, record: str, *, consistent: bool = True) -> Record | None:
        """The item as it stands, or None when there is none."""
        ...

    def query(self, prefix: str, *, limit: int = 100) -> Sequence[Record]:
        """Items whose `record` begins with `prefix`, in order of `record`."""
        ...

    def write(self, write: ConditionalWrite, permit: Permit) -> Record:
        """Apply all of `write` or nothing; return the item as it stands afterwards.

        Raises `autopilot.domain.writes.ConditionFailed` with the item as it stood.
        """
        ...


@dataclass(frozen=True, slots=True)
class Counts:
    """What was counted for one route in a window."""

    requests: int
    failures: int
    newest_ms: int | None  #: end of the newest period with data; None when there was none
    p95_latency_ms: float | None = None


class Telemetry(Protocol):
    """Reads what the service's routers published."""

    def route_counts(
        self, routes: Sequence[Route], *, since_ms: int, until_ms: int
    ) -> Mapping[Route, Counts]:
        """Counts of every route named; a route without data has zero requests."""
        ...


class Trail(Protocol):
    """Append-only store of exported entries."""

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Store `body`; False when something is there already (nothing is overwritten)."""
        ...

    def get(self, key: str) -> bytes | None:
        """What is stored under `key`, or None."""
        ...


class Pager(Protocol):
    """Tells people. A page is not an effect: it needs no permit."""

    def page(self, page: Page) -> str:
        """Tell people; return which way the page went, in words."""
        ...


class Runs(Protocol):
    """Starts runbooks."""

    def start(self, *, runbook: str, name: str, request: Record) -> str:
        """Start a run; return its id. The same name and request again is the same run."""
        ...


class Switch(Protocol):
    """Something outside the ledger that moves releases or settings."""

    def observe(self) -> SwitchState:
        """What it shows now."""
        ...

    def change(self, to: str, expected: SwitchState, permit: SwitchPermit) -> SwitchState:
        """Turn it to `to`, as `permit` allows; return what it shows afterwards.

        Raises `autopilot.errors.Refused` when the service can compare and no longer shows
        `expected`. Twice is once: turning it to where it is changes nothing that matters.
        """
        ...
