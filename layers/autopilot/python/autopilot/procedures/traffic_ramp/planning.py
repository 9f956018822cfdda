"""Plans a ramp: pure arithmetic on what the ledger holds and what was observed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from autopilot.domain.allocation import WHOLE, Allocation, Route
from autopilot.domain.personal import shown, shown_name
from autopilot.domain.plan import ActKind, Bounds, Evidence, Plan, Step
from autopilot.domain.planners import raised_target, ramp_steps, standing_target
from autopilot.errors import BadInput, Problem, Refused
from autopilot.procedures.traffic_ramp.request import PRESETS, TrafficRampRequest

if TYPE_CHECKING:
    from autopilot.domain.profile import Profile
    from autopilot.gate.ledger import LedgerView
    from autopilot.procedures.observation import Observation

RUNBOOK: Final = "traffic_ramp"
BAKE_SECONDS_MAX: Final = 900  #: a service too quiet to judge in this time is not ramped further
#: The machine's own time-out less what comes before and after the steps.
RUN_SECONDS_MAX: Final = 13_000
#: Applying, renewing and judging, each tried four times at most.
STEP_OVERHEAD_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Intention:
    """What a request comes to once observation has filled its gaps."""

    kind: ActKind
    route: Route
    goal: Allocation


def plan_ramp(
    request: TrafficRampRequest, view: LedgerView, observation: Observation, profile: Profile
) -> Plan:
    """The plan for `request`; a plan without steps when the service is there already.

    Raises `BadInput` for routes or shares that the service does not have, `Refused` when no
    healthy route can take more.
    """
    intention = _intention(request, view.allocation, observation.evidence, profile)
    bounds = profile.bounds(intention.kind)
    plan = Plan(
        runbook=RUNBOOK,
        service=profile.service.name,
        kind=intention.kind,
        route=intention.route,
        base_epoch=view.epoch,
        base_version=view.version,
        before=view.allocation,
        steps=_steps(request, intention, view.allocation, observation, profile, bounds),
        undo=view.allocation,
        guards=profile.thresholds,
        bounds=bounds,
    )
    if (seconds := worst_case_seconds(plan)) > RUN_SECONDS_MAX:
        raise Refused(_too_long(plan, seconds))
    return plan


def worst_case_seconds(plan: Plan) -> int:
    """How long the run could take if every step paused for as long as the plan allows."""
    return sum(
        step.bake_seconds + plan.bounds.unknown_seconds_max + STEP_OVERHEAD_SECONDS
        for step in plan.steps
    )


def _too_long(plan: Plan, seconds: int) -> str:
    return (
        f"the ramp could take {seconds} s in {len(plan.steps)} steps, expected at most "
        f"{RUN_SECONDS_MAX} s, after which Step Functions would end it. Ramp in two parts, or "
        f"lower bake_seconds or unknown_seconds_max in the profile."
    )


def _intention(
    request: TrafficRampRequest, before: Allocation, evidence: Evidence, profile: Profile
) -> Intention:
    if request.target is not None:
        return _towards(_target(request.target, before), before)
    if _is_up(request, before):
        return _up(request, before, profile)
    return _down(request, before, evidence, profile)


def _is_up(request: TrafficRampRequest, before: Allocation) -> bool:
    if request.direction is not None or request.route is None or request.to_percent is None:
        return request.direction == "up"
    return request.to_percent > before.percent(_route(request.route, before))


def _target(target: Mapping[str, int], before: Allocation) -> Allocation:
    """The whole allocation that was asked for; routes left out get nothing."""
    unknown = [name for name in target if name not in {str(route) for route in before.routes}]
    if unknown:
        expected = f"routes of the service: {' '.join(map(str, before.routes))}"
        problems = [Problem(f"target.{shown_name(n)}", expected, shown(n)) for n in unknown]
        raise BadInput("the input of traffic_ramp", problems, "Name only routes of the profile.")
    return Allocation.of({str(route): target.get(str(route), 0) for route in before.routes})


def _towards(goal: Allocation, before: Allocation) -> Intention:
    """A whole target is an up-ramp of the route that gains most, or a down-ramp to a standstill."""
    gains = before.gains(goal)
    route = max(gains or before.weights, key=lambda each: gains.get(each, 0))
    return Intention(ActKind.RAMP_UP, route, goal)


def _up(request: TrafficRampRequest, before: Allocation, profile: Profile) -> Intention:
    baseline = profile.baseline()
    route = (
        _route(request.route, before)
        if request.route
        else max(before.routes, key=lambda each: baseline.percent(each) - before.percent(each))
    )
    percent = baseline.percent(route) if request.to_percent is None else request.to_percent
    return Intention(ActKind.RAMP_UP, route, raised_target(before, route, percent))


def _down(
    request: TrafficRampRequest, before: Allocation, evidence: Evidence, profile: Profile
) -> Intention:
    route = _route(request.route, before) if request.route else _worst(before, evidence)
    points = before.percent(route) - (request.to_percent or 0)
    if points <= 0:
        return Intention(ActKind.RAMP_DOWN, route, before)
    goal = standing_target(
        before,
        route,
        healthy=evidence.healthy(evidence.made_ms),
        proven=profile.proven,
        points_max=points,
    )
    if goal is None:
        raise Refused(_nowhere_to_go(route, evidence, profile))
    return Intention(ActKind.RAMP_DOWN, route, goal)


def _worst(before: Allocation, evidence: Evidence) -> Route:
    """The route in use that surely fails most; of equals, the one that carries most."""

    def badness(route: Route) -> tuple[int, int]:
        verdict = evidence.verdict(route)
        return (verdict.lower_ppm if verdict else 0, before.percent(route))

    return max((route for route in before.routes if before.percent(route)), key=badness)


def _nowhere_to_go(route: Route, evidence: Evidence, profile: Profile) -> str:
    seen = "; ".join(
        f"{each} ({profile.proven[each]} % proven) is {verdict.state}: {verdict.reason}"
        for each, verdict in evidence.verdicts
        if each != route
    )
    return (
        f"no route can take more from {route}: expected a healthy one with proven capacity left, "
        f"got {seen}. Raise capacity, or wait for a healthy verdict."
    )


def _route(name: str, before: Allocation) -> Route:
    route = Route.parse(name)
    before.percent(route)  # refuses a route that the service does not have
    return route


def _steps(
    request: TrafficRampRequest,
    intention: Intention,
    before: Allocation,
    observation: Observation,
    profile: Profile,
    bounds: Bounds,
) -> tuple[Step, ...]:
    if intention.goal == before:
        return ()
    marks, bake_seconds = _pace(request, intention, before, observation, profile, bounds)
    return ramp_steps(
        before,
        intention.goal,
        points_per_step_max=bounds.points_per_step_max,
        bake_seconds=bake_seconds,
        reason=f"ramp {intention.route} {'down' if intention.kind is ActKind.RAMP_DOWN else 'up'}",
        marks_percent=marks,
    )


def _pace(
    request: TrafficRampRequest,
    intention: Intention,
    before: Allocation,
    observation: Observation,
    profile: Profile,
    bounds: Bounds,
) -> tuple[tuple[int, ...], int]:
    """Stops as percents of the way, and how long each bakes.

    A step up must be judged on at least `sample_min` requests, so the first is the smallest share
    that brings so many in one bake. Where even the widest step allowed brings too few, the bake
    is made longer.
    """
    if request.preset is not None:
        return PRESETS[request.preset]
    if intention.kind is ActKind.RAMP_DOWN:
        return (), profile.ramp.bake_seconds
    way = before.total_moved(intention.goal)
    bake_seconds, first_points = first_step(
        requests_per_second=observation.requests_per_second,
        sample_min=profile.thresholds.sample_min,
        bake_seconds=profile.ramp.bake_seconds,
        points_max=min(bounds.points_per_step_max, way),
    )
    first = min(WHOLE, math.ceil(first_points * WHOLE / way))
    return tuple(
        sorted({first, *(m for m in profile.ramp.up_marks_percent if m > first)})
    ), bake_seconds


def first_step(
    *, requests_per_second: float, sample_min: int, bake_seconds: int, points_max: int
) -> tuple[int, int]:
    """(bake seconds, points) of the smallest first step that can be judged.

    0 failures of 299 bound the failure rate by 1 % at 95 % (see `autopilot.domain.binomial`), so
    a step of fewer requests could never be called healthy.
    """
    if requests_per_second <= 0:
        return bake_seconds, 1
    points = math.ceil(sample_min * WHOLE / (requests_per_second * bake_seconds))
    if points <= points_max:
        return bake_seconds, max(1, points)
    longer = math.ceil(sample_min * WHOLE / (requests_per_second * points_max))
    return min(BAKE_SECONDS_MAX, longer), points_max
