"""What the machine's states send each other of a rollback, read once at the edge of a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopilot.domain.switches import SwitchPlan


def plan_of(message: Mapping[str, Any]) -> SwitchPlan:
    """The plan the run is carrying out."""
    return SwitchPlan.from_dict(message["rollback"]["plan"])
