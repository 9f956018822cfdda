"""A slice of the points of a restore: the ledger is the old one or the restored one, never half."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from autopilot_lab.assurance.bench import Bench, bench
from autopilot_lab.assurance.cases import CASES
from autopilot_lab.assurance.cases.restores import described
from autopilot_lab.assurance.point import Blow, Point
from tests.assurance.slices import Strike, broken_by, points_in_a_fork

(PUT_BACK,) = CASES["ledger_restore"]
_WRITE = "dynamodb:UpdateItem by hybrid-routing-restore-ledger"
#: Counted from the last one: the planner's record, that of the restore, the item itself.
_ITEM = -2
SLICE = [
    Strike(Blow.APPLIED_UNANSWERED, "dynamodb:RestoreTableToPointInTime"),
    Strike(Blow.ERROR, _WRITE, lasting=True),
    Strike(Blow.TIMEOUT, _WRITE, _ITEM),
    Strike(Blow.APPLIED_UNANSWERED, _WRITE, _ITEM, lasting=True),
    Strike(Blow.DIES_AFTER, _WRITE, _ITEM),
    Strike(Blow.STOPPED, "Put the records back"),
    Strike(Blow.STOPPED, "Put the ledger back"),
]


@pytest.fixture(scope="module")
def deployed() -> Iterator[Bench]:
    """The product, deployed once; every point is played in a fork."""
    with bench(seed=1, described=described) as prepared:
        yield prepared


@pytest.fixture(scope="module")
def points(deployed: Bench) -> Sequence[Point]:
    """Every point of a restore; its clean run holds, or this fails."""
    return points_in_a_fork(deployed, PUT_BACK)


@pytest.mark.parametrize("wanted", SLICE, ids=str)
def test_a_restore_holds_at_a_point(
    deployed: Bench, points: Sequence[Point], wanted: Strike
) -> None:
    """Every invariant; and what people stopped stays stopped."""
    assert broken_by(deployed, PUT_BACK, wanted, points) == []
