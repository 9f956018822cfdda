"""What the runbooks need from the outside world, as verbs. Adapters provide it, tests fake it.

Each port says what its caller needs, not how one backend works. All raise
`autopilot.errors.Transient` when the other side did not answer, and nothing narrower.
Instants are Unix milliseconds (`*_ms`), durations seconds (`*_seconds`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from autopilot.domain.allocation import Route
    from autopilot.domain.assessment import Assessment, Day
    from autopilot.domain.evidence.evidence import Account
    from autopilot.domain.notice import Notice
    from autopilot.domain.page import Page
    from autopilot.domain.permit import Permit, SwitchPermit
    from autopilot.domain.probes import ProbeResult
    from autopilot.domain.readings import Reading
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


class Telemetry(Protocol):
    """Reads what the service's routers published."""

    def route_counts(
        self,
        routes: Sequence[Route],
        *,
        since_ms: int,
        until_ms: int,
        leave_out: Collection[str] = (),
    ) -> Mapping[Route, Counts]:
        """Counts of every route named; a route without data has zero requests.

        Regions in `leave_out` are not asked: they are known not to answer, and nobody waits.
        """
        ...


class Trail(Protocol):
    """Takes what leaves the journal."""

    def keep(self, journal: Sequence[Record]) -> None:
        """Keep entries joined with their causes; what is kept twice counts once."""
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


class Meter(Protocol):
    """Publishes what was measured, as metrics of this region."""

    def record(self, readings: Sequence[Reading]) -> None:
        """Publish the readings; never fails what they are about."""
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


# ------------------------------------------------------------- what the health sweep looks at


class Measure(StrEnum):
    """What the routers count about requests, as a share that missed an objective."""

    FAILED = "failed"  #: without a usable answer
    SLOW = "slow"  #: answered later than a limit
    SECOND_CHOICE = "second choice"  #: not answered by the path that was chosen first


@dataclass(frozen=True, slots=True)
class Ask:
    """One measure of the whole service, in periods of so many seconds."""

    measure: Measure
    period_seconds: int
    slower_than_ms: int = 0  #: the limit of `SLOW`


@dataclass(frozen=True, slots=True)
class Bucket:
    """What all routers counted in one period."""

    start_ms: int
    requests: int
    missed: int  #: requests that missed the objective


@dataclass(frozen=True, slots=True)
class Series:
    """Periods with data, oldest first, over all routes."""

    buckets: tuple[Bucket, ...]
    period_seconds: int
    silent: tuple[str, ...] = ()  #: regions whose metrics did not answer: their part is missing


class ServiceLevels(Protocol):
    """Reads what the routers published over longer windows, for all routes together."""

    def read(
        self, asks: Sequence[Ask], routes: Sequence[Route], *, since_ms: int, until_ms: int
    ) -> Mapping[Ask, Series]:
        """Every measure over the window."""
        ...


@dataclass(frozen=True, slots=True)
class AlarmFacts:
    """An alarm as it stands."""

    name: str
    state: str  #: OK, ALARM or INSUFFICIENT_DATA
    since_ms: int  #: when it entered that state
    acts: bool  #: whether its actions are enabled
    route: Route | None  #: when its dimensions name one
    arn: str = ""
    namespaces: tuple[str, ...] = ()  #: of its metrics; none for a composite alarm
    suppressed_by: str = ""  #: what holds a composite alarm's actions back, such as `Alarm`
    has_action: bool = True  #: of its own; without one a composite looks at it, or a rule takes it


class Alarms(Protocol):
    """Reads the alarms of this region."""

    def begin_with(self, prefix: str) -> Sequence[AlarmFacts]:
        """Every metric and composite alarm whose name begins so."""
        ...


class Queues(Protocol):
    """Counts what could not be delivered."""

    def waiting(self) -> Mapping[str, int]:
        """Messages in each queue of failures, by its name."""
        ...


@dataclass(frozen=True, slots=True)
class EndpointAnswer:
    """What one of the service's endpoints answered."""

    status: int  #: of HTTP
    body: Any  #: the parsed JSON; None when there was none


class Endpoints(Protocol):
    """Asks the service about itself, over its public address."""

    def get_json(self, url: str) -> EndpointAnswer:
        """Fetch one address; `Transient` when no answer came."""
        ...


# --------------------------------------------------------- what the compliance check works with


class AccountReader(Protocol):
    """Reads what the account holds."""

    def read(self) -> Account:
        """All of it; what did not answer is unread in it, with the reason."""
        ...


class ReportShelf(Protocol):
    """Files reports."""

    def keep(self, assessment: Assessment, before: Sequence[Day], run: str) -> str:
        """File the report of a check, with the trend of the days before; return where it is.

        Twice is once for a run.
        """
        ...


class FindingsHub(Protocol):
    """Where an organisation gathers findings of all its accounts."""

    def publish(self, assessment: Assessment) -> int:
        """Publish every finding; return how many were, 0 where nobody asked for it."""
        ...


class ComplianceDesk(Protocol):
    """What only the compliance check needs, each part built when it is first asked for."""

    @property
    def account(self) -> AccountReader:
        """Reads what the account holds."""
        ...

    @property
    def shelf(self) -> ReportShelf:
        """Files reports."""
        ...

    @property
    def findings_hub(self) -> FindingsHub:
        """Where findings of several accounts come together."""
        ...
