"""What a report says, without saying how it looks.

Instants are seconds since `Report.started_ms`; everything in here is plain and immutable, so that
a report can be made from a drill, from an incident, or by hand in a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from autopilot.domain.allocation import Allocation, VersionedAllocation
from autopilot.domain.plan import Plan
from autopilot.domain.verdict import Thresholds, Verdict
from autopilot.reports.turns import SwitchPlanMade, SwitchTurn


class Outcome(StrEnum):
    """How it ended for the service's clients."""

    MITIGATED = "mitigated"
    NOT_MITIGATED = "not mitigated"
    UNHARMED = "unharmed"  #: nothing went wrong


@dataclass(frozen=True, slots=True)
class Milestones:
    """The instants that everything is told relative to; None when it never happened."""

    fault: float | None = None
    alarm: float | None = None
    first_effect: float | None = None
    mitigated: float | None = None

    @property
    def time_to_mitigate(self) -> float | None:
        """Seconds from the fault until the error rate was under the objective and stayed there."""
        if self.fault is None or self.mitigated is None:
            return None
        return self.mitigated - self.fault


@dataclass(frozen=True, slots=True)
class Requests:
    """What the service's clients asked and did not get."""

    total: int
    failed: int
    total_without: int | None = None  #: of the same load without automation; None when unknown
    failed_without: int | None = None

    @property
    def spared(self) -> int | None:
        """Failed requests that there would have been without automation."""
        return None if self.failed_without is None else self.failed_without - self.failed


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of the first screen."""

    label: str
    value: str  #: with its unit
    note: str = ""


@dataclass(frozen=True, slots=True)
class RateSample:
    """Requests of one stretch of time, ending at `end`."""

    end: float
    requests: int
    failures: int

    @property
    def percent(self) -> float:
        """Share of requests that failed; 0 without requests."""
        return 100 * self.failures / self.requests if self.requests else 0.0


@dataclass(frozen=True, slots=True)
class PeerRates:
    """The error rate under another strategy, over the same stretch of time."""

    name: str
    samples: Sequence[RateSample]
    cut: bool = False  #: the axis ends below it, so that the others can be told apart


@dataclass(frozen=True, slots=True)
class Rates:
    """The error rate over a stretch of time, with automation and without, on the same load."""

    caption: str
    start: float
    end: float
    sample_seconds: int
    automated: Sequence[RateSample]
    unautomated: Sequence[RateSample] = ()
    peers: Sequence[PeerRates] = ()


@dataclass(frozen=True, slots=True)
class Peer:
    """A known strategy of rolling out."""

    name: str
    caused: int  #: failed requests, counted as `Comparison.caused`
    watched: bool = True  #: by an alarm that takes it back: a preset that one could choose
    did: str = ""  #: what it did about the fault, or why nothing


_DWARFS: Final = 5  #: so many times the largest of the others, and a bar to scale hides them


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same roll-out by known strategies, with the same load and seed."""

    caused: int  #: failed requests, of ours
    peers: Sequence[Peer]
    rates: Rates | None = None
    own: str = "our ramp"  #: what is compared with them
    heading: str = "The same roll-out by known strategies"
    lead: str = (
        "Each played on the same day, with the same load, fault and seed. Counted are failed "
        "requests beyond those of the day on which nothing was rolled out."
    )
    counted: str = "Failed requests caused"
    of_roll_out: bool = True  #: a roll-out of ours, which a day can go without

    @property
    def better_preset(self) -> Peer | None:
        """Of the strategies that are watched, the one that caused least."""
        watched = (peer for peer in self.peers if peer.watched)
        return min(watched, key=lambda peer: peer.caused, default=None)

    @property
    def scale(self) -> int:
        """Failed requests at the end of a bar that shows every watched strategy whole."""
        return max(1, self.caused, *(peer.caused for peer in self.peers if not self.cuts(peer)))

    def cuts(self, peer: Peer) -> bool:
        """Whether a strategy that nobody watches is too large to be drawn to the same scale."""
        others = (self.caused, *(other.caused for other in self.peers if other.watched))
        return not peer.watched and peer.caused > _DWARFS * max(1, *others)


@dataclass(frozen=True, slots=True)
class AllocationChange:
    """From `at` on the ledger held this allocation."""

    at: float
    held: VersionedAllocation


class EventKind(StrEnum):
    """What a moment of the timeline is about."""

    FAULT = "fault"
    ALARM = "alarm"
    EFFECT = "effect"
    REFUSAL = "refusal"
    RUN = "run"
    DECISION = "decision"
    PAGE = "page"
    MITIGATED = "mitigated"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """One moment."""

    at: float
    kind: EventKind
    title: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PlanMade:
    """A plan, as a run made it."""

    at: float
    run: str
    plan: Plan
    digest: str  #: as the run reported it

    @property
    def digest_holds(self) -> bool:
        """Whether the plan still has the digest that was reported."""
        return self.plan.digest() == self.digest


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """The record of an effect, written by the very call that made it."""

    id: str
    digest: str  #: of the plan; "" when it was not kept
    epoch: int
    version: int  #: after the effect
    fence: int  #: 0 when it needed no lease


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of the allocation, with its entry."""

    at: float
    act: str
    by: str
    why: str
    before: Allocation
    after: Allocation
    entry: LedgerEntry

    @property
    def points(self) -> int:
        """Points that changed route."""
        return self.before.total_moved(self.after)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was asked for and not done."""

    at: float
    who: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class RouteVerdict:
    """A verdict on one route."""

    route: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a run decided at one instant, and what it saw."""

    at: float
    run: str
    state: str
    decision: str
    summary: str
    verdicts: Sequence[RouteVerdict] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A state of a machine; `inside` names the state whose branch it belongs to."""

    name: str
    kind: str  #: Task, Choice, Wait, Pass, Parallel, Map, Succeed or Fail
    comment: str = ""
    inside: str = ""


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one state to another, with every reason to take it."""

    start: str
    end: str
    labels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Machine:
    """A state machine as a graph; `entries` are the first states, of the whole and of branches."""

    name: str
    nodes: Sequence[Node]
    edges: Sequence[Edge]
    entries: Sequence[str]


@dataclass(frozen=True, slots=True)
class Visit:
    """A run entered a state."""

    at: float
    state: str


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a machine, with the way it took."""

    name: str
    runbook: str
    region: str
    started: float
    ended: float | None
    ending: str  #: the outcome it reported, else its error or status
    detail: str
    visits: Sequence[Visit] = ()
    machine: Machine | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a sum of seconds."""

    label: str
    seconds: float
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Somebody was paged."""

    at: float
    region: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Expectation:
    """Something that was expected of a drill, and what was seen."""

    sentence: str
    held: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Trail:
    """What reading the exported entries back showed."""

    entries: int
    verified: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything a report says."""

    title: str
    kind: str  #: such as "drill"
    service: str
    headline: str
    outcome: Outcome
    started_ms: int
    seconds: float
    milestones: Milestones
    requests: Requests
    objective_ppm: int
    thresholds: Thresholds
    facts: Sequence[Fact] = ()
    comparison: Comparison | None = None  #: of a roll-out
    arithmetic: Sequence[Part] = ()
    rates: Sequence[Rates] = ()
    allocations: Sequence[AllocationChange] = ()
    events: Sequence[TimelineEvent] = ()
    plans: Sequence[PlanMade] = ()
    switch_plans: Sequence[SwitchPlanMade] = ()
    effects: Sequence[Effect] = ()
    turns: Sequence[SwitchTurn] = ()  #: of switches of the service's release
    refusals: Sequence[Refusal] = ()
    judgements: Sequence[Judgement] = ()
    runs: Sequence[Run] = ()  #: those that did more than look
    routine: Sequence[Fact] = ()  #: the others, by runbook
    pages: Sequence[Page] = ()
    expectations: Sequence[Expectation] = ()
    trail: Trail | None = None
    people: Sequence[str] = ()  #: names that no form may show
    source: Sequence[Fact] = ()  #: where it comes from: scenario, seed, versions

    @property
    def zero(self) -> float:
        """The instant that offsets count from: the fault, else the start."""
        return self.milestones.fault or 0.0

    @property
    def left_out(self) -> str:
        """What the day that this one is compared with went without."""
        compared = self.comparison
        return "the roll-out" if compared and compared.of_roll_out else "automation"

    @property
    def held(self) -> bool:
        """Whether every expectation held."""
        return all(expectation.held for expectation in self.expectations)
