"""Allocations, plans and capacities of any shape that the domain allows."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.plan import ActKind, Bounds, Plan, Step
from autopilot.domain.planners import ramp_steps
from autopilot.domain.verdict import Thresholds

REGIONS = ("eu-central-1", "eu-west-1", "us-east-1", "ap-northeast-3")
PATHS = ("batch", "direct", "mcp")

routes = st.builds(Route, st.sampled_from(REGIONS), st.sampled_from(PATHS))
route_sets = st.lists(routes, min_size=2, max_size=8, unique=True).map(sorted)


def shares_of(named: list[Route]) -> st.SearchStrategy[Allocation]:
    """Any allocation over the routes named: 100 points cut at random places."""
    cuts = st.lists(st.integers(0, 100), min_size=len(named) - 1, max_size=len(named) - 1)
    return cuts.map(sorted).map(
        lambda at: Allocation.of(
            dict(
                zip(
                    named,
                    [end - start for start, end in zip([0, *at], [*at, 100], strict=True)],
                    strict=True,
                )
            )
        )
    )


allocations = route_sets.flatmap(shares_of)
pairs = route_sets.flatmap(lambda named: st.tuples(shares_of(named), shares_of(named)))


@dataclass(frozen=True)
class Emergency:
    """A service with a failing route, and what is known about the others."""

    before: Allocation
    failing: Route
    healthy: frozenset[Route]
    proven: dict[Route, int]
    points_max: int


@st.composite
def emergencies(draw: st.DrawFn) -> Emergency:
    """Any emergency; healthy routes may include the failing one, and capacities may be short."""
    before = draw(allocations)
    every = list(before.routes)
    return Emergency(
        before=before,
        failing=draw(st.sampled_from(every)),
        healthy=frozenset(draw(st.lists(st.sampled_from(every), unique=True))),
        proven={route: draw(st.integers(0, 120)) for route in every},
        points_max=draw(st.integers(1, 100)),
    )


thresholds = st.builds(
    lambda tolerance, above, sample, fresh, sure: Thresholds(
        guard_ppm=min(tolerance + above, 999_999),
        tolerance_ppm=tolerance,
        sample_min=sample,
        fresh_seconds=fresh,
        confidence_ppm=sure,
    ),
    st.integers(1, 500_000),
    st.integers(0, 400_000),
    st.integers(1, 2_000),
    st.integers(1, 3_600),
    st.sampled_from([900_000, 950_000, 990_000, 999_000]),
)

counts = st.integers(0, 3_000).flatmap(
    lambda requests: st.tuples(st.just(requests), st.integers(0, requests))
)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any ramp that the planner makes."""
    before, goal = draw(pairs)
    points_max = draw(st.integers(1, 100))
    steps: tuple[Step, ...] = ramp_steps(
        before, goal, points_per_step_max=points_max, bake_seconds=60, reason="ramp"
    )
    return Plan(
        runbook=draw(st.sampled_from(["traffic_ramp", "go_live"])),
        service="hybrid-routing",
        kind=draw(st.sampled_from(ActKind)),
        route=draw(st.none() | st.sampled_from(before.routes)),
        base_epoch=draw(st.integers(0, 9)),
        base_version=draw(st.integers(0, 2**53 - 1)),
        before=before,
        steps=steps,
        undo=before,
        guards=draw(thresholds),
        bounds=Bounds(points_max, draw(st.integers(0, 9_000)), 3, 3_600),
    )
