"""A failover that asks first: when its plan is void, and what people said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopilot.domain.failover import FailoverPlan, Kind
from autopilot.domain.switches import DATABASE, DATABASE_SWITCHES
from autopilot.procedures import approvals
from autopilot.procedures.regional_failover.messages import plan_of
from autopilot.procedures.regional_failover.planning import Scene
from autopilot.procedures.regional_failover.scene import evidence_now, look_around, lost_in

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message


def look_at_approval(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Judge the world again, then see what people said; the first step gets fresh evidence."""
    plan, scene = plan_of(message), look_around(dependencies)
    seen = approvals.looked(
        dependencies.gate,
        str(message["approval"]["id"]),
        now_ms=scene.now_ms,
        void=why_void(plan, scene),
    )
    return {"decision": seen.decision, "summary": seen.summary, **_fresh(scene, dependencies)}


def look_again(_message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Fresh evidence for the steps that are left, once a database has taken its minutes."""
    return _fresh(look_around(dependencies), dependencies)


def _fresh(scene: Scene, dependencies: Dependencies) -> dict[str, Any]:
    section = dependencies.profile.failover
    valid_seconds = section.plan_valid_seconds if section else 0
    return {
        "evidence": evidence_now(scene, dependencies).to_dict(),
        "expires_ms": scene.now_ms + valid_seconds * 1000,
    }


def why_void(plan: FailoverPlan, scene: Scene) -> str:
    """Why nobody needs to decide on `plan` any more; "" while it still fits. Pure."""
    base = (plan.allocation.base_epoch, plan.allocation.base_version)
    if scene.view.versioned.order != base:
        last = scene.view.last_effect
        by = f"{last.act} by {last.run or 'an alarm'}"
        return f"The plan is void: {by} changed what it was made for. Start the run again."
    for turn in plan.turns.steps if plan.turns else ():
        shows = scene.shown[DATABASE if turn.switch in DATABASE_SWITCHES else turn.switch]
        if turn.before != shows:
            return f"The plan is void: {turn.switch} shows {shows} by now. Start the run again."
    if plan.kind is Kind.LOSS and plan.source not in lost_in(scene.regions):
        seen = scene.regions[plan.source]
        return f"The plan is void: {plan.source} is {seen.state} ({seen.reason})."
    return ""
