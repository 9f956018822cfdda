"""Rails: what no plan may do, whoever planned it. Planners keep to them, the gate checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.plan import ActKind, Bounds, Evidence, Plan
from autopilot.domain.switches import FAILOVER, FAILOVER_SWITCHES, SwitchPlan
from autopilot.domain.verdict import State
from autopilot.errors import Problem
from autopilot.gate.budget import REMEDIATION

if TYPE_CHECKING:
    from autopilot.domain.profile import Profile

OPPOSITE: Mapping[ActKind, ActKind] = {
    ActKind.RAMP_DOWN: ActKind.RAMP_UP,
    ActKind.RAMP_UP: ActKind.RAMP_DOWN,
}
PLANNED: tuple[ActKind, ...] = (ActKind.RAMP_DOWN, ActKind.RAMP_UP, ActKind.CONTAIN)


@dataclass(frozen=True, slots=True)
class Rest:
    """How long a kind of act rests, in seconds."""

    cool_down_seconds: int = 0  #: after another run of the same kind
    hysteresis_seconds: int = 0  #: after a run of the opposite kind


@dataclass(frozen=True, slots=True)
class Remediations:
    """How many runs that alarms started may change the service in a window."""

    runs_max: int = 2
    window_seconds: int = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Rails:
    """The rails of one service."""

    proven: Mapping[Route, int]  #: percent of the whole load each route is proven to carry
    healthy_capacity_floor_percent: int
    kinds: Mapping[ActKind, Bounds]  #: the widest bounds that a plan of each kind may have
    rests: Mapping[ActKind, Rest] = field(default_factory=dict)  #: of kinds that rest at all
    remediations: Remediations = Remediations()
    switches: frozenset[str] = frozenset()  #: names of the switches that a plan may turn
    rollback: Bounds | None = None  #: the widest bounds of a rollback; None: there is none
    failover: Bounds | None = None  #: the widest bounds of a failover; None: there is none

    @classmethod
    def of(cls, profile: Profile) -> Self:
        """The rails of a profile."""
        return cls(
            proven=profile.proven,
            healthy_capacity_floor_percent=profile.rails.healthy_capacity_floor_percent,
            kinds=_kinds(profile),
            rests=dict(_rests(profile)),
            remediations=_remediations(profile),
            switches=profile.switch_names,
            rollback=profile.rollback_bounds,
            failover=_failover(profile),
        )

    def rest(self, kind: ActKind) -> Rest:
        """How long `kind` rests."""
        return self.rests.get(kind, Rest())

    def budget_windows(self, kind: str, window_seconds: int, by_alarm: bool) -> dict[str, int]:  # noqa: FBT001 - what is counted
        """The budgets that an advance of `kind` is counted in, and their windows in seconds."""
        also = {REMEDIATION: self.remediations.window_seconds} if by_alarm else {}
        return {kind: window_seconds, **also}

    def broken_by(self, plan: Plan, step_index: int, evidence: Evidence, now_ms: int) -> str:
        """Every rail that this step of `plan` breaks, in words; empty when it keeps to all."""
        problems = [
            *self._selector(plan),
            *self._bounds(plan),
            *self._capacity(plan, step_index),
            *self._verdicts(plan, step_index, evidence, now_ms),
            *self._floor(plan, evidence, now_ms),
        ]
        return "; ".join(str(problem) for problem in problems)

    def broken_by_switches(self, plan: SwitchPlan) -> str:
        """Every rail that a plan of switches breaks, in words; empty when it keeps to all."""
        switches, bounds, section = self._turned(plan.kind)
        problems = [
            Problem(f"steps[{step.index}].switch", _words(sorted(switches)), step.switch)
            for step in plan.steps
            if step.switch not in switches
        ]
        if bounds is None:
            problems.append(Problem(section, f"a {section} section in the profile", "none"))
        elif plan.runs_max > bounds.runs_max:
            most = f"at most {bounds.runs_max}"
            problems.append(Problem("runs per window", most, str(plan.runs_max)))
        elif plan.window_seconds < bounds.window_seconds:
            least = f"at least {bounds.window_seconds}"
            problems.append(Problem("window seconds", least, str(plan.window_seconds)))
        return "; ".join(map(str, problems))

    def _turned(self, kind: str) -> tuple[frozenset[str], Bounds | None, str]:
        """What a kind of plan may turn, how often, and the section of the profile that says so."""
        if kind == FAILOVER:
            return FAILOVER_SWITCHES, self.failover, "failover"
        return self.switches, self.rollback, "release"

    def _selector(self, plan: Plan) -> Iterator[Problem]:
        """A plan names its route: none is an error, never "all"."""
        if plan.route is None or plan.route not in self.proven:
            yield Problem("route", "one route of the profile", str(plan.route))
        if plan.before.routes != tuple(sorted(self.proven)):
            yield Problem("routes", _words(self.proven), _words(plan.before.routes))

    def _bounds(self, plan: Plan) -> Iterator[Problem]:
        """A plan may bind itself more than the profile does, never less."""
        kind = self.kinds.get(plan.kind)
        if kind is None:
            yield Problem("kind", _words(self.kinds), plan.kind)
            return
        bounds = plan.bounds
        if bounds.points_per_step_max > kind.points_per_step_max:
            got = str(bounds.points_per_step_max)
            yield Problem("points per step", f"at most {kind.points_per_step_max}", got)
        if bounds.runs_max > kind.runs_max:
            yield Problem("runs per window", f"at most {kind.runs_max}", str(bounds.runs_max))
        if bounds.window_seconds < kind.window_seconds:
            got = str(bounds.window_seconds)
            yield Problem("window seconds", f"at least {kind.window_seconds}", got)

    def _capacity(self, plan: Plan, step_index: int) -> Iterator[Problem]:
        """A route that gains stays within what it is proven to carry."""
        target = plan.steps[step_index].target
        for route in standing_before(plan, step_index).gains(target):
            proven = self.proven.get(route, 0)
            if target.percent(route) > proven:
                expected = f"at most {proven} %, its proven capacity"
                yield Problem(str(route), expected, f"{target.percent(route)} %")

    def _verdicts(
        self, plan: Plan, step_index: int, evidence: Evidence, now_ms: int
    ) -> Iterator[Problem]:
        """No weight moves onto a route without a fresh healthy verdict.

        The one exception is where no verdict can exist: the first step of a ramp up onto its own
        route. The bake of that step then judges it, and a route known to fail is never tried.
        """
        target = plan.steps[step_index].target
        healthy = evidence.healthy(now_ms)
        for route in standing_before(plan, step_index).gains(target):
            seen = evidence.verdict(route)
            state = seen.state if seen else State.UNKNOWN
            first_try = (plan.kind, plan.route, step_index) == (ActKind.RAMP_UP, route, 0)
            if route not in healthy and not (first_try and state is State.UNKNOWN):
                yield Problem(str(route), "a fresh healthy verdict to gain weight", state)

    def _floor(self, plan: Plan, evidence: Evidence, now_ms: int) -> Iterator[Problem]:
        """What takes weight off a route leaves enough healthy capacity beside it."""
        if plan.kind is ActKind.RAMP_UP:
            return
        left = sum(
            self.proven.get(route, 0) for route in evidence.healthy(now_ms) if route != plan.route
        )
        if left < self.healthy_capacity_floor_percent:
            expected = f"at least {self.healthy_capacity_floor_percent} %"
            yield Problem("healthy capacity left", expected, f"{left} %")


def standing_before(plan: Plan, step_index: int) -> Allocation:
    """What stands when that step is taken."""
    return plan.steps[step_index - 1].target if step_index else plan.before


def _rests(profile: Profile) -> Iterator[tuple[ActKind, Rest]]:
    for kind in OPPOSITE:
        brake = profile.brake(kind)
        yield kind, Rest(brake.cool_down_seconds, brake.hysteresis_seconds)


def _failover(profile: Profile) -> Bounds | None:
    section = profile.failover
    return None if section is None else section.bounds(profile.ramp.unknown_seconds_max)


def _kinds(profile: Profile) -> dict[ActKind, Bounds]:
    failover = _failover(profile)
    planned = {kind: profile.bounds(kind) for kind in PLANNED}
    return planned if failover is None else {**planned, ActKind.FAILOVER: failover}


def _remediations(profile: Profile) -> Remediations:
    brake = profile.brakes.remediation
    return Remediations(brake.runs_max, brake.window_minutes * 60)


def _words(values: Iterable[object]) -> str:
    return " ".join(map(str, values))
