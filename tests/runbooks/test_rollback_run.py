"""emergency_rollback from its input to its end, deployed, with a slice of what can go wrong."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.cases import CASES
from autopilot_lab.assurance.point import Blow, Point
from tests.assurance.slices import Strike, broken_by, points_in_a_fork

HELPS, DOES_NOT_HELP = CASES["emergency_rollback"]
#: What goes wrong, and where.
SLICE = [
    Strike(Blow.APPLIED_UNANSWERED, "lambda:UpdateAlias"),
    Strike(Blow.DIES_AFTER, "ssm:PutParameter"),
    Strike(Blow.TIMEOUT, "execute-api:POST /admin/emergency/enable"),
    Strike(Blow.STOPPED, "Turn the switch"),
    Strike(Blow.ERROR, "dynamodb:UpdateItem by hybrid-routing-report-run", lasting=True),
    Strike(Blow.LEVER, "Go to the next switch"),
]


@pytest.fixture(scope="module")
def points(deployed: Bench) -> Sequence[Point]:
    """Every point of a rollback that helps; its clean run holds, or this fails."""
    return points_in_a_fork(deployed, HELPS)


@pytest.mark.parametrize("wanted", SLICE, ids=str)
def test_a_rollback_ends_on_one_side_whatever_happens(
    deployed: Bench, points: Sequence[Point], wanted: Strike
) -> None:
    """Wholly on the good release, or wholly where it began; one entry for each turn."""
    assert broken_by(deployed, HELPS, wanted, points) == []


def test_a_rollback_that_does_not_help_is_undone(deployed: Bench) -> None:
    """The clean run of the other case breaks no invariant, or naming its points fails."""
    assert len(points_in_a_fork(deployed, DOES_NOT_HELP)) > 0
