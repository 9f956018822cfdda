"""What the machine's states send each other, read once at the edge of a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from autopilot.domain.switches import SwitchPlan
from autopilot.gate.entries import Cause
from autopilot.gate.ledger import Lease

_LEASE = TypeAdapter(Lease)


def plan_of(message: Mapping[str, Any]) -> SwitchPlan:
    """The plan the run is carrying out."""
    return SwitchPlan.from_dict(message["rollback"]["plan"])


def lease_of(message: Mapping[str, Any]) -> Lease:
    """The lease the run holds."""
    return _LEASE.validate_python(message["lease"])


def cause_of(message: Mapping[str, Any]) -> Cause:
    """Why the run does what it does."""
    run, rollback = str(message["run"]), message["rollback"]
    why = str(rollback.get("reason") or "started by hand")
    return Cause(id=run, by=run, why=why, by_alarm=bool(rollback.get("incident")))
