"""Moves the writer of a database after the writes: started once, looked at until it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopilot.procedures.cases import keep
from autopilot.procedures.regional_failover.messages import plan_of
from autopilot.procedures.regional_failover.planning import database_turn
from autopilot.procedures.regional_failover.turning import turn

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message


def promote_database(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """One look, which starts the move unless it was started: is the writer there?

    Call it only once the owner before has stopped: AWS fences its writes as best it can, no more.
    """
    step = database_turn(plan_of(message))
    turned = turn(message, dependencies, step.switch if step else "")
    keep(dependencies.gate, str(message["failover"].get("incident") or ""))
    since_ms = int((message.get("promotion") or turned)["turned_ms"])
    seconds = (turned["turned_ms"] - since_ms) // 1000
    is_there = step is None or turned["shows"] == step.to
    return {
        "decision": _decision(message, seconds, is_there=is_there),
        "summary": f"the database shows {turned['shows']} after {seconds} s",
        "turned_ms": since_ms,
    }


def _decision(message: Message, seconds: int, *, is_there: bool) -> str:
    if is_there:
        return "there"
    return "over" if seconds >= int(message["failover"]["database_seconds"]) else "wait"
