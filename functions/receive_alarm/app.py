"""Receives alarms, by EventBridge or directly, and starts one considered answer for each cause."""

from __future__ import annotations

from typing import Any

from autopilot.handler import respond
from autopilot.wiring import Trust, wire


def handler(event: Any, context: Any) -> Any:
    """Open a case for the alarm, or join the one that is open."""
    return respond(event, context, lambda alarm: wire(Trust.CHANGE).receive(alarm))
