"""Which move is rehearsed, and the plan that the failover itself would make of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopilot.procedures.recovery_rehearsal.request import read_rehearsal
from autopilot.procedures.regional_failover import operations as failover

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message


def plan(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Choose the region that is supposed to be lost, and let regional_failover plan, dry."""
    request, regions = read_rehearsal(message, dependencies), dependencies.profile.regions
    target = request.to or dependencies.region
    source = regions.home if target == regions.standby else regions.standby
    planned = failover.plan({"request": {"region": source}}, dependencies)
    return {
        "mode": request.mode,
        "source": source,
        "target": target,
        "planned": planned["plan"] is not None,
        "plan": str(planned["summary"]).removesuffix(failover.HINT),
        "digest": planned["digest"],
    }
