"""Which routes may take traffic now, beyond what their own verdict says. Pure.

A route whose requests are answered is not yet fit to take *more* of them: its quota may be nearly
used up, or its region may be failing its probes. The sweep finds that out, the standing plans
obey: a route is a target up to its ceiling only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from autopilot.domain.allocation import Route


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The share of the whole load that a route may hold at most, and why."""

    percent: int  #: 0: no target at all
    reason: str

    def to_item(self) -> dict[str, Any]:
        """As it lies in a record."""
        return {"at_most_percent": self.percent, "reason": self.reason}

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Self:
        """Read what `to_item` wrote."""
        return cls(int(item["at_most_percent"]), str(item["reason"]))


def fit_targets(
    proven: Mapping[Route, int], ceilings: Iterable[Mapping[Route, Ceiling]]
) -> dict[Route, int]:
    """What each route may hold as a target: its proven capacity, or its lowest ceiling.

    `ceilings` are those of every fresh sweep. None means nobody found a reason against a route,
    which is no verdict on it: that is demanded elsewhere.
    """
    fit = dict(proven)
    for each in ceilings:
        for route, ceiling in each.items():
            if route in fit:
                fit[route] = min(fit[route], max(0, ceiling.percent))
    return fit
