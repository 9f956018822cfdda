"""Moves sealed segments into the archive, and destroys what has come to its end."""

from __future__ import annotations

from typing import Any

from autopilot.handler import respond
from autopilot.wiring import Trust, wire


def handler(event: Any, context: Any) -> Any:
    """Carry out the operation that the machine's message names."""
    return respond(event, context, lambda message: wire(Trust.ARCHIVE).carry_out(message))
