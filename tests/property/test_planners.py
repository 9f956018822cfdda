"""Where weight may go, for any service in any emergency."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.planners import apportion, raised_target, ramp_steps, standing_target
from tests.property.strategies import Emergency, emergencies, pairs, routes


def target_of(case: Emergency) -> Allocation | None:
    """The standing target of the case."""
    return standing_target(
        case.before,
        case.failing,
        healthy=case.healthy,
        proven=case.proven,
        points_max=case.points_max,
    )


@given(emergencies())
def test_a_standing_target_keeps_every_rail(case: Emergency) -> None:
    """Only healthy routes gain, within proven capacity; the failing one loses what was allowed."""
    target = target_of(case)
    if target is None:
        return
    gains = case.before.gains(target)
    assert sum(target.weights.values()) == 100
    assert case.failing not in gains
    assert set(gains) <= case.healthy
    assert all(target.percent(route) <= case.proven[route] for route in gains)
    assert 1 <= case.before.total_moved(target) <= case.points_max
    assert list(target.gains(case.before)) == [case.failing]


@given(emergencies())
def test_a_standing_target_moves_all_that_it_may(case: Emergency) -> None:
    """It stops only for its cap, an empty route, or the last proven point of a healthy route."""
    target = target_of(case)
    room = sum(
        max(0, min(case.proven[route], 100) - case.before.percent(route))
        for route in case.healthy - {case.failing}
    )
    expected = min(case.points_max, case.before.percent(case.failing), room)
    assert (case.before.total_moved(target) if target else 0) == expected


@given(emergencies())
def test_a_standing_target_is_the_same_however_the_healthy_are_listed(case: Emergency) -> None:
    """Two regions that plan from the same facts plan the same."""
    listed = sorted(case.healthy, reverse=True)
    again = standing_target(
        case.before,
        case.failing,
        healthy=listed,
        proven=dict(reversed(case.proven.items())),
        points_max=case.points_max,
    )
    assert again == target_of(case)


@given(st.dictionaries(routes, st.integers(1, 100), min_size=1), st.data())
def test_shares_are_proportional_within_a_point(
    room: dict[Route, int], data: st.DataObject
) -> None:
    """Hamilton's quota rule: each share is its exact quota, rounded down or up."""
    points = data.draw(st.integers(0, sum(room.values())))
    shares = apportion(points, room)
    assert sum(shares.values()) == points
    for route, most in room.items():
        share, total = shares.get(route, 0), sum(room.values())
        assert points * most // total <= share <= -(-points * most // total) <= most


@given(
    pairs,
    st.integers(1, 100),
    st.lists(st.integers(1, 100), max_size=6),
)
def test_a_ramp_arrives_in_steps_that_never_turn_back(
    pair: tuple[Allocation, Allocation], points_max: int, marks: list[int]
) -> None:
    """Every step is within its bound, brings every route nearer, and the last one arrives."""
    before, goal = pair
    steps = ramp_steps(
        before,
        goal,
        points_per_step_max=points_max,
        bake_seconds=60,
        reason="ramp",
        marks_percent=marks,
    )
    path = [before, *(step.target for step in steps)]
    assert path[-1] == goal
    assert [step.index for step in steps] == list(range(len(steps)))
    for here, there in pairwise(path):
        assert 1 <= here.total_moved(there) <= points_max
        for route in before.routes:
            way = goal.percent(route) - here.percent(route)
            step = there.percent(route) - here.percent(route)
            assert 0 <= step <= way or way <= step <= 0


@given(pairs)
def test_without_marks_a_ramp_takes_the_fewest_steps(pair: tuple[Allocation, Allocation]) -> None:
    """Ten points at a time need a tenth of the points, rounded up."""
    before, goal = pair
    steps = ramp_steps(before, goal, points_per_step_max=10, bake_seconds=60, reason="ramp")
    assert len(steps) == -(-before.total_moved(goal) // 10)


@given(pairs, st.integers(min_value=0, max_value=100))
def test_a_raised_route_has_its_percent_and_the_others_only_give(
    pair: tuple[Allocation, Allocation], percent: int
) -> None:
    """Nobody else gains; a route that has as much already keeps what it has."""
    before, _ = pair
    route = before.routes[0]
    after = raised_target(before, route, percent)
    assert after.percent(route) == max(percent, before.percent(route))
    assert all(after.percent(each) <= before.percent(each) for each in before.routes[1:])
