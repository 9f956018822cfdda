"""A slice of the points of a planned move: it is whole, or it did not begin, or people know."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autopilot_lab.assurance.cases import CASES
from autopilot_lab.assurance.point import Blow
from tests.assurance.slices import Strike, World, broken_by, world_of

MOVE, _ = CASES["regional_failover"]
_CHANGES = "dynamodb:UpdateItem by hybrid-routing-change-service"
#: The hand-over's intent and the write itself, the step, and a run that nobody ends.
SLICE = [
    Strike(Blow.DIES_AFTER, _CHANGES, 3),
    Strike(Blow.APPLIED_UNANSWERED, _CHANGES, 4),
    Strike(Blow.ERROR, _CHANGES, 7, lasting=True),
    Strike(Blow.STOPPED, "Move the weight"),
]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Everything is well, and the functions of the standby are warm."""
    with world_of(MOVE) as prepared:
        yield prepared


@pytest.mark.parametrize("wanted", SLICE, ids=str)
def test_one_region_is_active_after_a_move_is_struck(world: World, wanted: Strike) -> None:
    """It alone takes writes, the lease is free, and a move that is half done has paged."""
    deployed, points = world
    assert broken_by(deployed, MOVE, wanted, points) == []
