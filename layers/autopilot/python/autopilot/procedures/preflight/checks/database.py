"""Whether a global database can be written in the region that is moved to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from autopilot.procedures.preflight.judged import Judged, go, no_go, warn

if TYPE_CHECKING:
    from autopilot.domain.failover_section import Database
    from autopilot.domain.inventory import DatabaseFacts
    from autopilot.procedures.preflight.move import Move

_AVAILABLE: Final = "available"
#: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_GlobalClusterMember.html
_BEING_MADE_AGAIN: Final = "pending-resync"


def members(move: Move, database: Database, facts: DatabaseFacts) -> Judged:
    """Both clusters of the profile are in it, and it is not busy with something else.

    A global database of which a region is lost may show anything but the target's own copy.
    """
    observed = f"{facts.status or 'no status'}, written in {facts.writer or 'no region'}"
    if reason := _in_the_way(move, database, facts):
        return no_go(observed, reason)
    if facts.heading:
        return warn(observed, f"on its way to {move.target} already")
    if facts.status != _AVAILABLE:
        return warn(observed, "not available, as may be while a region is lost")
    return go(observed, "its writer can be moved")


def _in_the_way(move: Move, database: Database, facts: DatabaseFacts) -> str:
    """Why its writer cannot be moved to the target; "" when it can."""
    if absent := [each.arn for each in database.clusters if each.arn not in facts.members]:
        return f"{', '.join(absent)} is no member of {database.identifier}: correct the profile"
    if facts.members[database.cluster_in(move.target).arn] == _BEING_MADE_AGAIN:
        return "the target's copy is being made again: wait until it is connected"
    if facts.heading == move.target:
        return ""
    if facts.heading or not facts.writer:
        return f"on its way to {facts.heading or 'nowhere'}: wait until that is over"
    busy = facts.status != _AVAILABLE and not move.is_lost
    return "busy, so that it would refuse to move: wait until it is available" if busy else ""


def written_here(move: Move, facts: DatabaseFacts) -> Judged:
    """Nothing is copied to where it is written."""
    return go(f"written in {facts.writer}", f"0 s behind in {move.target}")
