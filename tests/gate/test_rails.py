"""No plan leaves the rails, whoever made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.plan import ActKind, Plan
from autopilot.domain.profile import Profile
from autopilot.domain.verdict import State
from autopilot.gate.rails import Rails
from tests.gate.service import (
    BASELINE,
    HOME_DIRECT,
    HOME_MCP,
    PROVEN,
    RAILS,
    STANDBY_DIRECT,
    STANDBY_MCP,
    START_MS,
    evidence_at,
    plan_of,
)

DOWN = BASELINE.move(HOME_DIRECT, {HOME_MCP: 10, STANDBY_DIRECT: 10})
UP = BASELINE.move(HOME_MCP, {HOME_DIRECT: 10})


def plan(target: Allocation, kind: ActKind = ActKind.RAMP_DOWN) -> Plan:
    """One step to `target`."""
    return plan_of(kind, 1, 1, BASELINE, [target])


def broken(
    subject: Plan,
    states: Mapping[Route, State] | None = None,
    *,
    step: int = 0,
    rails: Rails = RAILS,
    age_seconds: int = 0,
) -> str:
    """What the rails say to `step` of a plan."""
    evidence = evidence_at(START_MS - age_seconds * 1000, states)
    return rails.broken_by(subject, step, evidence, START_MS)


def test_a_plan_within_the_rails_breaks_none() -> None:
    """Down and up."""
    assert broken(plan(DOWN)) == ""
    assert broken(plan(UP, ActKind.RAMP_UP)) == ""


def test_a_route_never_gets_more_than_it_is_proven_to_carry() -> None:
    """Standby MCP is proven for 30 %."""
    over = BASELINE.move(HOME_DIRECT, {STANDBY_MCP: 25})
    assert broken(plan(over)) == ""
    less = replace(RAILS, proven={**PROVEN, STANDBY_MCP: 29})
    assert "expected at most 29 %, its proven capacity, got 30 %" in broken(plan(over), rails=less)


@pytest.mark.parametrize("state", [State.UNKNOWN, State.UNHEALTHY])
def test_no_weight_moves_onto_a_route_that_is_not_known_to_be_healthy(state: State) -> None:
    """Unknown is never healthy."""
    assert f"{HOME_MCP}: expected a fresh healthy verdict" in broken(plan(DOWN), {HOME_MCP: state})


def test_expired_evidence_makes_no_route_healthy() -> None:
    """Both gaining routes are named."""
    said = broken(plan(DOWN), age_seconds=180)
    assert str(HOME_MCP) in said
    assert str(STANDBY_DIRECT) in said


def test_the_first_step_up_may_try_a_route_that_nothing_is_known_of() -> None:
    """Without requests there is no verdict; from the second step on there must be one."""
    second = UP.move(HOME_MCP, {HOME_DIRECT: 5})
    two = plan_of(ActKind.RAMP_UP, 1, 1, BASELINE, [UP, second])
    unknown = {HOME_DIRECT: State.UNKNOWN}
    assert broken(two, unknown) == ""
    assert "a fresh healthy verdict" in broken(two, unknown, step=1)
    assert "a fresh healthy verdict" in broken(two, {HOME_DIRECT: State.UNHEALTHY})


def test_what_takes_weight_off_leaves_healthy_capacity_above_the_floor() -> None:
    """Home direct fails and only standby MCP, proven for 30 %, is known to be healthy."""
    unknown = {HOME_MCP: State.UNKNOWN, STANDBY_DIRECT: State.UNKNOWN}
    to_standby = plan(BASELINE.move(HOME_DIRECT, {STANDBY_MCP: 10}))
    assert "healthy capacity left: expected at least 50 %, got 30 %" in broken(to_standby, unknown)


def test_a_plan_binds_itself_no_less_than_the_profile_does() -> None:
    """Points per step, runs, and the window they are counted in."""
    loose = replace(plan(DOWN).bounds, points_per_step_max=26, runs_max=4, window_seconds=60)
    said = broken(replace(plan(DOWN), bounds=loose))
    assert "points per step: expected at most 25, got 26" in said
    assert "runs per window: expected at most 3, got 4" in said
    assert "window seconds: expected at least 3600, got 60" in said


def test_an_empty_selector_is_an_error_and_never_all() -> None:
    """No route, or one that the service does not have."""
    assert "route: expected one route of the profile, got None" in broken(
        replace(plan(DOWN), route=None)
    )
    elsewhere = replace(plan(DOWN), route=Route("eu-west-3", "direct"))
    assert "got eu-west-3/direct" in broken(elsewhere)


def test_a_plan_over_other_routes_than_the_profile_has_is_refused() -> None:
    """The profile was changed after the plan was made."""
    fewer = replace(RAILS, proven={route: PROVEN[route] for route in (HOME_DIRECT, HOME_MCP)})
    assert "routes: expected" in broken(plan(DOWN), rails=fewer)


def test_a_kind_without_rails_is_refused() -> None:
    """An undo is no plan of its own."""
    none = replace(RAILS, kinds={})
    assert "kind: expected" in broken(plan(DOWN), rails=none)


def test_the_rails_of_the_reference_profile_are_those_of_its_sections() -> None:
    """Proven capacity, floor, and the bounds of every kind of plan."""
    profile = Profile.load(Path("layers/profile/profile/profile.toml").read_text("utf-8"))
    rails = Rails.of(profile)
    assert rails.proven == PROVEN
    assert rails.healthy_capacity_floor_percent == 60
    assert {kind: bounds.points_per_step_max for kind, bounds in rails.kinds.items()} == {
        ActKind.RAMP_DOWN: 25,
        ActKind.RAMP_UP: 25,
        ActKind.CONTAIN: 50,
        ActKind.FAILOVER: 100,
    }
