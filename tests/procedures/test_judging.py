"""Judging a step: harm is acted on at once, health needs the whole bake, no data moves nothing."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from autopilot.domain.allocation import Route
from autopilot.domain.plan import Plan
from autopilot.domain.profile import Profile
from autopilot.procedures.traffic_ramp.judging import Decision, judge_step, next_look_seconds
from autopilot.procedures.traffic_ramp.planning import plan_ramp
from autopilot.procedures.traffic_ramp.request import TrafficRampRequest
from tests.procedures.conftest import all_well, observation_of, view_of

DIRECT = Route("eu-central-1", "direct")
MCP = Route("eu-central-1", "mcp")


@pytest.fixture
def plan(profile: Profile) -> Plan:
    """A drain of the direct path at home, in more than one step."""
    counts = all_well(profile) | {DIRECT: (14400, 5000)}
    request = TrafficRampRequest(direction="down", route=str(DIRECT))
    observation = observation_of(profile, counts)
    return plan_ramp(request, view_of(profile.baseline()), observation, profile)


def decided(
    profile: Profile,
    plan: Plan,
    counts: Mapping[Route, tuple[int, int]],
    *,
    step: int = 0,
    baked: int = 60,
    unmoved: bool = True,
) -> Decision:
    """What follows from these counts."""
    seen = observation_of(profile, counts)
    return judge_step(plan, step, seen, baked_seconds=baked, unmoved=unmoved).decision


def test_harm_on_a_route_that_gained_is_undone_before_the_bake_is_over(
    profile: Profile, plan: Plan
) -> None:
    """Waiting would only cost requests."""
    counts = all_well(profile) | {MCP: (2000, 400)}
    assert decided(profile, plan, counts, baked=15) is Decision.UNDO


def test_health_counts_only_once_the_bake_is_over(profile: Profile, plan: Plan) -> None:
    """A good first quarter of a minute proves little."""
    counts = all_well(profile) | {DIRECT: (14400, 5000)}
    assert decided(profile, plan, counts, baked=59) is Decision.BAKE_ON
    assert decided(profile, plan, counts, baked=60) is Decision.NEXT_STEP


def test_a_down_ramp_ends_early_once_the_whole_service_is_well(
    profile: Profile, plan: Plan
) -> None:
    """What is left on the route then shows whether it recovers."""
    assert decided(profile, plan, all_well(profile)) is Decision.MITIGATED


def test_the_last_step_that_holds_finishes_the_ramp(profile: Profile, plan: Plan) -> None:
    """Nothing is left to do."""
    last = len(plan.steps) - 1
    assert decided(profile, plan, all_well(profile), step=last) is Decision.FINISH


def test_without_data_the_ramp_pauses_and_then_stops_where_it_is(
    profile: Profile, plan: Plan
) -> None:
    """Unknown is never a reason to move anything, in either direction."""
    limit = plan.steps[0].bake_seconds + plan.bounds.unknown_seconds_max
    assert decided(profile, plan, {}, baked=limit - 1) is Decision.BAKE_ON
    assert decided(profile, plan, {}, baked=limit) is Decision.BLIND


def test_another_change_of_the_allocation_ends_the_judging(profile: Profile, plan: Plan) -> None:
    """Even when harm shows: it is somebody else's allocation now."""
    counts = all_well(profile) | {MCP: (2000, 400)}
    assert decided(profile, plan, counts, unmoved=False) is Decision.SUPERSEDED


def test_a_new_step_is_looked_at_closely_and_then_seldom() -> None:
    """Harm shows in the first full period; events of a run are limited."""
    assert [next_look_seconds(baked, 15) for baked in (0, 29, 30, 600)] == [5, 5, 15, 15]
    assert next_look_seconds(0, 2) == 2
