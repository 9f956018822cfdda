"""What a drill left behind. Instants are seconds since the start of the drill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from autopilot.domain.allocation import Allocation, Route, VersionedAllocation
from autopilot_lab.emulator.event_log import Event
from autopilot_lab.emulator.world.series import Series

INCIDENT_CHANNEL: Final = "incident channel"  #: stands in a page's region when it has none


@dataclass(frozen=True, slots=True)
class AlarmChange:
    """An alarm went from one state to another."""

    at: float
    name: str
    region: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of the allocation, as the ledger's entry has it."""

    at: float
    entry_id: str
    act: str
    runbook: str
    by: str
    why: str
    before: Allocation
    after: VersionedAllocation
    #: The AWS call that carried it, as the event log has it; None when it cannot be told.
    call: Event | None = None
    digest: str = ""  #: of the plan, as the entry has it
    fence: int = 0  #: of the lease it was made under; 0 when it needed none

    @property
    def moved_percent(self) -> int:
        """Points that changed route."""
        return self.after.allocation.total_moved(self.before)


@dataclass(frozen=True, slots=True)
class Turned:
    """One turn of a switch elsewhere, as the ledger's intent has it."""

    at: float
    act: str
    switch: str
    before: str
    to: str
    by: str
    why: str
    entry_id: str = ""


@dataclass(frozen=True, slots=True)
class StateEntered:
    """An execution entered a state."""

    at: float
    run: str
    state: str


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a state machine."""

    name: str
    runbook: str
    region: str
    started_at: float
    ended_at: float | None
    status: str  #: RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED
    error: str = ""
    cause: str = ""
    output: Any = None
    states: Sequence[StateEntered] = ()
    history: Sequence[Event] = ()  #: as GetExecutionHistory returns it

    @property
    def ending(self) -> str:
        """How it ended, in words: the outcome it reports, else its error, else its status."""
        if isinstance(self.output, Mapping) and "outcome" in self.output:
            return str(self.output["outcome"])
        return self.error or self.status.lower()


@dataclass(frozen=True, slots=True)
class Page:
    """Somebody was paged."""

    at: float
    region: str
    subject: str
    text: str
    severity: str = ""  #: P0 to P3; "" when an alarm paged by itself
    due: float | None = None  #: when the first response to it is due, if it says so

    @property
    def way(self) -> str:
        """How it was sent: by a region's topic, or over the incident channel, which has none."""
        return INCIDENT_CHANNEL if self.region == INCIDENT_CHANNEL else "topic"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message in a queue, when the drill ends."""

    at: float  #: when it was sent
    queue: str
    region: str
    body: str


class CallMade(NamedTuple):
    """One attempt of an AWS call."""

    at: float  #: when it was over
    service: str
    operation: str
    region: str
    caller: str
    invoked_by: str = ""  #: who invoked the function that makes it


@dataclass(frozen=True, slots=True)
class Remain:
    """A text that the drill left behind, and where."""

    place: str
    text: str


@dataclass(frozen=True, slots=True)
class RefusedContain:
    """An alarm's function answered that it must not contain the route."""

    at: float  #: when it had its answer
    region: str
    route: str
    detail: str  #: the condition that did not hold


@dataclass(frozen=True, slots=True)
class Note:
    """Something on the scenario's timeline."""

    at: float
    kind: Literal["fault", "operator"]
    text: str


@dataclass(frozen=True, slots=True)
class LedgerEnd:
    """What the ledger holds when the drill ends."""

    lease_holder: str  #: "" when free
    fence: int
    lever_engaged: bool
    allocation: VersionedAllocation
    turns: int = 0  #: of switches, that were counted


@dataclass(frozen=True, slots=True)
class TrailCheck:
    """The exported entries, read back: how many, and whether the chain holds."""

    entries: int
    verified: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ReflexParts:
    """How long each part took from the fault to the service's routers obeying, in seconds.

    Each part begins where the one before it ends; a part that cannot be measured is absent.
    """

    metric_period: float  #: until the first bad period of the route was over
    evaluation: float  #: until as many bad periods were over as the alarm wants
    ingestion: float  #: until the alarm had seen them and went off
    start: float  #: until the function made its call
    write: float  #: until the ledger had applied it
    router_poll: float  #: until the last router had taken it up

    @property
    def total(self) -> float:
        """From fault to routers."""
        before_start = self.metric_period + self.evaluation + self.ingestion
        return before_start + self.start + self.write + self.router_poll


@dataclass(frozen=True, slots=True)
class Reflex:
    """The way from the alarm to the first effect."""

    transitions: int  #: states entered by the executions that led to the effect
    calls: int  #: AWS calls on that way, the effect's own included
    parts: ReflexParts | None


@dataclass(frozen=True, slots=True)
class ReleasedBy:
    """The drill's bad release under a preset that would have taken it back by itself."""

    series: Series
    watched_until: int  #: seconds of the drill: no alarm takes it back after that
    rolled_back_at: int | None


@dataclass(frozen=True, slots=True)
class FailoverPart:
    """One part of the way from the loss of a region to the last failed request."""

    name: str
    seconds: float
    budget_seconds: float  #: what the design allows it


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that expectations, the story and the result are made from."""

    seconds: int
    fault_at: int | None
    objective_ppm: int  #: the profile's objective for the error rate
    routes: Sequence[Route]
    start: VersionedAllocation
    series: Series
    unautomated: Series
    ledger: LedgerEnd
    trail: TrailCheck
    reflex: Reflex
    #: The same roll-out by other strategies, by name; empty when nothing is compared.
    peers: Mapping[str, Series] = field(default_factory=dict)
    #: The same release under presets of AWS, by name; empty when it is not compared.
    release_peers: Mapping[str, ReleasedBy] = field(default_factory=dict)
    alarms: Sequence[AlarmChange] = ()
    effects: Sequence[Effect] = ()
    turned: Sequence[Turned] = ()
    switches: Mapping[str, str] = field(default_factory=dict)  #: what each shows at the end
    runs: Sequence[Run] = ()
    pages: Sequence[Page] = ()
    refused_contains: Sequence[RefusedContain] = ()
    calls: Sequence[CallMade] = ()
    dead_letters: Sequence[DeadLetter] = ()
    records: Sequence[Mapping[str, Any]] = ()  #: every item of the ledger
    #: Every text left behind but for dead letters; gathered only when an expectation asks for it.
    remains: Sequence[Remain] = ()
    trail_objects: Sequence[str] = ()  #: log/<region>/… and archive/<lies in>/<region>/…
    readable: Mapping[str, int] = field(default_factory=dict)  #: entries, by person asked for
    notes: Sequence[Note] = ()  #: the scenario's own events, and what operators were told
    #: Which regions take writes, from which second on; each entry is a change.
    taking_writes: Sequence[tuple[int, frozenset[str]]] = ()
    failover: Sequence[FailoverPart] = ()  #: from loss to last failure; empty without a failover

    @property
    def caused(self) -> int:
        """Failed requests beyond those of the same day on which nothing was rolled out."""
        return max(0, self.series.failures - self.unautomated.failures)

    @property
    def caused_by_peers(self) -> Mapping[str, int]:
        """The same for every strategy that is compared."""
        calm = self.unautomated.failures
        return {name: max(0, series.failures - calm) for name, series in self.peers.items()}

    @property
    def first_effect(self) -> Effect | None:
        """The first change since the fault, or since the start when there is no fault."""
        since = self.fault_at or 0
        return next((effect for effect in self.effects if effect.at >= since), None)

    @property
    def upset_at(self) -> float | None:
        """When the first fault of any kind began; None without one."""
        return min((note.at for note in self.notes if note.kind == "fault"), default=None)

    @property
    def first_alarm_at(self) -> float | None:
        """When the first alarm went off after anything had gone wrong; None when none did."""
        since = self.upset_at or 0
        return min((a.at for a in self.alarms if a.new == "ALARM" and a.at >= since), default=None)

    @property
    def alarm_at(self) -> float | None:
        """When the first alarm went off after the fault."""
        since = self.fault_at or 0
        rings = (a.at for a in self.alarms if a.new == "ALARM" and a.at >= since)
        return next(rings, None)

    @property
    def mitigated_at(self) -> int | None:
        """When the error rate went under the objective and stayed; None without a fault."""
        if self.fault_at is None:
            return None
        return self.series.mitigated_second(
            after_seconds=self.fault_at, objective_ppm=self.objective_ppm
        )

    def allocations(self, start: float, end: float) -> Sequence[Allocation]:
        """Every allocation that was in force at some instant from `start` to `end`."""
        before = [e for e in self.effects if e.at <= start]
        first = before[-1].after if before else self.start
        later = [e.after for e in self.effects if start < e.at <= end]
        return [versioned.allocation for versioned in (first, *later)]
