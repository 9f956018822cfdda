"""The function URL for approvals: people with credentials list requests and decide on them."""

from __future__ import annotations

from typing import Any

from autopilot.handler import respond_over_http
from autopilot.wiring import Trust, wire


def handler(event: Any, context: Any) -> Any:
    """List or decide, as the caller whom AWS identified."""
    return respond_over_http(event, context, lambda request: wire(Trust.REPORT).decide(request))
