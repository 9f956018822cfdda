"""A point: one thing that goes wrong at one place of one case."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from autopilot_lab.emulator.faults import FaultKind


class Blow(StrEnum):
    """What goes wrong; the first six at an AWS call, the others after a state."""

    ERROR = "error"
    THROTTLE = "throttle"
    TIMEOUT = "timeout"
    APPLIED_UNANSWERED = "applied_unanswered"
    DIES_BEFORE = "dies_before"
    DIES_AFTER = "dies_after"
    STOPPED = "stopped"  #: the execution is stopped, so that no Catch runs
    LEVER = "lever"  #: somebody pulls the stop lever

    @property
    def fault(self) -> FaultKind | None:
        """The fault on a call that it is; None for a blow after a state."""
        return None if self in (Blow.STOPPED, Blow.LEVER) else FaultKind(self.value)


#: What can happen to any call, and what only to one that a function's process makes.
ON_CALLS = (Blow.ERROR, Blow.THROTTLE, Blow.TIMEOUT, Blow.APPLIED_UNANSWERED)
ON_PROCESSES = (Blow.DIES_BEFORE, Blow.DIES_AFTER)
ON_STATES = (Blow.STOPPED, Blow.LEVER)


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """`number` counts the calls, or the states left, of the clean run from 1.

    A lasting fault is an outage: that call and, for a while, every one of the same operation.
    """

    case: str
    number: int
    blow: Blow
    lasting: bool = False
    place: str = ""  #: for people: the call or the state

    def __str__(self) -> str:
        where = "state" if self.blow in ON_STATES else "call"
        ending = "-lasting" if self.lasting else ""
        return f"{self.case}/{where}-{self.number:03d}/{self.blow}{ending}"


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that did not hold after a point."""

    point: Point
    seed: int
    found: str

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "point": str(self.point),
            "seed": self.seed,
            "number": self.point.number,
            "place": self.point.place,
            "fault": str(self.point.blow),
            "lasting": self.point.lasting,
            "found": self.found,
        }
