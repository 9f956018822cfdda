"""The planner lease: which region tends the ledger.

An item of its own, so that tending costs the ledger item nothing. The fence grows with every
taking, also by the same holder, so that of two overlapping runs of one region the older stops.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from autopilot.domain.permit import issue_lease
from autopilot.domain.writes import (
    AnyOf,
    AtMost,
    ConditionalWrite,
    ConditionFailed,
    Copy,
    Equals,
    Exists,
    Plus,
    Set,
)
from autopilot.errors import Refused
from autopilot.gate.acts import LEASE_GRACE_MS
from autopilot.gate.door import PLANNER, Door

PLANNER_LEASE_SECONDS: Final = 90


class PlannerSuperseded(Refused):
    """Another run tends the ledger now; this one stops, and nothing of it was applied."""


@dataclass(frozen=True, slots=True)
class PlannerLease:
    """The right to tend the ledger."""

    holder: str
    fence: int
    expires_ms: int


def initial_planner() -> dict[str, Any]:
    """The attributes of a new planner record."""
    return {"holder": "", "fence": 0, "expires_ms": 0}


def take(door: Door, holder: str) -> PlannerLease | None:
    """Take or keep the planner lease; None while another holds it, or before there is a ledger."""
    now_ms = door.clock.now_ms()
    over = AtMost(("expires_ms",), now_ms - LEASE_GRACE_MS)
    ours = Equals(("holder",), holder)
    write = ConditionalWrite(
        PLANNER,
        (
            Set(("fence",), Plus(Copy(("fence",)), 1)),
            Set(("holder",), holder),
            Set(("expires_ms",), now_ms + PLANNER_LEASE_SECONDS * 1000),
        ),
        conditions=(Exists(("fence",)), AnyOf((ours, over))),
    )
    try:
        item = door.ledger.write(write, issue_lease("take planner lease", write))
    except ConditionFailed:
        return None
    return PlannerLease(holder, item["fence"], item["expires_ms"])


def superseded(lease: PlannerLease, found: object) -> PlannerSuperseded:
    """The error for a planner whose fence is no longer the newest."""
    return PlannerSuperseded(
        f"{lease.holder}: expected planner fence {lease.fence}, got {found}. "
        f"Stop here; the newer planner goes on."
    )
