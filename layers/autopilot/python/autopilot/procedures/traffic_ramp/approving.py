"""A ramp that asks first: what it asks, when its plan is void, and how it uses a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.plan import ActKind
from autopilot.domain.verdict import State
from autopilot.errors import Refused
from autopilot.procedures import approvals
from autopilot.procedures.observation import observe
from autopilot.procedures.traffic_ramp.messages import plan_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.domain.plan import Plan
    from autopilot.domain.profile import Profile
    from autopilot.gate.gate import Gate
    from autopilot.gate.ledger import Lease, LedgerView
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.observation import Observation
    from autopilot.procedures.traffic_ramp.request import TrafficRampRequest

#: How the runs that alarms start are called, and those that such a run starts in turn.
_ALARM_RUNS: Final = "incident-"


def started_by_alarm(run: str, incident: str) -> bool:
    """Whether no person asked for a run."""
    return bool(incident) or run.startswith(_ALARM_RUNS)


def question_about(
    plan: Plan, request: TrafficRampRequest, run: str, observation: Observation, profile: Profile
) -> dict[str, Any] | None:
    """What to ask before the ramp; None for one that needs no approval, or changes nothing.

    A dry run shows that it would ask, whoever starts it.
    """
    unnamed = request.mode == "dry_run" or started_by_alarm(run, request.incident)
    asking = approvals.question(
        profile,
        kind=plan.kind.value,
        plan=plan,
        summary=_words(plan),
        requested_by=request.requested_by,
        by_alarm=unnamed,
        incident=request.incident,
    )
    if asking is None:
        return None
    return {**asking, "drains_unwell": _drains_unwell(plan, observation)}


def look_at_approval(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Judge the world again, then see what people said; the evidence is fresh for the first step.

    What made the plan right may be over while people think about it.
    """
    profile, now_ms = dependencies.profile, dependencies.clock.now_ms()
    observation = observe(
        dependencies.telemetry,
        tuple(profile.proven),
        profile.thresholds,
        since_ms=now_ms - profile.thresholds.fresh_seconds * 1000,
        now_ms=now_ms,
    )
    plan, unwell = plan_of(message), bool(message["ramp"]["ask"]["drains_unwell"])
    void = why_void(plan, dependencies.gate.read(), observation, drains_unwell=unwell)
    seen = approvals.looked(
        dependencies.gate, str(message["approval"]["id"]), now_ms=now_ms, void=void
    )
    evidence = observation.evidence.to_dict()
    return {"decision": seen.decision, "summary": seen.summary, "evidence": evidence}


def why_void(plan: Plan, view: LedgerView, observation: Observation, *, drains_unwell: bool) -> str:
    """Why nobody needs to decide on `plan` any more; "" while it still fits. Pure."""
    if view.versioned.order != (plan.base_epoch, plan.base_version):
        last = view.last_effect
        by = f"{last.act} by {last.run or 'an alarm'}"
        return f"The plan is void: {by} changed what it was made for. Start the run again."
    if drains_unwell and _well(plan, observation) and observation.whole.state is State.HEALTHY:
        return f"The plan is void: {plan.route} has recovered by itself."
    return ""


def use_approval(message: Mapping[str, Any], lease: Lease, gate: Gate) -> None:
    """Use up the approval once the lease is held; without it the lease is given back.

    In this order, because a lease that is taken may lie unused, and an approval counts once.
    """
    try:
        approvals.consume(message, gate, digest=plan_of(message).digest())
    except Refused:
        gate.close_run(str(message["run"]), "refused")
        gate.return_lease(lease)
        raise


def _drains_unwell(plan: Plan, observation: Observation) -> bool:
    return plan.kind is ActKind.RAMP_DOWN and not _well(plan, observation)


def _well(plan: Plan, observation: Observation) -> bool:
    seen = observation.evidence.verdict(plan.route) if plan.route else None
    return seen is not None and seen.state is State.HEALTHY


def _words(plan: Plan) -> str:
    steps = "; then ".join(f"{step.target} for {step.bake_seconds} s" for step in plan.steps)
    return f"{plan.kind.value.replace('_', ' ')} {plan.route} from {plan.before}: {steps}"
