"""Judges a step of a planned move while it bakes, by the rules of every ramp."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autopilot.procedures.observation import PERIOD_MS, SETTLE_MS
from autopilot.procedures.regional_failover.messages import plan_of
from autopilot.procedures.regional_failover.scene import routes_seen
from autopilot.procedures.run_messages import applied_of
from autopilot.procedures.traffic_ramp import judging
from autopilot.procedures.traffic_ramp.judging import Decision, next_look_seconds

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

_NEEDS_HEALTH: Final = frozenset({Decision.NEXT_STEP, Decision.FINISH})


def judge_step(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Harm counts from the period of the step on, health once every router has read the step."""
    applied, now_ms = applied_of(message), dependencies.clock.now_ms()
    planned, index = plan_of(message).allocation, int(message["step"])
    order = dependencies.gate.read().versioned.order
    baked_seconds = (now_ms - applied.applied_ms) // 1000
    since_ms = applied.applied_ms - applied.applied_ms % PERIOD_MS
    for since in (since_ms, applied.applied_ms + SETTLE_MS):
        observation = routes_seen(dependencies, since_ms=since, now_ms=now_ms, leave_out=())
        judged = judging.judge_step(
            planned,
            index,
            observation,
            baked_seconds=baked_seconds,
            unmoved=order == (applied.epoch, applied.version),
        )
        if judged.decision not in _NEEDS_HEALTH:
            break
    return {
        "decision": judged.decision,
        "summary": judged.summary,
        "evidence": observation.evidence.to_dict(),
        "look_seconds": next_look_seconds(baked_seconds, dependencies.profile.ramp.poll_seconds),
    }
