"""A slice of the points of the loss of home: nothing comes to rest half way in silence."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autopilot_lab.assurance.cases import CASES
from autopilot_lab.assurance.point import Blow
from tests.assurance.slices import Strike, World, broken_by, world_of

_, LOSS = CASES["regional_failover"]
#: The flags, of which one is written and the other is not; the lever; and the report.
SLICE = [
    Strike(Blow.TIMEOUT, "s3:PutObject", 2, lasting=True),
    Strike(Blow.DIES_AFTER, "s3:PutObject"),
    Strike(Blow.LEVER, "Hand over the writes"),
    Strike(Blow.THROTTLE, "lambda:Invoke", 9, lasting=True),
]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Home is gone, and every vantage knows it."""
    with world_of(LOSS) as prepared:
        yield prepared


@pytest.mark.parametrize("wanted", SLICE, ids=str)
def test_one_region_is_active_after_the_loss_is_struck(world: World, wanted: Strike) -> None:
    """It alone takes writes, the lease is free, and what is half done has paged."""
    deployed, points = world
    assert broken_by(deployed, LOSS, wanted, points) == []
