"""What the runbooks need from the outside world, as verbs. Adapters provide it, tests fake it.

Each port says what its caller needs, not how one backend works. All raise
`autopilot.errors.Transient` when the other side did not answer, and nothing narrower.
Instants are Unix milliseconds (`*_ms`), durations seconds (`*_seconds`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from autopilot.domain.allocation import Route
from autopilot.domain.page import Page
from autopilot.domain.permit import Permit
from autopilot.domain.trail_head import TrailHead
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


@dataclass(frozen=True, slots=True)
class Stored:
    """What lies under a key."""

    body: bytes
    version: str  #: the store's id of this version; empty where it keeps none
    tag: str  #: changes whenever the body does; for `replace`


@dataclass(frozen=True, slots=True)
class Listed:
    """One key, as the store lists it."""

    key: str
    bytes: int
    version: str
    versions: int = 1  #: kept under this key, the present one and marks of deletion included
    deleted: bool = False  #: the newest version says that there is nothing


class TrailStore(Protocol):
    """Where a log and what waits for it lie: a bucket, a folder. Keys are below its prefix."""

    def put_if_absent(self, key: str, body: bytes) -> str | None:
        """Store `body` and return its version; None when something is there already."""
        ...

    def replace(self, key: str, body: bytes, *, over: str | None) -> bool:
        """Store `body` if what lies there has the tag `over` (None: if nothing does)."""
        ...

    def get(self, key: str) -> Stored | None:
        """What lies under `key`, or None."""
        ...

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """Every key that begins with `prefix`, in order of the keys' UTF-8 bytes."""
        ...

    def remove(self, key: str) -> None:
        """Take away what lies under `key`, if anything does."""
        ...


class Signer(Protocol):
    """Holds an Ed25519 key and does not give it away (RFC 8032)."""

    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; the same message has the same one."""
        ...


class Anchor(Protocol):
    """Keeps the head of one log where whoever can write the bucket cannot."""

    def read(self) -> TrailHead:
        """The head as it stands; an empty one before the first change."""
        ...

    def swap(self, old: TrailHead, new: TrailHead) -> bool:
        """Put `new` where `old` stands; False when something else stands there now.

        A change that was applied though its answer was lost counts as applied.
        """
        ...
