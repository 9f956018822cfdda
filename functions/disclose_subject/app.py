"""Hand out what is held about a person, before it is erased. Cannot destroy a key."""

from __future__ import annotations

from typing import Any

from autopilot.handler import respond
from autopilot.wiring import Trust, wire


def handler(event: Any, context: Any) -> Any:
    """Carry out the operation that the machine's message names."""
    return respond(event, context, lambda message: wire(Trust.DISCLOSE).carry_out(message))
