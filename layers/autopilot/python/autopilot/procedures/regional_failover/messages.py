"""What the machine's states send each other of a failover, read once at the edge of a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopilot.domain.failover import FailoverPlan


def plan_of(message: Mapping[str, Any]) -> FailoverPlan:
    """The plan the run is carrying out."""
    return FailoverPlan.from_dict(message["failover"]["plan"])
