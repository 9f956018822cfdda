"""Destroy the keys of a person who asked for it, and sign the receipt. Cannot read a thing."""

from __future__ import annotations

from typing import Any

from autopilot.handler import respond
from autopilot.wiring import Trust, wire


def handler(event: Any, context: Any) -> Any:
    """Carry out the operation that the machine's message names."""
    return respond(event, context, lambda message: wire(Trust.ERASE).carry_out(message))
