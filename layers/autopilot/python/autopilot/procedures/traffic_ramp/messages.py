"""What the machine's states send each other of a ramp, read once at the edge of a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopilot.domain.plan import Plan


def plan_of(message: Mapping[str, Any]) -> Plan:
    """The plan the run is carrying out."""
    return Plan.from_dict(message["ramp"]["plan"])
