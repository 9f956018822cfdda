"""emergency_rollback from its input to its end, deployed, with a slice of what can go wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from autopilot_lab.assurance.bench import Bench, bench
from autopilot_lab.assurance.cases import CASES
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.assurance.point import Blow, Point
from autopilot_lab.assurance.trial import points_of, strike

HELPS, DOES_NOT_HELP = CASES["emergency_rollback"]
#: What goes wrong, and where: the first place that begins so.
SLICE = [
    (Blow.APPLIED_UNANSWERED, "lambda:UpdateAlias"),
    (Blow.DIES_AFTER, "ssm:PutParameter"),
    (Blow.TIMEOUT, "execute-api:POST /admin/emergency/enable"),
    (Blow.STOPPED, "Turn the switch"),
    (Blow.LEVER, "Go to the next switch"),
]


@pytest.fixture(scope="module")
def deployed() -> Iterator[Bench]:
    """The product, deployed once; every point is played in a fork."""
    with bench(seed=1) as prepared:
        yield prepared


@pytest.fixture(scope="module")
def points(deployed: Bench) -> Sequence[Point]:
    """Every point of a rollback that helps; its clean run holds, or this fails."""
    named = in_a_fork(
        lambda: [
            [point.case, point.number, str(point.blow), point.lasting, point.place]
            for point in points_of(deployed, HELPS)
        ]
    )
    return [
        Point(case, number, Blow(blow), lasting=lasting, place=place)
        for case, number, blow, lasting, place in named
    ]


def in_a_fork(work: Callable[[], Any]) -> Any:
    """What `work` answers; nothing that it does is seen here."""
    ((_, answer),) = in_forks([work], lambda each: each(), at_once=1)
    return answer


@pytest.mark.parametrize("blow, place", SLICE, ids=str)
def test_a_rollback_ends_on_one_side_whatever_happens(
    deployed: Bench, points: Sequence[Point], blow: Blow, place: str
) -> None:
    """Wholly on the good release, or wholly where it began; one entry for each turn."""
    point = next(
        each
        for each in points
        if each.blow is blow and each.place.startswith(place) and not each.lasting
    )
    assert in_a_fork(lambda: strike(deployed, HELPS, point)) == []


def test_a_rollback_that_does_not_help_is_undone(deployed: Bench) -> None:
    """The clean run of the other case breaks no invariant, or naming its points fails."""
    assert in_a_fork(lambda: len(points_of(deployed, DOES_NOT_HELP))) > 0
