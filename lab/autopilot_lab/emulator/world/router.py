"""A regional router: it polls its allocation and spreads its clients' requests by it."""

from __future__ import annotations

from itertools import accumulate

from autopilot.domain.allocation import WHOLE, Allocation, VersionedAllocation

#: Request number k takes place `k * _STRIDE mod 100` of a hundred: near the golden section, so
#: that requests to one route are spread out, and prime to 100, so that each place is taken once.
_STRIDE = 61


class Router:
    """Keeps the last good allocation and never steps to a lower (epoch, version).

    Requests go round in turn, weighted: of every hundred requests each route gets exactly its
    percent, evenly spread, and a route at 0 % gets nothing.
    """

    def __init__(self, region: str, *, start: VersionedAllocation) -> None:
        """A router of `region` that begins with a known good allocation."""
        self.region = region
        self.held = start
        self.taken_up: list[tuple[int, VersionedAllocation]] = []  #: (second, allocation)
        self._tables = _tables(start.allocation)
        self._sent = 0

    def poll(self, seen: VersionedAllocation | None, second: int) -> bool:
        """Take up `seen` unless it is unreadable or old; say whether anything changed."""
        if seen is None or seen.order <= self.held.order:
            return False
        self.held = seen
        self.taken_up.append((second, seen))
        self._tables, self._sent = _tables(seen.allocation), 0
        return True

    def spread(self, requests: int) -> list[int]:
        """How many of `requests` go to each route, in order of route."""
        hundreds_before, rest_before = divmod(self._sent, WHOLE)
        self._sent += requests
        hundreds, rest = divmod(self._sent, WHOLE)
        return [
            (hundreds - hundreds_before) * table[WHOLE] + table[rest] - table[rest_before]
            for table in self._tables
        ]


def _tables(allocation: Allocation) -> list[list[int]]:
    """For each route, how many of the first n of a hundred requests are its own."""
    tables, low = [], 0
    for _, percent in allocation.shares:
        high = low + percent
        own = (int(low <= place * _STRIDE % WHOLE < high) for place in range(WHOLE))
        tables.append(list(accumulate(own, initial=0)))
        low = high
    return tables
