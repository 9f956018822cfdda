"""Plans a failover: which region is left, for which one, and by what steps. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from autopilot.domain.allocation import WHOLE, Allocation, Route
from autopilot.domain.failover import FailoverPlan, Kind, admission, admitted, all_in
from autopilot.domain.plan import ActKind, Plan, Step
from autopilot.domain.planners import ramp_steps
from autopilot.domain.probes import RegionVerdict
from autopilot.domain.switches import (
    ADMISSION,
    DATABASE,
    DATABASE_LOSS,
    DATABASE_SWITCHES,
    WRITER,
    Span,
    SwitchPlan,
    SwitchState,
    SwitchStep,
)
from autopilot.domain.verdict import State
from autopilot.errors import BadInput, Problem, Refused

if TYPE_CHECKING:
    from autopilot.domain.failover_section import FailoverSection
    from autopilot.domain.profile import Profile
    from autopilot.gate.ledger import LedgerView
    from autopilot.procedures.regional_failover.request import RegionalFailoverRequest

RUNBOOK: Final = "regional_failover"
_MINUTE_MS: Final = 60_000
#: The machine's own time-out less what comes before and after the steps.
RUN_SECONDS_MAX: Final = 13_000
_STEP_OVERHEAD_SECONDS: Final = 60
#: The first step of a planned move: wide enough to be judged, narrow enough to harm few.
_FIRST_MARK: Final = 10


@dataclass(frozen=True, slots=True)
class Scene:
    """What a failover is planned on."""

    view: LedgerView
    regions: Mapping[str, RegionVerdict]  #: by all vantages, of each region that serves
    well_since_ms: Mapping[str, int]  #: since when a region answers every vantage; 0: it does not
    writer: str  #: the region that owns the writes
    open_regions: str  #: what the admission switch shows
    now_ms: int
    database: SwitchState | None = None  #: where a database is written; None for none

    @property
    def shown(self) -> Mapping[str, str]:
        """What every switch of a failover shows, by name."""
        database = {} if self.database is None else {DATABASE: self.database.value}
        return {WRITER: self.writer, ADMISSION: self.open_regions, **database}


@dataclass(frozen=True, slots=True)
class Way:
    """From where to where, and why."""

    kind: Kind
    source: str
    target: str


def choose_way(request: RegionalFailoverRequest, scene: Scene, profile: Profile) -> Way:
    """The move that a request comes to once observation has filled its gaps.

    Raises `BadInput` for a region that serves nobody, `Refused` for a move that must not be.
    """
    home, standby = profile.regions.home, profile.regions.standby
    source = request.region or _source(request, scene, home, standby)
    if source not in (home, standby):
        problem = Problem("region", f"one of {home}, {standby}", source)
        raise BadInput("the input of regional_failover", [problem], "Name the region to leave.")
    target = standby if source == home else home
    lost = scene.regions[source].state is State.UNHEALTHY
    back = request.direction == "back" or (request.direction is None and target == home)
    kind = Kind.LOSS if lost else Kind.BACK if back and target == home else Kind.MOVE
    return _allowed(Way(kind, source, target), request, scene, profile)


def _source(request: RegionalFailoverRequest, scene: Scene, home: str, standby: str) -> str:
    """A region that is lost comes first; to go back is to leave the standby."""
    if request.direction == "back":
        return standby
    lost = [each for each in (home, standby) if scene.regions[each].state is State.UNHEALTHY]
    return lost[0] if lost else scene.writer


def _allowed(way: Way, request: RegionalFailoverRequest, scene: Scene, profile: Profile) -> Way:
    """Raise `Refused` with everything that forbids the move."""
    refused = [*_forbidden(way, request, scene, profile)]
    if refused:
        raise Refused(f"{way.source} is not left for {way.target}: {'; '.join(refused)}.")
    return way


def _forbidden(
    way: Way, request: RegionalFailoverRequest, scene: Scene, profile: Profile
) -> list[str]:
    said, verdict = [], scene.regions[way.target]
    if verdict.state is not State.HEALTHY:
        said.append(f"{way.target} is {verdict.state} ({verdict.reason}), expected healthy")
    if request.incident and way.kind is not Kind.LOSS:
        seen = scene.regions[way.source]
        said.append(f"an alarm moves only what is lost, and {way.source} is {seen.state}")
    if way.kind is Kind.LOSS and way.target not in admitted(scene.open_regions):
        said.append(f"{way.target} takes no clients since an earlier move; one region at a time")
    if way.kind is not Kind.LOSS and (moved := _dwell(way, scene, profile)):
        said.append(moved)
    if way.kind is not Kind.LOSS and (heading := scene.database and scene.database.heading):
        said.append(f"the database is on its way to {heading}, expected to rest")
    return said


def _dwell(way: Way, scene: Scene, profile: Profile) -> str:
    """Why it is too early to come to a region that was left; "" when it is not."""
    if profile.failover is None or way.target in admitted(scene.open_regions):
        return ""
    minutes = profile.failover.dwell_minutes
    since_ms = scene.well_since_ms.get(way.target, 0)
    well_ms = scene.now_ms - since_ms if since_ms else 0
    if well_ms >= minutes * _MINUTE_MS:
        return ""
    answered = well_ms // _MINUTE_MS
    return f"{way.target} answers for {answered} min, expected {minutes} min without a failed probe"


def plan_failover(
    way: Way, scene: Scene, profile: Profile, section: FailoverSection
) -> FailoverPlan:
    """Writes, weight, clients: both halves of the plan for `way`."""
    plan = FailoverPlan(
        kind=way.kind,
        source=way.source,
        target=way.target,
        allocation=_allocation(way, scene.view, profile, section),
        turns=_turns(way, scene, profile, section),
    )
    if (seconds := worst_case_seconds(plan, section)) > RUN_SECONDS_MAX:
        raise Refused(
            f"the move could take {seconds} s, expected at most {RUN_SECONDS_MAX} s, after which "
            f"Step Functions would end it. Lower failover.bake_seconds or widen its steps."
        )
    return plan


def worst_case_seconds(plan: FailoverPlan, section: FailoverSection) -> int:
    """How long the run could take if every step paused for as long as the plan allows."""
    unknown_seconds_max = plan.allocation.bounds.unknown_seconds_max
    steps = sum(
        step.bake_seconds + unknown_seconds_max + _STEP_OVERHEAD_SECONDS
        for step in plan.allocation.steps
        if step.bake_seconds
    )
    promotion = _promotion_seconds(section) if database_turn(plan) else 0
    return steps + promotion + section.verify_seconds_max + 4 * _STEP_OVERHEAD_SECONDS


def _promotion_seconds(section: FailoverSection) -> int:
    """Until the old owner has stopped, there, and as long for the way back."""
    most = section.database.seconds_max if section.database else 0
    return section.hand_over_seconds + 2 * (most + _STEP_OVERHEAD_SECONDS)


def database_turn(plan: FailoverPlan) -> SwitchStep | None:
    """The turn of the plan that moves a database's writer; None where none does."""
    steps = plan.turns.steps if plan.turns else ()
    return next((each for each in steps if each.switch in DATABASE_SWITCHES), None)


def _allocation(way: Way, view: LedgerView, profile: Profile, section: FailoverSection) -> Plan:
    before = view.allocation
    return Plan(
        runbook=RUNBOOK,
        service=profile.service.name,
        kind=ActKind.FAILOVER,
        route=_route(way, before, profile),
        base_epoch=view.epoch,
        base_version=view.version,
        before=before,
        steps=_steps(way, before, _goal(way, profile), profile, section),
        undo=before,
        guards=profile.thresholds,
        bounds=section.bounds(profile.ramp.unknown_seconds_max),
    )


def _goal(way: Way, profile: Profile) -> Allocation:
    """Where the weight goes; raise `Refused` when the target is not proven to carry it."""
    if way.kind is Kind.BACK:
        return profile.baseline()
    goal = all_in(way.target, profile.proven)
    if goal is None:
        carried = sum(
            share for route, share in profile.proven.items() if route.region == way.target
        )
        raise Refused(
            f"{way.target} is proven to carry {carried} % of the load, expected {WHOLE} %: "
            f"raise its capacity or quotas and prove them, or ramp part of it with traffic_ramp"
        )
    return goal


def _steps(
    way: Way, before: Allocation, goal: Allocation, profile: Profile, section: FailoverSection
) -> tuple[Step, ...]:
    """A lost region is left at once, another one gradually."""
    if before == goal:
        return ()
    reason = f"leave {way.source}"
    if way.kind is Kind.LOSS:
        return (Step(0, goal, 0, reason),)
    return ramp_steps(
        before,
        goal,
        points_per_step_max=section.step_points_max,
        bake_seconds=section.bake_seconds,
        reason=reason,
        marks_percent=[mark for mark in profile.ramp.up_marks_percent if mark >= _FIRST_MARK],
    )


def _route(way: Way, before: Allocation, profile: Profile) -> Route:
    """The route that a plan is about: of the source, the one that carries most."""
    routes = [each for each in profile.proven if each.region == way.source]
    return max(routes, key=before.percent)


def _turns(way: Way, scene: Scene, profile: Profile, section: FailoverSection) -> SwitchPlan | None:
    open_now = admitted(scene.open_regions)
    wanted = open_now | {way.target}
    if way.kind is not Kind.BACK:
        wanted = wanted - {way.source}
    database = DATABASE_LOSS if way.kind is Kind.LOSS else DATABASE
    written_in = scene.database.value if scene.database else way.target
    turns = [
        (name, before, to)
        for name, before, to in (
            (WRITER, scene.writer, way.target),
            (database, written_in, way.target),
            (ADMISSION, scene.open_regions, admission(wanted)),
        )
        if before != to
    ]
    if not turns:
        return None
    return SwitchPlan(
        runbook=RUNBOOK,
        service=profile.service.name,
        base_turn=scene.view.turns.count,
        goal=way.target,
        steps=tuple(
            SwitchStep(index, name, before, to, Span.LASTING)
            for index, (name, before, to) in enumerate(turns)
        ),
        runs_max=section.runs_max,
        window_seconds=section.window_minutes * 60,
    )


def in_words(plan: FailoverPlan) -> str:
    """What the plan changes, in its order, as a person reads it."""
    writer, clients, database = plan.turn_of(WRITER), plan.turn_of(ADMISSION), database_turn(plan)
    steps = "; then ".join(
        f"{step.target} for {step.bake_seconds} s" if step.bake_seconds else f"{step.target}"
        for step in plan.allocation.steps
    )
    said = [
        f"writes {writer.before} → {writer.to}" if writer else "",
        f"{database.switch} {database.before} → {database.to}" if database else "",
        f"weight {steps}" if steps else "",
        f"clients {clients.before} → {clients.to}" if clients else "",
    ]
    return "; ".join(filter(None, said)) or "nothing to change"
