"""Planning a ramp is arithmetic on what the ledger holds and what was observed."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.allocation import Route
from autopilot.domain.plan import ActKind
from autopilot.domain.profile import Profile
from autopilot.errors import BadInput, Refused
from autopilot.procedures.incident_response.assessing import LEASE_WAIT_SECONDS
from autopilot.procedures.requests import read_request
from autopilot.procedures.traffic_ramp.planning import (
    BAKE_SECONDS_MAX,
    RUN_SECONDS_MAX,
    first_step,
    plan_ramp,
)
from autopilot.procedures.traffic_ramp.request import TrafficRampRequest
from tests.procedures.conftest import all_well, observation_of, view_of

MACHINE = Path(__file__).parents[2] / "statemachines" / "traffic_ramp.asl.yaml"
DIRECT = Route("eu-central-1", "direct")
MCP = Route("eu-central-1", "mcp")


def read(value: object) -> TrafficRampRequest:
    """The request as the function reads it."""
    return read_request(TrafficRampRequest, value, runbook="traffic_ramp", service="hybrid-routing")


def test_an_empty_request_plans_to_drain_the_route_that_fails_most(profile: Profile) -> None:
    """Without a word of input, observation says which route wants relief."""
    counts = all_well(profile) | {MCP: (7200, 2000)}
    view = view_of(profile.baseline())
    plan = plan_ramp(read({}), view, observation_of(profile, counts), profile)
    assert plan.route == MCP
    assert plan.kind is ActKind.RAMP_DOWN
    assert plan.goal.percent(MCP) == 0
    assert plan.undo == profile.baseline()


def test_no_step_is_wider_than_the_profile_allows(profile: Profile) -> None:
    """A drain of sixty points takes several steps."""
    counts = all_well(profile) | {DIRECT: (14400, 5000)}
    view = view_of(profile.baseline())
    plan = plan_ramp(
        read({"direction": "down", "route": str(DIRECT)}),
        view,
        observation_of(profile, counts),
        profile,
    )
    widest = profile.bounds(ActKind.RAMP_DOWN).points_per_step_max
    before = [plan.before, *(step.target for step in plan.steps)]
    moved = [one.total_moved(two) for one, two in itertools.pairwise(before)]
    assert len(moved) > 1
    assert max(moved) <= widest


def test_a_drain_gives_only_to_healthy_routes_within_their_proven_capacity(
    profile: Profile,
) -> None:
    """A route without a verdict gains nothing, however much room it has."""
    counts = all_well(profile)
    del counts[MCP]
    view = view_of(profile.baseline())
    plan = plan_ramp(
        read({"direction": "down", "route": str(DIRECT)}),
        view,
        observation_of(profile, counts),
        profile,
    )
    gained = plan.before.gains(plan.goal)
    assert gained
    assert MCP not in gained
    assert all(plan.goal.percent(route) <= profile.proven[route] for route in gained)


def test_a_drain_with_nowhere_to_go_is_refused_with_what_was_seen(profile: Profile) -> None:
    """No data about the others is no reason to move anything onto them."""
    view = view_of(profile.baseline())
    request = read({"direction": "down", "route": str(DIRECT)})
    with pytest.raises(Refused, match="no request was counted"):
        plan_ramp(request, view, observation_of(profile, {DIRECT: (14400, 5000)}), profile)


def test_a_target_that_does_not_sum_to_100_is_refused(profile: Profile) -> None:
    """The refusal says what was expected and what came."""
    view = view_of(profile.baseline())
    request = read({"target": {str(DIRECT): 60, str(MCP): 30}})
    with pytest.raises(BadInput, match="sum of percents: expected 100, got 90"):
        plan_ramp(request, view, observation_of(profile, all_well(profile)), profile)


def test_a_target_names_only_routes_of_the_service(profile: Profile) -> None:
    """A typing error never becomes a route."""
    view = view_of(profile.baseline())
    request = read({"target": {"eu-central-1/drect": 100}})
    with pytest.raises(BadInput, match="eu-central-1/drect"):
        plan_ramp(request, view, observation_of(profile, all_well(profile)), profile)


def test_a_service_that_is_where_it_should_be_needs_no_step(profile: Profile) -> None:
    """Going up to the baseline from the baseline is nothing to do."""
    view = view_of(profile.baseline())
    request = read({"direction": "up", "route": str(DIRECT)})
    plan = plan_ramp(request, view, observation_of(profile, all_well(profile)), profile)
    assert plan.steps == ()


@pytest.mark.parametrize(
    "value, expected",
    [
        (None, "input: expected an object, got null"),
        ("down", "input: expected an object, got text"),
        ([], "input: expected an object, got a list"),
        ({"routes": []}, "routes: expected no such field"),
        ({"service": "billing"}, "service: expected 'hybrid-routing'"),
        ({"to_percent": 101}, "to_percent: expected at most 100, got 101"),
        ({"to_percent": "50"}, "to_percent: expected a whole number, got '50'"),
        ({"mode": "dryrun"}, "mode: expected 'dry_run' or 'execute', got 'dryrun'"),
    ],
)
def test_bad_input_is_refused_with_what_was_expected_and_what_came(
    value: object, expected: str
) -> None:
    """And with what to do instead."""
    with pytest.raises(BadInput) as refusal:
        read(value)
    assert expected in str(refusal.value)
    assert "{}" in str(refusal.value)


@given(
    rate=st.floats(min_value=0.1, max_value=5000),
    sample=st.integers(min_value=30, max_value=1000),
    bake=st.integers(min_value=30, max_value=600),
    points_max=st.integers(min_value=1, max_value=100),
)
def test_the_first_step_brings_enough_requests_to_be_judged(
    rate: float, sample: int, bake: int, points_max: int
) -> None:
    """Whatever the load, unless even the longest bake of the widest step is too short."""
    seconds, points = first_step(
        requests_per_second=rate, sample_min=sample, bake_seconds=bake, points_max=points_max
    )
    assert 1 <= points <= points_max
    assert seconds >= min(bake, BAKE_SECONDS_MAX)
    if seconds < BAKE_SECONDS_MAX:
        assert rate * seconds * points / 100 >= sample * 0.999


def test_no_smaller_first_step_would_do() -> None:
    """At 10 requests/s and a bake of 60 s, half of the traffic brings 300 requests."""
    assert first_step(requests_per_second=10, sample_min=300, bake_seconds=60, points_max=50) == (
        60,
        50,
    )
    assert first_step(requests_per_second=400, sample_min=300, bake_seconds=60, points_max=25) == (
        60,
        2,
    )


def test_a_ramp_that_could_outlast_its_machine_is_refused(profile: Profile) -> None:
    """Step Functions would end it without reaching any Catch."""
    slow = profile.ramp.model_copy(update={"unknown_seconds_max": 86_400})
    profile = profile.model_copy(update={"ramp": slow})
    request = read({"direction": "down", "route": str(DIRECT)})
    observation = observation_of(profile, all_well(profile))
    with pytest.raises(Refused, match="Ramp in two parts"):
        plan_ramp(request, view_of(profile.baseline()), observation, profile)


def test_the_machine_outlasts_every_ramp_that_is_planned() -> None:
    """Before the steps: planning and waiting for the lease. After them: undo, return, report."""
    machine = yaml.safe_load(MACHINE.read_text(encoding="utf-8"))
    task = machine["States"]["Undo the ramp"]
    tries = task["Retry"][0]["MaxAttempts"] + 1
    around = 5 * tries * (task["TimeoutSeconds"] + task["Retry"][0]["MaxDelaySeconds"])
    page = machine["States"]["Page without a report"]
    again = page["Retry"][0]["MaxAttempts"]
    around += (again + 1) * page["TimeoutSeconds"] + again * page["Retry"][0]["MaxDelaySeconds"]
    assert machine["TimeoutSeconds"] >= RUN_SECONDS_MAX + LEASE_WAIT_SECONDS + around
