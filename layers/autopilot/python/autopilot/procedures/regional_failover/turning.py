"""Takes one turn of the plan: the same for the writes, a database and the clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopilot.domain.failover import FailoverPlan, Kind
from autopilot.procedures.regional_failover.messages import plan_of
from autopilot.procedures.run_messages import cause_of, lease_of

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message


def turn(message: Message, dependencies: Dependencies, switch: str) -> dict[str, Any]:
    """Renew the lease and turn it; what it shows by then. Nothing where it has no turn."""
    planned, gate = plan_of(message), dependencies.gate
    step = planned.turn_of(switch)
    now_ms = dependencies.clock.now_ms()
    if step is None or planned.turns is None:
        return {"entry_id": "", "shows": "as it should", "turned_ms": now_ms}
    turned = gate.turn(
        gate.renew_lease(lease_of(message)),
        planned.turns,
        step.index,
        cause_of(message, "failover"),
        expires_ms=_until_ms(message, planned),
        switches=dependencies.switches,
    )
    return {
        "entry_id": turned.entry_id,
        "shows": turned.shows,
        "turned_ms": dependencies.clock.now_ms(),
    }


def expires_ms(message: Message) -> int:
    """Until when the plan holds: as last seen by the run, when it looked again."""
    return int(message.get("expires_ms") or message["failover"]["expires_ms"])


def _until_ms(message: Message, planned: FailoverPlan) -> int:
    """A move whose steps were judged rests on the last judgement, anything else on the plan."""
    judged = planned.kind is not Kind.LOSS and message.get("applied") is not None
    return int(message["evidence"]["expires_ms"]) if judged else expires_ms(message)
