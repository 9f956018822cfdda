"""The planner lease: which region tends the ledger, and how far its trail has come.

An item of its own, so that tending costs the ledger item nothing. The fence grows with every
taking, also by the same holder, so that of two overlapping runs of one region the older stops.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from autopilot.domain.permit import issue_lease, issue_record
from autopilot.domain.writes import (
    AnyOf,
    AtMost,
    ConditionalWrite,
    ConditionFailed,
    Copy,
    Equals,
    Exists,
    Missing,
    Plus,
    Set,
)
from autopilot.errors import Refused
from autopilot.gate.acts import LEASE_GRACE_MS
from autopilot.gate.door import PLANNER, Door

PLANNER_LEASE_SECONDS: Final = 90
GENESIS: Final = "0" * 64  #: stands for the line before the first


class PlannerSuperseded(Refused):
    """Another run tends the ledger now; this one stops, and nothing of it was applied."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a region's trail, and the ids of the segment that ends with it."""

    sequence: int = 0  #: of the last line; 0 before the first
    line_hash: str = GENESIS  #: SHA-256 of the last line, without its line end
    segment_ids: tuple[str, ...] = ()

    def to_item(self) -> dict[str, Any]:
        """As it lies in the planner's record."""
        return {
            "sequence": self.sequence,
            "line_hash": self.line_hash,
            "segment_ids": self.segment_ids,
        }

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Head:
        """Read what `to_item` wrote."""
        return cls(item["sequence"], item["line_hash"], tuple(item["segment_ids"]))


@dataclass(frozen=True, slots=True)
class PlannerLease:
    """The right to tend the ledger, with the heads of all trails as they stood when taken."""

    holder: str
    fence: int
    expires_ms: int
    heads: Mapping[str, Head]

    def head(self, region: str) -> Head:
        """How far the trail of `region` has come."""
        return self.heads.get(region, Head())


def initial_planner() -> dict[str, Any]:
    """The attributes of a new planner record."""
    return {"holder": "", "fence": 0, "expires_ms": 0, "heads": {}}


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
    heads = {region: Head.of(head) for region, head in item["heads"].items()}
    return PlannerLease(holder, item["fence"], item["expires_ms"], heads)


def move_head(door: Door, lease: PlannerLease, region: str, head: Head) -> None:
    """Record how far the trail of `region` has come; raise `PlannerSuperseded` if overtaken."""
    write = ConditionalWrite(
        PLANNER,
        (Set(("heads", region), head.to_item()),),
        conditions=(Equals(("fence",), lease.fence),),
    )
    try:
        door.ledger.write(write, issue_record("move trail head", write))
    except ConditionFailed as failure:
        raise superseded(lease, (failure.item or {}).get("fence")) from failure


def advance_head(door: Door, region: str, old: Head, new: Head) -> bool:
    """Record `new` for the trail of `region` if its head is still `old`, without a lease."""
    sequence = ("heads", region, "sequence")
    write = ConditionalWrite(
        PLANNER,
        (Set(("heads", region), new.to_item()),),
        conditions=(
            Exists(("heads",)),
            AnyOf((Missing(("heads", region)), Equals(sequence, old.sequence))),
        ),
    )
    try:
        door.ledger.write(write, issue_record("settle trail head", write))
    except ConditionFailed:
        return False
    return True


def superseded(lease: PlannerLease, found: object) -> PlannerSuperseded:
    """The error for a planner whose fence is no longer the newest."""
    return PlannerSuperseded(
        f"{lease.holder}: expected planner fence {lease.fence}, got {found}. "
        f"Stop here; the newer planner goes on."
    )
