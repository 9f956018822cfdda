"""What does not run: functions that are broken, and regions that are lost with all in them.

What calls meet is a matter of `faults`; this is about what happens without a call: alarms that
are evaluated, queues that start functions, code that is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Outage:
    region: str
    function: str  #: "" for the whole region
    since: float
    until: float


class Outages:
    """The outages of all regions; instants are Unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._outages: list[_Outage] = []

    def lose(self, region: str, *, since: float, until: float) -> None:
        """Lose a region for a time."""
        self._outages.append(_Outage(region, "", since, until))

    def break_function(self, function: str, region: str, *, since: float, until: float) -> None:
        """Let a function fail to start for a time."""
        self._outages.append(_Outage(region, function, since, until))

    def clear(self) -> None:
        """End every outage."""
        self._outages.clear()

    def is_lost(self, region: str) -> bool:
        """Whether a region is lost now."""
        return self._in_force(region, "")

    def is_broken(self, function: str, region: str) -> bool:
        """Whether a function cannot start now."""
        return self._in_force(region, function)

    def _in_force(self, region: str, function: str) -> bool:
        if not self._outages:
            return False
        now = self._now()
        return any(
            (one.region, one.function) == (region, function) and one.since <= now < one.until
            for one in self._outages
        )
