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
from autopilot.domain.notice import Notice
from autopilot.domain.page import Page
from autopilot.domain.permit import Permit
from autopilot.domain.probes import ProbeResult
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
        """Tell people; return which way the page went, in words.

        The same key again tells nobody a second time. Raises `Transient` when nobody could be
        told.
        """
        ...


class Channel(Protocol):
    """One way to people: a topic of a region, an incident service."""

    @property
    def name(self) -> str:
        """The way in words, as it is recorded."""
        ...

    def deliver(self, notice: Notice) -> None:
        """Hand the notice over.

        Raises `Unanswered` when it may have been taken, `Transient` when it was not.
        """
        ...


class Runs(Protocol):
    """Starts runbooks."""

    def start(self, *, runbook: str, name: str, request: Record) -> str:
        """Start a run; return its id. The same name and request again is the same run."""
        ...


class Sleeper(Protocol):
    """Lets time pass."""

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...


class Prober(Protocol):
    """Looks at public addresses."""

    def probe(self, urls: Mapping[str, str]) -> Mapping[str, ProbeResult]:
        """Probe every address once, side by side; by the same names, none left out."""
        ...


@dataclass(frozen=True, slots=True)
class ProbePoint:
    """One probe as a data point."""

    target: str
    at_ms: int  #: the start of its slot
    failed: bool


class ProbeMetrics(Protocol):
    """Publishes probes where alarms of this region see them."""

    def publish(self, points: Sequence[ProbePoint]) -> None:
        """Publish all of them, or none."""
        ...
