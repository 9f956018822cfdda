"""What the live view shows of one moment of a drill. Instants are seconds since its start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from autopilot.domain.allocation import VersionedAllocation
from autopilot.reports.model import Machine
from autopilot_lab.drill.evidence import Evidence, Run
from autopilot_lab.drill.scenario import Scenario


@dataclass(frozen=True, slots=True)
class AlarmNow:
    """An alarm and the state it is in; `route` is empty unless it watches one route."""

    name: str
    region: str
    state: str  #: OK, ALARM or INSUFFICIENT_DATA
    since: float
    route: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate permitted or refused, and why."""

    at: float
    permitted: bool
    act: str
    why: str


@dataclass(frozen=True, slots=True)
class Held:
    """Who may change the service, and whether anybody may."""

    lease_holder: str  #: "" when free
    fence: int
    lease_ends: float
    lever: str  #: who engaged the stop lever and why; "" while it is off


class Standing(Enum):
    """What can be said of an expectation before the drill is over."""

    HOLDS = "holds so far"
    OPEN = "not yet"
    LATER = "told at the end"


@dataclass(frozen=True, slots=True)
class Outlook:
    """An expectation and how it stands."""

    sentence: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment. `evidence` is what has been gathered up to it, the trail not yet read."""

    scenario: Scenario
    seed: int
    second: float
    evidence: Evidence
    latency_objective_ms: float
    ledger: VersionedAllocation
    routers: Sequence[tuple[str, int]]  #: (region, version it routes by)
    alarms: Sequence[AlarmNow]
    run: Run | None  #: the one to look at: open, or ended last; never routine
    machine: Machine | None  #: of that run
    routine_runs: int
    decisions: Sequence[Decision]
    held: Held
    outlooks: Sequence[Outlook]

    @property
    def others_open(self) -> Sequence[Run]:
        """Runs that go on beside the one to look at."""
        return [r for r in self.evidence.runs if r.ended_at is None and r != self.run]

    @property
    def warming_up(self) -> bool:
        """Whether the drill itself has not begun."""
        return self.second < 0
