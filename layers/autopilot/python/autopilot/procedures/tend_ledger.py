"""Tends the ledger every minute, in one region at a time: plans, dead runs, export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.fitness import fit_targets
from autopilot.domain.page import Page
from autopilot.domain.readings import Measured, Reading
from autopilot.domain.severity import Severity
from autopilot.errors import Refused, Transient
from autopilot.gate.planner import PlannerSuperseded
from autopilot.procedures.cases import restart_dead
from autopilot.procedures.emergency_rollback.register import look_at_release
from autopilot.procedures.escalate import escalate
from autopilot.procedures.health_sweep.fitness import ages, fresh_ceilings, last_sweeps
from autopilot.procedures.observation import Observation, observe
from autopilot.procedures.regional_failover.offering import offer_failback
from autopilot.procedures.standing import standing_plans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from autopilot.domain.allocation import Route
    from autopilot.domain.fitness import Ceiling
    from autopilot.gate.export import Exported
    from autopilot.gate.ledger import LedgerView
    from autopilot.gate.planner import PlannerLease
    from autopilot.procedures.dependencies import Dependencies

#: Deadlines of requests are counted in days: an hour is soon enough to look at them.
DEADLINES_AT_MINUTE: Final = 7
_MINUTE_MS: Final = 60_000
_MINUTES_OF_AN_HOUR: Final = 60
_SECOND_MS: Final = 1_000


def tend(dependencies: Dependencies) -> dict[str, Any]:
    """Do the minute's work if this region holds the planner lease, or can take it.

    The journal is exported first, because that must go on though nothing can be observed.
    """
    held = dependencies.gate.take_planner_lease(dependencies.region)
    if held is None:
        return {"planner": False}
    try:
        exported = dependencies.gate.export(held, dependencies.trail)
    except PlannerSuperseded:
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
    sweeps = last_sweeps(dependencies)
    dependencies.meter.record([*_journal(exported, now_ms), *ages(sweeps, now_ms)])
    ceilings = fresh_ceilings(sweeps, dependencies)
    return {
        "planner": True,
        "reaped": _reap(dependencies, exported.view, observation),
        "standing_plans": _refresh(dependencies, held, exported.view, observation, ceilings),
        "restarted": restart_dead(dependencies.gate, dependencies.runs, now_ms),
        "escalated": escalate(dependencies),
        "failback": offer_failback(dependencies, now_ms),
        "deadlines": _warn(dependencies, now_ms),
        "release": look_at_release(dependencies, observation.whole.state, now_ms),
        "exported": exported.entries,
        "waiting": exported.waiting,
    }


def _journal(exported: Exported, now_ms: int) -> Iterator[Reading]:
    """What the automation did since the last pass, and how long its record was late."""
    oldest_ms = now_ms if exported.oldest_ms is None else exported.oldest_ms
    yield Reading(Measured.EFFECTS, float(exported.entries))
    yield Reading(Measured.JOURNAL_WAITING, float(exported.waiting))
    yield Reading(Measured.AUDIT_LAG, max(0, now_ms - oldest_ms) / _SECOND_MS)


def _warn(dependencies: Dependencies, now_ms: int) -> list[str]:
    """Requests of persons that are nearly due, looked at once an hour."""
    if now_ms // _MINUTE_MS % _MINUTES_OF_AN_HOUR != DEADLINES_AT_MINUTE:
        return []
    from autopilot.procedures.subject_erasure.recording import (  # noqa: PLC0415 - once an hour
        warn_of_deadlines,
    )

    return warn_of_deadlines(dependencies)


def _reap(dependencies: Dependencies, view: LedgerView, observation: Observation) -> str:
    def tell(run: str, outcome: str) -> None:
        dependencies.pager.page(
            Page(
                key=f"reaped/{run}",
                thread=run,
                severity=Severity(dependencies.profile.pages.undone),
                title=f"{dependencies.service}: run {run} died and was reaped",
                seen="The run stopped renewing its lease.",
                done=f"What it left: {outcome}.",
                decide="",
            )
        )

    try:
        reaped = dependencies.gate.reap(
            view, observation.evidence, tell, lambda: dependencies.switches
        )
    except Refused:
        return ""  # another reaper was faster
    except Transient as unanswered:
        return f"not reaped, the next pass tries again: {unanswered}"
    return "" if reaped is None else f"{reaped.run}: {reaped.outcome}"


def _refresh(
    dependencies: Dependencies,
    held: PlannerLease,
    view: LedgerView,
    observation: Observation,
    ceilings: Sequence[Mapping[Route, Ceiling]],
) -> list[str]:
    """Routes that an alarm could relieve now. Whatever moved since `view` refuses the write."""
    profile = dependencies.profile
    fit = fit_targets(profile.proven, ceilings)
    plans = standing_plans(view.versioned, observation.evidence, profile, fit)
    try:
        refreshed = dependencies.gate.refresh_standing_plans(
            held,
            plans,
            evidence=observation.evidence,
            epoch=view.epoch,
            version=view.version,
        )
    except Refused:
        return []  # the lever is engaged, or an effect came between: the next minute plans again
    return sorted(str(route) for route in refreshed.view.standing)
