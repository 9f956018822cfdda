"""Every minute: puts what waits in the trail's inbox into the region's log."""

from __future__ import annotations

from typing import Any

from autopilot.handler import respond
from autopilot.wiring import Trust, wire


def handler(event: Any, context: Any) -> Any:
    """Seal what waits. Of the event nothing is read."""
    return respond(event, context, lambda _: wire(Trust.REPORT).seal_trail())
