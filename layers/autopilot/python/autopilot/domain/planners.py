"""Where the weight goes: pure planners of targets and of the steps towards them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from autopilot.domain.allocation import WHOLE, Allocation, Route
from autopilot.domain.plan import Step
from autopilot.errors import BadInput, Problem


def standing_target(
    before: Allocation,
    failing: Route,
    *,
    healthy: Collection[Route],
    proven: Mapping[Route, int],
    points_max: int,
) -> Allocation | None:
    """The allocation that contains `failing`, or None when no point can move.

    At most `points_max` points go to the routes in `healthy` (fresh verdicts only: the caller
    leaves the others out), in proportion to what each has left below its `proven` percent.
    """
    headroom = {
        route: min(proven.get(route, 0), WHOLE) - before.percent(route)
        for route in before.routes
        if route in healthy and route != failing
    }
    headroom = {route: points for route, points in headroom.items() if points > 0}
    points = min(points_max, before.percent(failing), sum(headroom.values()))
    return before.move(failing, apportion(points, headroom)) if points > 0 else None


def drained_target(
    before: Allocation, route: Route, *, healthy: Collection[Route], proven: Mapping[Route, int]
) -> Allocation | None:
    """As much of `route` moved off it as healthy routes are proven to carry."""
    return standing_target(before, route, healthy=healthy, proven=proven, points_max=WHOLE)


def raised_target(before: Allocation, route: Route, percent: int) -> Allocation:
    """`route` at `percent`; the others give in proportion to what they carry.

    The present allocation when `route` has that much already.
    """
    points = percent - before.percent(route)
    if points <= 0:
        return before
    room = {each: share for each, share in before.shares if share and each != route}
    given = apportion(points, room)
    shares = {each: share - given.get(each, 0) for each, share in before.shares}
    return before.of({**shares, route: percent})


def apportion(points: int, room: Mapping[Route, int]) -> dict[Route, int]:
    """Divide whole `points` in proportion to `room`, none above its room.

    Largest remainder (Hamilton's method): every share is rounded down, and what is left goes to
    the largest fractions, ties in order of route. `points` is at most the sum of `room`.
    """
    total = sum(room.values())
    quotas = {route: Fraction(points * left, total) for route, left in sorted(room.items())}
    shares = {route: int(quota) for route, quota in quotas.items()}
    largest_first = sorted(quotas, key=lambda route: (shares[route] - quotas[route], route))
    for route in largest_first[: points - sum(shares.values())]:
        shares[route] += 1
    return {route: share for route, share in shares.items() if share}


def ramp_steps(
    before: Allocation,
    goal: Allocation,
    *,
    points_per_step_max: int,
    bake_seconds: int,
    reason: str,
    marks_percent: Sequence[int] = (),
) -> tuple[Step, ...]:
    """Steps from `before` to `goal`, none moving more than `points_per_step_max` points.

    `marks_percent` are the stops, as percents of the whole way (1, 5, 10 … 100); without them
    the steps are as wide as allowed. No route is ever moved away from its goal.
    """
    if points_per_step_max < 1:
        problem = Problem("points_per_step_max", "1 or more", str(points_per_step_max))
        raise BadInput("a ramp", [problem], "Correct the profile's ramp section.")
    way = before.total_moved(goal)
    stops = _stops(way, points_per_step_max, marks_percent)
    return tuple(
        Step(index, _on_the_way(before, goal, stop), bake_seconds, f"{reason}: {stop} of {way}")
        for index, stop in enumerate(stops)
    )


def _stops(way: int, points_max: int, marks_percent: Sequence[int]) -> list[int]:
    """Points moved in all after each step; the last is the whole way."""
    marks = sorted({-(-way * mark // WHOLE) for mark in marks_percent if 0 < mark < WHOLE} | {way})
    stops: list[int] = []
    for start, end in pairwise([0, *marks]):
        stops += [*range(start + points_max, end, points_max), end] if end > start else []
    return stops


def _on_the_way(before: Allocation, goal: Allocation, points: int) -> Allocation:
    given = _first(points, goal.gains(before))
    taken = _first(points, before.gains(goal))
    return Allocation.of(
        {
            route: percent - given.get(route, 0) + taken.get(route, 0)
            for route, percent in before.shares
        }
    )


def _first(points: int, whole: Mapping[Route, int]) -> dict[Route, int]:
    """The share of each route in the first `points` of `whole`.

    A divisor method (Webster's): a share never shrinks as the points grow, which a largest
    remainder does not promise.
    """
    order = sorted(_turns(whole))
    return {route: sum(turn == route for _, turn in order[:points]) for route in whole}


def _turns(whole: Mapping[Route, int]) -> Iterator[tuple[Fraction, Route]]:
    for route, points in whole.items():
        yield from ((Fraction(2 * turn + 1, 2 * points), route) for turn in range(points))
