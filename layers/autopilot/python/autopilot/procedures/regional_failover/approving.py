"""A failover that asks first: when its plan is void, and what people said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopilot.domain.failover import FailoverPlan, Kind
from autopilot.domain.switches import ADMISSION, WRITER
from autopilot.procedures import approvals
from autopilot.procedures.regional_failover.messages import plan_of
from autopilot.procedures.regional_failover.planning import Scene
from autopilot.procedures.regional_failover.scene import (
    look_around,
    lost_in,
    routes_seen,
    with_probes,
)

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message


def look_at_approval(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Judge the world again, then see what people said; the first step gets fresh evidence."""
    plan, scene = plan_of(message), look_around(dependencies)
    profile = dependencies.profile
    seen = approvals.looked(
        dependencies.gate,
        str(message["approval"]["id"]),
        now_ms=scene.now_ms,
        void=why_void(plan, scene),
    )
    observation = routes_seen(
        dependencies,
        since_ms=scene.now_ms - profile.thresholds.fresh_seconds * 1000,
        now_ms=scene.now_ms,
        leave_out=lost_in(scene.regions),
    )
    evidence = with_probes(observation.evidence, scene.regions, profile.thresholds)
    valid_seconds = profile.failover.plan_valid_seconds if profile.failover else 0
    return {
        "decision": seen.decision,
        "summary": seen.summary,
        "evidence": evidence.to_dict(),
        "expires_ms": scene.now_ms + valid_seconds * 1000,
    }


def why_void(plan: FailoverPlan, scene: Scene) -> str:
    """Why nobody needs to decide on `plan` any more; "" while it still fits. Pure."""
    base = (plan.allocation.base_epoch, plan.allocation.base_version)
    if scene.view.versioned.order != base:
        last = scene.view.last_effect
        by = f"{last.act} by {last.run or 'an alarm'}"
        return f"The plan is void: {by} changed what it was made for. Start the run again."
    for name, shows in ((WRITER, scene.writer), (ADMISSION, scene.open_regions)):
        turn = plan.turn_of(name)
        if turn is not None and turn.before != shows:
            return f"The plan is void: {name} shows {shows} by now. Start the run again."
    if plan.kind is Kind.LOSS and plan.source not in lost_in(scene.regions):
        seen = scene.regions[plan.source]
        return f"The plan is void: {plan.source} is {seen.state} ({seen.reason})."
    return ""
