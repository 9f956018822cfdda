"""What the runbooks need from the outside world, as verbs. Adapters provide it, tests fake it.

Each port says what its caller needs, not how one backend works. All raise
`autopilot.errors.Transient` when the other side did not answer, and nothing narrower.
Instants are Unix milliseconds (`*_ms`), durations seconds (`*_seconds`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from autopilot.domain.allocation import Route
from autopilot.domain.inventory import (
    CanaryFacts,
    GuardrailFacts,
    KeyFacts,
    LagFacts,
    ModelFacts,
    ProfileFacts,
    Right,
    Use,
)
from autopilot.domain.notice import Notice
from autopilot.domain.page import Page
from autopilot.domain.permit import Permit, SwitchPermit
from autopilot.domain.probes import ProbeResult
from autopilot.domain.readings import Reading
from autopilot.domain.switches import SwitchState
from autopilot.domain.trail_head import TrailHead
from autopilot.domain.writes import ConditionalWrite

if TYPE_CHECKING:
    from autopilot.domain.assessment import Assessment, Day
    from autopilot.domain.evidence.evidence import Account

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
        """Every key that begins with `prefix`, in order of the keys' UTF-8 bytes.

        Keys whose newest version says that there is nothing are among them.
        """
        ...

    def present(self, prefix: str) -> Iterator[str]:
        """Every key that begins with `prefix` and has something under it, in the same order."""
        ...

    def remove(self, key: str) -> None:
        """Take away what lies under `key`, if anything does."""
        ...


class TrailMetrics(Protocol):
    """Publishes what happens to the trail where alarms of this region see it."""

    def publish(self, name: str, value: int) -> None:
        """Publish one value now."""
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
class ModelLoad:
    """How one model was used in one region; None where there is no metric at all."""

    requests: int | None  #: accepted for processing, throttled ones not among them
    throttled: int | None
    peak_requests: int | None  #: most requests in one minute
    peak_tokens: int | None  #: most tokens, as quotas count them, in one minute


class ModelInventory(Protocol):
    """Reads Bedrock's models and what guards them. None means: there is no such thing."""

    def model(self, region: str, model: str) -> ModelFacts | None:
        """A foundation model."""
        ...

    def availability(self, region: str, model: str) -> Mapping[str, str]:
        """What Bedrock says of access to a model, by field: advice, never proof."""
        ...

    def inference_profile(self, region: str, profile: str) -> ProfileFacts | None:
        """An inference profile, with `region` as its source."""
        ...

    def guardrail(self, region: str, guardrail: str, version: str) -> GuardrailFacts | None:
        """One version of a guardrail."""
        ...

    def invocation_logging(self, region: str) -> bool:
        """Whether invocations of models are logged."""
        ...


class QuotaInventory(Protocol):
    """Reads what the account may use."""

    def quota(self, region: str, code: str) -> float | None:
        """The applied value of a quota of Bedrock; None when there is none of that code."""
        ...


class UseInventory(Protocol):
    """Reads how models were used, under all spellings of their own and their profile's id."""

    def load(
        self, region: str, model: str, profile: str, *, since_ms: int, until_ms: int
    ) -> ModelLoad:
        """The use of one model in few numbers."""
        ...

    def use(
        self, region: str, model: str, profile: str, *, since_ms: int, recent_ms: int, until_ms: int
    ) -> Use:
        """The same minute by minute, and the throttles since `recent_ms`."""
        ...


class RightsInventory(Protocol):
    """Reads what roles may do, without doing it."""

    def invoke_rights(
        self, role: str, profile_arn: str, resources: Sequence[str]
    ) -> Sequence[Right] | None:
        """Whether a role may invoke each resource through the profile; None: no such role."""
        ...


class Canaries(Protocol):
    """Invokes models, as the service would."""

    def canaries(
        self,
        region: str,
        model: str,
        *,
        count: int,
        role: str,
        guardrail: tuple[str, str] | None,
    ) -> Sequence[CanaryFacts]:
        """Up to `count` tiny invocations as `role`, until one fails."""
        ...


class CopyInventory(Protocol):
    """Reads how far copies of data are behind."""

    def lag(
        self, region: str, copy: tuple[str, str, str], *, since_ms: int, until_ms: int
    ) -> LagFacts | None:
        """Of a copy in `region`: its source bucket, bucket and rule; None when nothing was told."""
        ...


class KeyInventory(Protocol):
    """Reads the keys of the account."""

    def key(self, region: str, alias: str) -> KeyFacts | None:
        """The key behind an alias; None when there is no such alias."""
        ...


class ReplicaInventory(Protocol):
    """Asks one replica of the ledger, and no other."""

    def ledger_version(self, region: str) -> tuple[int, int] | None:
        """(epoch, version), strongly consistent; None when nothing is there."""
        ...


@dataclass(frozen=True, slots=True)
class Inventory:
    """The one reader of what the account has and may use, for every runbook and every control.

    Each read raises `Transient` when no answer came, and `autopilot.errors.Misconfigured` for a
    4xx: a setting or a right is wrong, and the region is there.
    """

    models: ModelInventory
    quotas: QuotaInventory
    use: UseInventory
    rights: RightsInventory
    canaries: Canaries
    copies: CopyInventory
    keys: KeyInventory
    replicas: ReplicaInventory


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
