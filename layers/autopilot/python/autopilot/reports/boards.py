"""Dashboards with their data: what a page of them is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class View(StrEnum):
    """How a panel shows what it has."""

    LINES = "lines"
    AREAS = "areas"  #: stacked
    VALUE = "value"  #: the newest one
    ALARMS = "alarms"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Line:
    """One series: (seconds, value), oldest first; a gap is a missing point."""

    label: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class AlarmNow:
    """An alarm as it stood in the end, in each region that has it."""

    name: str
    states: Mapping[str, str]  #: by region

    @property
    def is_quiet(self) -> bool:
        """Whether it is OK everywhere."""
        return set(self.states.values()) <= {"OK"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One widget."""

    title: str
    view: View
    lines: Sequence[Line] = ()
    unit: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)
    top: float | None = None  #: of the axis, where it has a natural one
    period_seconds: int = 60
    alarms: Sequence[AlarmNow] = ()
    words: str = ""  #: paragraphs; the first is the heading
    columns: int = 12  #: of 24

    @property
    def shown(self) -> Sequence[Line]:
        """The lines that have data."""
        return [line for line in self.lines if line.points]


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard."""

    name: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True)
class Boards:
    """All dashboards of a service, with what was seen in one drill."""

    service: str
    title: str  #: of the drill
    started_ms: int
    seconds: float
    boards: Sequence[Board]
