"""Whatever is moved, 100 percent stay 100 percent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.allocation import Allocation, Route
from autopilot.errors import BadInput
from tests.property.strategies import allocations, pairs, routes


@given(allocations, st.data())
def test_every_move_keeps_the_sum_of_100(before: Allocation, data: st.DataObject) -> None:
    """Points taken off one route arrive at the others, whatever the split."""
    frm = data.draw(st.sampled_from(before.routes))
    left, to = before.percent(frm), {}
    for route in data.draw(st.lists(st.sampled_from(before.routes), unique=True)):
        to[route] = data.draw(st.integers(0, left))
        left -= to[route]
    after = before.move(frm, to)
    assert sum(after.weights.values()) == 100
    assert after.routes == before.routes
    moved = sum(points for route, points in to.items() if route != frm)
    assert after.total_moved(before) == moved
    assert after.percent(frm) == before.percent(frm) - moved


@given(allocations, st.data())
def test_a_route_never_gives_more_than_it_has(before: Allocation, data: st.DataObject) -> None:
    """A move that would leave less than nothing is refused, and the allocation stays."""
    frm, other = data.draw(st.permutations(before.routes))[:2]
    with pytest.raises(BadInput, match="from 0 to 100"):
        before.move(frm, {other: before.percent(frm) + 1})


@given(allocations)
def test_a_move_back_undoes_a_move(before: Allocation) -> None:
    """Moving is a group action: there and back is where one started."""
    frm, other = max(before.routes, key=before.percent), min(before.routes, key=before.percent)
    points = before.percent(frm)
    assert before.move(frm, {other: points}).move(other, {frm: points}) == before


@given(pairs)
def test_distance_is_a_metric(pair: tuple[Allocation, Allocation]) -> None:
    """Zero only between equals, the same both ways, and the sum of what each route gains."""
    one, other = pair
    assert one.total_moved(other) == other.total_moved(one)
    assert (one.total_moved(other) == 0) == (one == other)
    assert sum(one.gains(other).values()) == one.total_moved(other)


@given(allocations)
def test_both_written_forms_read_back(allocation: Allocation) -> None:
    """`to_dict` and `compact` lose nothing."""
    assert Allocation.of(allocation.to_dict()) == allocation
    assert Allocation.from_compact(allocation.compact(), allocation.routes) == allocation


@given(st.lists(routes, min_size=2, max_size=6, unique=True))
def test_order_of_input_does_not_matter(named: list[Route]) -> None:
    """Equal shares are equal allocations, equal hashes and equal text."""
    shares = dict.fromkeys(named, 0) | {min(named): 100}
    turned = {route: shares[route] for route in reversed(named)}
    assert Allocation.of(shares) == Allocation.of(turned)
    assert hash(Allocation.of(shares)) == hash(Allocation.of(turned))
    assert str(Allocation.of(shares)) == str(Allocation.of(turned))
