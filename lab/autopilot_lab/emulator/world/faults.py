"""What goes wrong in the service, when, and what that makes of the world at an instant."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from autopilot.domain.allocation import Route


class FaultKind(Enum):
    """The ways in which a simulated service can go wrong."""

    ROUTE_ERROR_RATE = "route_error_rate"  #: value: share of the route's requests that fail
    ROUTE_LATENCY_FACTOR = "route_latency_factor"  #: value: times the usual latency
    ROUTE_CAPACITY_FACTOR = "route_capacity_factor"  #: value: times the usual capacity
    REGION_LOST = "region_lost"  #: nothing in the region answers
    METRICS_STOP = "metrics_stop"  #: routers publish nothing (about one route, or at all)
    PROBE_BLOCKED = "probe_blocked"  #: probes from `region` (or all) to `target` (or all) get lost
    LOAD_FACTOR = "load_factor"  #: value: times the usual load


@dataclass(frozen=True, slots=True)
class WorldFault:
    """One fault, from `start_seconds` of the world until `end_seconds` (None: for good)."""

    kind: FaultKind
    start_seconds: int
    end_seconds: int | None = None
    route: Route | None = None
    region: str | None = None
    value: float = 0.0
    target: str | None = None  #: of probes: a region, or "control"

    def active_at(self, second: int) -> bool:
        """Whether the fault is on during this second."""
        ended = self.end_seconds is not None and second >= self.end_seconds
        return self.start_seconds <= second and not ended


@dataclass(frozen=True, slots=True)
class Conditions:
    """The world's faults at one instant. Absent routes and regions are as usual."""

    error_rate: Mapping[Route, float] = field(default_factory=dict)
    latency_factor: Mapping[Route, float] = field(default_factory=dict)
    capacity_factor: Mapping[Route, float] = field(default_factory=dict)
    lost_regions: frozenset[str] = frozenset()
    silent_routes: frozenset[Route] = frozenset()
    all_silent: bool = False
    load_factor: float = 1.0
    blocked_probes: frozenset[tuple[str | None, str | None]] = frozenset()  #: (from, to)

    @classmethod
    def of(cls, faults: Sequence[WorldFault]) -> Conditions:
        """What these faults together make of the world; the later fault of a kind wins."""
        return cls(
            error_rate=_values(faults, FaultKind.ROUTE_ERROR_RATE),
            latency_factor=_values(faults, FaultKind.ROUTE_LATENCY_FACTOR),
            capacity_factor=_values(faults, FaultKind.ROUTE_CAPACITY_FACTOR),
            lost_regions=frozenset(
                f.region for f in faults if f.kind is FaultKind.REGION_LOST and f.region
            ),
            silent_routes=frozenset(
                f.route for f in faults if f.kind is FaultKind.METRICS_STOP and f.route
            ),
            all_silent=any(f.kind is FaultKind.METRICS_STOP and f.route is None for f in faults),
            load_factor=_last_value(faults, FaultKind.LOAD_FACTOR, default=1.0),
            blocked_probes=frozenset(
                (f.region, f.target) for f in faults if f.kind is FaultKind.PROBE_BLOCKED
            ),
        )

    def publishes(self, route: Route) -> bool:
        """Whether routers still publish metrics about this route."""
        return not self.all_silent and route not in self.silent_routes

    def answers_probes(self, vantage: str, target: str) -> bool:
        """Whether a probe from there gets an answer from a region or the control target."""
        if target in self.lost_regions or vantage in self.lost_regions:
            return False
        ways = {(vantage, target), (vantage, None), (None, target), (None, None)}
        return self.blocked_probes.isdisjoint(ways)


def _values(faults: Sequence[WorldFault], kind: FaultKind) -> dict[Route, float]:
    return {f.route: f.value for f in faults if f.kind is kind and f.route is not None}


def _last_value(faults: Sequence[WorldFault], kind: FaultKind, *, default: float) -> float:
    return next((f.value for f in reversed(faults) if f.kind is kind), default)


class FaultTimeline:
    """All faults of a scenario, asked second by second."""

    def __init__(self, faults: Iterable[WorldFault]) -> None:
        """Prepare the conditions between every two changes."""
        self.faults = tuple(sorted(faults, key=lambda fault: fault.start_seconds))
        ends = (fault.end_seconds for fault in self.faults)
        changes = {fault.start_seconds for fault in self.faults}
        changes |= {end for end in ends if end is not None}
        self._instants = sorted(changes)
        self._conditions = [Conditions.of(self._active(t)) for t in self._instants]

    @property
    def first_seconds(self) -> int | None:
        """When the first fault starts; None when nothing ever goes wrong."""
        return self.faults[0].start_seconds if self.faults else None

    def conditions_at(self, second: int) -> Conditions:
        """What is wrong during this second."""
        index = bisect_right(self._instants, second) - 1
        return self._conditions[index] if index >= 0 else _AS_USUAL

    def _active(self, second: int) -> list[WorldFault]:
        return [fault for fault in self.faults if fault.active_at(second)]


_AS_USUAL = Conditions()
