"""How a route serves a second's requests: what it answers, what waits, what it turns away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from autopilot.domain.allocation import Route
from autopilot_lab.emulator.world.faults import Conditions
from autopilot_lab.emulator.world.latency import busy_factor

#: A route lets this much of its capacity wait, and always a few requests: a burst is no overload.
QUEUE_SECONDS = 2.0
QUEUE_REQUESTS_MIN = 10.0
WAIT_MS_MAX = 3000.0
_CAPACITY_MIN = 1e-9


@dataclass(frozen=True, slots=True)
class RouteModel:
    """How a route behaves when nothing is wrong."""

    route: Route
    capacity_per_second: float  #: requests it can answer; what is above waits, then fails
    median_latency_ms: float  #: when idle
    error_rate: float  #: share of requests that fail on a good day


@dataclass(frozen=True, slots=True)
class _Factors:
    """What is wrong with one route."""

    lost: bool = False
    capacity: float = 1.0
    latency: float = 1.0
    error_rate: float = 0.0

    @classmethod
    def of(cls, conditions: Conditions, route: Route) -> Self:
        return cls(
            lost=route.region in conditions.lost_regions,
            capacity=conditions.capacity_factor.get(route, 1.0),
            latency=conditions.latency_factor.get(route, 1.0),
            error_rate=conditions.error_rate.get(route, 0.0),
        )


class RouteServer:
    """One route, with the requests that wait for it."""

    def __init__(self, model: RouteModel) -> None:
        """A route with an empty queue."""
        self.model = model
        self._waiting = 0.0
        self._known: Conditions | None = None
        self._factors = _Factors()

    def serve(self, offered: int, conditions: Conditions) -> tuple[float, float]:
        """Live through a second with `offered` new requests.

        Returns the median latency in milliseconds and the share of the new requests that fail.
        """
        model, now = self.model, self._under(conditions)
        if now.lost:
            return model.median_latency_ms, 1.0
        capacity = max(_CAPACITY_MIN, model.capacity_per_second * now.capacity)
        turned_away = self._queue(offered, capacity)
        error_rate = max(model.error_rate, now.error_rate)
        service_ms = model.median_latency_ms * busy_factor(offered / capacity) * now.latency
        wait_ms = min(WAIT_MS_MAX, self._waiting / capacity * 1000)
        return service_ms + wait_ms, 1.0 - (1.0 - error_rate) * (1.0 - turned_away)

    def _under(self, conditions: Conditions) -> _Factors:
        """What the conditions make of this route; they stay the same object until they change."""
        if conditions is not self._known:
            self._known, self._factors = conditions, _Factors.of(conditions, self.model.route)
        return self._factors

    def _queue(self, offered: int, capacity: float) -> float:
        """Let requests in and out of the queue; return the share of the new ones it refuses."""
        waiting = max(0.0, self._waiting + offered - capacity)
        room = max(QUEUE_SECONDS * capacity, QUEUE_REQUESTS_MIN)
        self._waiting = min(waiting, room)
        return min(1.0, (waiting - self._waiting) / offered) if offered else 0.0
