"""Assures a runbook: every point of every case, each played to its end in a fork of its own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final, TypeAlias

from autopilot.errors import BadInput, Problem
from autopilot_lab.assurance.bench import Bench, Described, bench
from autopilot_lab.assurance.case import Case
from autopilot_lab.assurance.cases import CASES
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.assurance.point import Blow, Point, Violation
from autopilot_lab.assurance.trial import points_of, strike

SEED: Final = 1
AT_ONCE: Final = 2  #: forks at the same time
#: Called after each point with how many are done, and how many there are.
Progress = Callable[[int, int], None]
#: What is deployed, and what goes on in it when a case begins.
World: TypeAlias = tuple[Described, Callable[[Bench], None]]


@dataclass(frozen=True, slots=True)
class Assurance:
    """What came of it."""

    runbook: str
    seed: int
    points: Sequence[Point]
    violations: Sequence[Violation]
    wall_seconds: float

    @property
    def held(self) -> bool:
        """Whether every invariant held after every point."""
        return not self.violations

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON; the same for the same seed, apart from `wall_seconds`."""
        return {
            "runbook": self.runbook,
            "seed": self.seed,
            "points": len(self.points),
            "points_by_case": dict(Counter(point.case for point in self.points)),
            "points_by_fault": dict(Counter(str(point.blow) for point in self.points)),
            "violations": [violation.to_dict() for violation in self.violations],
            "wall_seconds": round(self.wall_seconds, 3),
        }


def assure(
    runbook: str,
    *,
    seed: int = SEED,
    only: Sequence[str] = (),
    at_once: int = AT_ONCE,
    progress: Progress = lambda _done, _of: None,
) -> Assurance:
    """Play every point of `runbook`, or those whose names match one of the patterns in `only`.

    A pattern is a point's name or its beginning, with `*` for anything. Raises `BadInput` for a
    runbook without cases and for patterns that match nothing.
    """
    started = time.perf_counter()
    groups = _by_world(cases_of(runbook))
    points = _points(groups, only, seed, at_once)
    violations: list[Violation] = []
    done = 0
    for world, cases in groups.items():
        mine = [point for point in points if point.case in cases]
        if not mine:
            continue
        with prepared_bench(seed, world) as prepared:
            for found in _violations(prepared, cases, mine, at_once):
                done += 1
                progress(done, len(points))
                violations += found
    return Assurance(
        runbook, seed, points, sorted(violations, key=_order), time.perf_counter() - started
    )


def cases_of(runbook: str) -> tuple[Case, ...]:
    """The cases that a runbook registered; raise `BadInput` when it has none."""
    if runbook not in CASES:
        raise BadInput(
            "the command",
            [Problem("RUNBOOK", f"one of {', '.join(CASES)}", runbook)],
            "A runbook registers its cases in autopilot_lab.assurance.cases.",
        )
    return CASES[runbook]


def chosen(points: Sequence[Point], only: Sequence[str]) -> list[Point]:
    """The points that a pattern names; all when there is no pattern."""
    unmatched = [each for each in only if not any(_matches(point, each) for point in points)]
    if unmatched:
        problems = [
            Problem("--only", "the name of a point, with * for anything", each)
            for each in unmatched
        ]
        example = f"Points are named like {points[0]}." if points else "There are no points."
        raise BadInput("the command", problems, example)
    return [p for p in points if not only or any(_matches(p, each) for each in only)]


def _matches(point: Point, pattern: str) -> bool:
    return fnmatchcase(str(point), pattern) or fnmatchcase(str(point), f"{pattern}/*")


def _by_world(cases: Sequence[Case]) -> dict[World, dict[str, Case]]:
    """The cases by name, in groups that share a deployment and what goes on in it."""
    groups: dict[World, dict[str, Case]] = {}
    for case in cases:
        groups.setdefault((case.described, case.prepare), {})[case.name] = case
    return groups


@contextmanager
def prepared_bench(seed: int, world: World) -> Iterator[Bench]:
    """A deployed product in the world that cases share."""
    described, prepare = world
    with bench(seed, described=described) as prepared:
        prepare(prepared)
        yield prepared


def _points(
    groups: Mapping[World, Mapping[str, Case]], only: Sequence[str], seed: int, at_once: int
) -> list[Point]:
    """Those that are chosen, of all groups: a pattern may name some of one group only."""
    points: list[Point] = []
    for world, cases in groups.items():
        with prepared_bench(seed, world) as prepared:
            points += _all_points(prepared, cases, at_once)
    return chosen(points, only)


def _all_points(prepared: Bench, cases: Mapping[str, Case], at_once: int) -> list[Point]:
    """Each case is played cleanly, in a fork, to count its calls and states."""

    def name_points(case: str) -> list[list[Any]]:
        return [
            [point.number, str(point.blow), point.lasting, point.place]
            for point in points_of(prepared, cases[case])
        ]

    found = dict(in_forks(cases, name_points, at_once=at_once))
    return [
        Point(case, number, Blow(blow), lasting, place)
        for case in cases
        for number, blow, lasting, place in found[case]
    ]


def _violations(
    prepared: Bench,
    cases: Mapping[str, Case],
    points: Sequence[Point],
    at_once: int,
) -> Iterator[list[Violation]]:
    """What does not hold after each point."""
    answers = in_forks(
        points, lambda point: strike(prepared, cases[point.case], point), at_once=at_once
    )
    for point, found in answers:
        yield [Violation(point, prepared.seed, each) for each in found]


def _order(violation: Violation) -> tuple[Point, str]:
    return violation.point, violation.found
