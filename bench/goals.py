"""Goals, what was measured against them, and the table that tells both."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Goal:
    """A ratio or rate, and what it must be at least (or at most)."""

    what: str
    unit: str
    least: float = 0.0
    most: float = float("inf")


@dataclass
class Measured:
    """The values of all rounds."""

    goal: Goal
    values: list[float] = field(default_factory=list)
    detail: str = ""

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def reached(self) -> bool:
        """Whether the median is within the goal."""
        return self.goal.least <= self.median <= self.goal.most


def report(title: str, all_measured: Sequence[Measured]) -> int:
    """Print what was measured against what it must be; 1 when a median misses its goal."""
    table = Table(title=title, box=None)
    for heading in ("", "median", "min", "max", "goal", "", ""):
        table.add_column(heading, justify="right" if heading else "left")
    for each in all_measured:
        goal = each.goal
        wanted = f"≥ {goal.least:g}" if goal.least else f"≤ {goal.most:g}"
        table.add_row(
            f"{goal.what}, {goal.unit}",
            f"{each.median:.2f}",
            f"{min(each.values):.2f}",
            f"{max(each.values):.2f}",
            wanted,
            "reached" if each.reached else "missed",
            each.detail,
        )
    Console(width=150).print(table)
    return 0 if all(each.reached for each in all_measured) else 1
