"""Points of a case chosen by what they strike, so that a call more or less moves none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from autopilot_lab.assurance.assure import SEED, prepared_bench
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.case import Case
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.assurance.point import Blow, Point
from autopilot_lab.assurance.trial import points_of, strike


@dataclass(frozen=True, slots=True)
class Strike:
    """A blow on the nth call, or after the nth state, whose place begins so."""

    blow: Blow
    place: str
    nth: int = 1
    lasting: bool = False

    def __str__(self) -> str:
        """As the tests name it."""
        return f"{self.blow}-{self.place}-{self.nth}{'-lasting' if self.lasting else ''}"

    def among(self, points: Sequence[Point]) -> Point:
        """The point meant. Raises `IndexError` when there are not so many."""
        alike = [
            each
            for each in points
            if (each.blow, each.lasting) == (self.blow, self.lasting)
            and each.place.startswith(self.place)
        ]
        return alike[self.nth - 1]


World: TypeAlias = tuple[Bench, Sequence[Point]]


@contextmanager
def world_of(case: Case) -> Iterator[World]:
    """The product in the world of a case, and every point of it; its clean run holds."""
    with prepared_bench(SEED, (case.described, case.prepare)) as prepared:
        yield prepared, points_in_a_fork(prepared, case)


def in_a_fork(work: Callable[[], Any]) -> Any:
    """What `work` answers; nothing that it does is seen here."""
    ((_, answer),) = in_forks([work], lambda each: each(), at_once=1)
    return answer


def points_in_a_fork(deployed: Bench, case: Case) -> list[Point]:
    """Every point of `case`. Raises `ForkFailed` when its clean run breaks an invariant."""
    named = in_a_fork(
        lambda: [
            [point.case, point.number, str(point.blow), point.lasting, point.place]
            for point in points_of(deployed, case)
        ]
    )
    return [
        Point(case, number, Blow(blow), lasting=lasting, place=place)
        for case, number, blow, lasting, place in named
    ]


def broken_by(deployed: Bench, case: Case, wanted: Strike, points: Sequence[Point]) -> list[str]:
    """What does not hold after the strike, in words."""
    point = wanted.among(points)
    found: list[str] = in_a_fork(lambda: strike(deployed, case, point))
    return found
