"""How many requests clients send, over time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """From here on the load heads, in a straight line, for the next point's factor."""

    at_seconds: int
    factor: float


@dataclass(frozen=True, slots=True)
class Load:
    """Requests per second of all clients together: a base rate times a piecewise linear shape."""

    requests_per_second: float
    shape: Sequence[LoadPoint] = ()

    def rate_at(self, second: int) -> float:
        """The mean rate, in requests per second, at this second of the world."""
        return self.requests_per_second * self._factor_at(second)

    def _factor_at(self, second: int) -> float:
        if not self.shape:
            return 1.0
        after = bisect_right(self.shape, second, key=lambda point: point.at_seconds)
        if after == 0 or after == len(self.shape):
            return self.shape[max(0, after - 1)].factor
        left, right = self.shape[after - 1], self.shape[after]
        way = (second - left.at_seconds) / (right.at_seconds - left.at_seconds)
        return left.factor + way * (right.factor - left.factor)
