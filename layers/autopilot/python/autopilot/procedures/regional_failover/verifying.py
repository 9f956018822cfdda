"""Verifies a failover by what the target shows: its metrics, its writes, and every switch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.failover import FailoverPlan, Kind
from autopilot.errors import Refused, Transient
from autopilot.procedures.observation import SETTLE_MS
from autopilot.procedures.regional_failover.judging import (
    LOOK_SECONDS,
    Decision,
    Seen,
    judge_failover,
)
from autopilot.procedures.regional_failover.messages import plan_of
from autopilot.procedures.regional_failover.scene import routes_seen

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

#: Health checks see a flag after three looks of ten seconds, and DNS answers live for thirty.
FOLLOW_SECONDS: Final = 60


def verify(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """One look: whether clients and writes have followed."""
    plan, now_ms = plan_of(message), dependencies.clock.now_ms()
    section = dependencies.profile.failover
    turned_ms = int(message["admitted"]["turned_ms"])
    leave_out = (plan.source,) if plan.kind is Kind.LOSS else ()
    since_ms = max(turned_ms + SETTLE_MS, now_ms - LOOK_SECONDS * 6000)
    whole = routes_seen(dependencies, since_ms=since_ms, now_ms=now_ms, leave_out=leave_out).whole
    judgement = judge_failover(
        Seen(
            whole=whole,
            takes_writes=_takes_writes(plan, dependencies),
            moved=_moved(plan, dependencies),
            waited_seconds=(now_ms - turned_ms) // 1000,
        ),
        settle_seconds=FOLLOW_SECONDS,
        verify_seconds_max=section.verify_seconds_max if section else FOLLOW_SECONDS,
    )
    return {
        "decision": judgement.decision,
        "outcome": judgement.decision if judgement.decision is not Decision.LOOK_AGAIN else "",
        "summary": judgement.summary,
        "look_seconds": LOOK_SECONDS,
    }


def _takes_writes(plan: FailoverPlan, dependencies: Dependencies) -> bool | None:
    """Whether the target takes writes, as it says itself at its own address."""
    url = dependencies.profile.probes.urls[plan.target]
    try:
        body = dependencies.endpoints.get_json(url).body
    except (Refused, Transient):
        return None
    writes = body.get("writes") if isinstance(body, Mapping) else None
    return bool(writes.get("accepting")) if isinstance(writes, Mapping) else None


def _moved(plan: FailoverPlan, dependencies: Dependencies) -> list[str]:
    """What shows something else than the plan left it at, in words."""
    said = []
    for step in plan.turns.steps if plan.turns else ():
        shows = dependencies.switches[step.switch].observe().value
        said += [f"{step.switch} shows {shows}, not {step.to}"] if shows != step.to else []
    allocation = dependencies.gate.read().allocation
    if allocation != plan.allocation.goal:
        said.append(f"the allocation is {allocation}, not {plan.allocation.goal}")
    return said
