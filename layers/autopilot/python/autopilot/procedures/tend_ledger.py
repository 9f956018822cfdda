"""Tends the ledger every minute, in one region at a time: plans, dead runs, export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.plan import ActKind, Plan, Step
from autopilot.domain.planners import standing_target
from autopilot.domain.severity import Severity
from autopilot.errors import Refused
from autopilot.gate.standing import StandingPlan
from autopilot.procedures.observation import Observation, observe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autopilot.domain.allocation import Route
    from autopilot.domain.profile import Profile
    from autopilot.gate.gate import Gate
    from autopilot.gate.ledger import LedgerView
    from autopilot.gate.planner import PlannerLease
    from autopilot.procedures.dependencies import Dependencies

RUNBOOK: Final = "contain"


def tend(dependencies: Dependencies) -> dict[str, Any]:
    """Do the minute's work if this region holds the planner lease, or can take it.

    The three parts do not wait for each other: the journal is exported though nothing could be
    observed, and a stop lever stops the planning only.
    """
    held = dependencies.gate.take_planner_lease(dependencies.region)
    if held is None:
        return {"planner": False}
    now_ms = dependencies.clock.now_ms()
    profile = dependencies.profile
    observation = observe(
        dependencies.telemetry,
        tuple(profile.proven),
        profile.thresholds,
        since_ms=now_ms - profile.thresholds.fresh_seconds * 1000,
        now_ms=now_ms,
    )
    reaped = _reap(dependencies, observation)
    standing = _refresh(dependencies.gate, held, observation, profile)
    exported = dependencies.gate.export(held, dependencies.trail, dependencies.region)
    return {
        "planner": True,
        "reaped": reaped,
        "standing_plans": standing,
        "exported": exported.entries,
        "waiting": exported.waiting,
    }


def _reap(dependencies: Dependencies, observation: Observation) -> str:
    try:
        reaped = dependencies.gate.reap(observation.evidence)
    except Refused:
        return ""  # another reaper was faster
    if reaped is None:
        return ""
    if reaped.first:
        dependencies.pager.page(
            subject=f"{dependencies.service}: run {reaped.run} died and was reaped",
            text=f"The run stopped renewing its lease. What it left: {reaped.outcome}.\n"
            f"Next: autopilot status",
            severity=Severity(dependencies.profile.pages.undone),
            thread=reaped.run,
        )
    return f"{reaped.run}: {reaped.outcome}"


def _refresh(
    gate: Gate, held: PlannerLease, observation: Observation, profile: Profile
) -> list[str]:
    view = gate.read()
    plans = list(standing_plans(view, observation, profile))
    try:
        gate.refresh_standing_plans(
            held,
            plans,
            evidence=observation.evidence,
            epoch=view.epoch,
            version=view.version,
        )
    except Refused:
        return []  # the lever is engaged, or an effect came between: the next minute plans again
    return [plan.route for plan in plans]


def standing_plans(
    view: LedgerView, observation: Observation, profile: Profile
) -> Iterator[StandingPlan]:
    """A contain for every route in use that healthy routes could relieve. Pure."""
    now_ms = observation.evidence.made_ms
    for route in view.allocation.routes:
        plan = _contain_plan(route, view, observation, profile)
        if plan is not None:
            yield StandingPlan(
                plan=plan,
                expires_ms=now_ms + profile.contain.plan_valid_seconds * 1000,
                dwell_seconds=profile.contain.dwell_seconds,
            )


def _contain_plan(
    route: Route, view: LedgerView, observation: Observation, profile: Profile
) -> Plan | None:
    evidence = observation.evidence
    target = standing_target(
        view.allocation,
        route,
        healthy=evidence.healthy(evidence.made_ms),
        proven=profile.proven,
        points_max=profile.contain.points_max,
    )
    if target is None:
        return None
    return Plan(
        runbook=RUNBOOK,
        service=profile.service.name,
        kind=ActKind.CONTAIN,
        route=route,
        base_epoch=view.epoch,
        base_version=view.version,
        before=view.allocation,
        steps=(Step(0, target, 0, f"contain {route}"),),
        undo=view.allocation,
        guards=profile.thresholds,
        bounds=profile.bounds(ActKind.CONTAIN),
    )
