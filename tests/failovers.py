"""Failovers as tests use them: the drills' profile, a scene in which all is well, and plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from autopilot.domain.allocation import Allocation
from autopilot.domain.failover import FailoverPlan, Kind
from autopilot.domain.probes import RegionVerdict
from autopilot.domain.profile import Profile
from autopilot.domain.verdict import State
from autopilot.gate.ledger import LedgerView, initial_item
from autopilot.procedures.regional_failover.planning import Scene, Way, plan_failover
from autopilot_lab.drill.profiles import profile_text
from autopilot_lab.drill.project import SCENARIOS

PROFILE = Profile.load(profile_text(SCENARIOS / "profiles" / "failover.toml"))
HOME, STANDBY = PROFILE.regions.home, PROFILE.regions.standby
PROVEN = PROFILE.proven
BOTH = f"{HOME}+{STANDBY}"
NOW_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
LOSS = Way(Kind.LOSS, HOME, STANDBY)
MOVE = Way(Kind.MOVE, HOME, STANDBY)
BACK = Way(Kind.BACK, STANDBY, HOME)


def verdict(state: State) -> RegionVerdict:
    """What two vantages say of a region."""
    said = {State.HEALTHY: "answers", State.UNHEALTHY: "unreachable from"}.get(state, "unclear to")
    return RegionVerdict(state, ("eu-west-1", "eu-west-3"), f"{said} eu-west-1 and eu-west-3")


def scene(
    *,
    home: State = State.HEALTHY,
    standby: State = State.HEALTHY,
    writer: str = HOME,
    open_regions: str = BOTH,
    well_ms: int = HOUR_MS,
    allocation: Allocation | None = None,
    version: int = 1,
) -> Scene:
    """The service at its baseline, home owning the writes, both regions open."""
    item: dict[str, Any] = {**initial_item(allocation or PROFILE.baseline()), "version": version}
    regions: Mapping[str, RegionVerdict] = {HOME: verdict(home), STANDBY: verdict(standby)}
    return Scene(
        view=LedgerView.of(item),
        regions=regions,
        well_since_ms={
            each: NOW_MS - well_ms if said.state is State.HEALTHY else 0
            for each, said in regions.items()
        },
        writer=writer,
        open_regions=open_regions,
        now_ms=NOW_MS,
    )


def planned(way: Way, seen: Scene) -> FailoverPlan:
    """The plan for that way in that scene."""
    assert PROFILE.failover is not None
    return plan_failover(way, seen, PROFILE, PROFILE.failover)


def moved_on(seen: Scene, version: int) -> Scene:
    """The same scene after somebody else changed the allocation."""
    return replace(seen, view=LedgerView.of({**seen.view.item, "version": version}))
