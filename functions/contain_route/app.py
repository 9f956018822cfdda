"""The reflex: one conditional write takes a failing route out of use, then the ramp is started."""

from __future__ import annotations

from typing import Any

from autopilot.handler import respond
from autopilot.wiring import Trust, wire


def handler(event: Any, context: Any) -> Any:
    """Contain the route that the CloudWatch alarm is about."""
    return respond(event, context, lambda alarm: wire(Trust.CHANGE).contain(alarm), traced=False)
