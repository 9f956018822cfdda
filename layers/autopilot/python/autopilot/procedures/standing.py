"""Plans in advance what an alarm may do: one contain for each route in use. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from autopilot.domain.plan import ActKind, Evidence, Plan, Step
from autopilot.domain.planners import standing_target
from autopilot.gate.standing import StandingPlan

if TYPE_CHECKING:
    from autopilot.domain.allocation import Route, VersionedAllocation
    from autopilot.domain.profile import Profile

RUNBOOK: Final = "contain"


def standing_plans(
    standing: VersionedAllocation,
    evidence: Evidence,
    profile: Profile,
    fit: Mapping[Route, int] | None = None,
) -> list[StandingPlan]:
    """A contain for every route that healthy routes could relieve, for exactly this version.

    `fit` is what each route may hold as a target (`fitness.fit_targets`), at most its proven
    capacity. A route that no other could relieve has no plan, and loses the one it had.
    """
    capacity = profile.proven if fit is None else fit
    plans = [
        _contain_plan(route, standing, evidence, profile, capacity)
        for route in standing.allocation.routes
    ]
    expires_ms = evidence.made_ms + profile.contain.plan_valid_seconds * 1000
    return [
        StandingPlan(plan=plan, expires_ms=expires_ms, dwell_seconds=profile.contain.dwell_seconds)
        for plan in plans
        if plan is not None
    ]


def _contain_plan(
    route: Route,
    standing: VersionedAllocation,
    evidence: Evidence,
    profile: Profile,
    capacity: Mapping[Route, int],
) -> Plan | None:
    target = standing_target(
        standing.allocation,
        route,
        healthy=evidence.healthy(evidence.made_ms),
        proven=capacity,
        points_max=profile.contain.points_max,
    )
    if target is None:
        return None
    return Plan(
        runbook=RUNBOOK,
        service=profile.service.name,
        kind=ActKind.CONTAIN,
        route=route,
        base_epoch=standing.epoch,
        base_version=standing.version,
        before=standing.allocation,
        steps=(Step(0, target, 0, f"contain {route}"),),
        undo=standing.allocation,
        guards=profile.thresholds,
        bounds=profile.bounds(ActKind.CONTAIN),
    )
