"""Every minute: refreshes standing plans, ends dead runs, exports the journal to the trail."""

from __future__ import annotations

from typing import Any

from autopilot.handler import respond
from autopilot.wiring import Trust, wire


def handler(event: Any, context: Any) -> Any:
    """Tend the ledger, if this region holds the planner lease."""
    return respond(event, context, lambda _: wire(Trust.CHANGE).tend())
