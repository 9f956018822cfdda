"""The simulated service, one second at a time.

Clients arrive, DNS gives each a region, that region's router sends it to a route, and the route
answers, fails, or is too full. Everything outside is a callable in `Surroundings`, so that one
and the same service runs in a drill, in its counterfactual without automation, and in tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from autopilot.domain.allocation import Route, VersionedAllocation
from autopilot_lab.emulator.world.dns import ClientShares
from autopilot_lab.emulator.world.draws import binomial, poisson, stream
from autopilot_lab.emulator.world.faults import Conditions, FaultTimeline
from autopilot_lab.emulator.world.latency import histogram, percentile
from autopilot_lab.emulator.world.load import Load
from autopilot_lab.emulator.world.router import Router
from autopilot_lab.emulator.world.series import PERIOD_SECONDS, Sample, Series
from autopilot_lab.emulator.world.serving import RouteModel, RouteServer

POLL_SECONDS = 5


@dataclass(frozen=True, slots=True)
class ServiceModel:
    """The service as it stands before anything happens."""

    name: str
    routes: Sequence[RouteModel]  #: every route once, in order of route
    clients: Mapping[str, float]  #: natural share of clients by router region, sum 1
    allocation: VersionedAllocation
    load: Load
    dns_ttl_seconds: int = 30
    far_latency_ms: float = 25.0  #: added when router and route are in different regions


@dataclass(frozen=True, slots=True)
class Metrics:
    """What one router counted about one route in one period."""

    region: str  #: of the router, which is where it publishes
    dimensions: Mapping[str, str]  #: Service, Region and Path of the route
    end_seconds: int  #: end of the period, in seconds of the world
    requests: int
    failures: int
    latencies_ms: Sequence[tuple[float, int]]  #: (milliseconds, count), smallest first


def _read_nothing(_region: str) -> VersionedAllocation | None:
    return None


def _publish_nothing(_metrics: Sequence[Metrics]) -> None:
    return None


def _admit_all(_region: str) -> bool:
    return True


def _fails_nothing(_region: str) -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The outside, as the service sees it. The defaults are a world with nobody in it."""

    read_allocation: Callable[[str], VersionedAllocation | None] = _read_nothing
    publish: Callable[[Sequence[Metrics]], None] = _publish_nothing
    admitted: Callable[[str], bool] = _admit_all
    #: Share of the requests served in a region that its release fails, whatever the route.
    failing: Callable[[str], float] = _fails_nothing


class _Cell:
    """One router's traffic to one route in the current period."""

    __slots__ = ("failures", "requests", "router", "weight")

    def __init__(self, router: int) -> None:
        self.router = router
        self.clear()

    def clear(self) -> None:
        self.requests = self.failures = 0
        self.weight = 0.0  # sum over requests of their median latency


class SimulatedService:
    """Steps through time by `tick`; what clients saw is in `series`."""

    def __init__(
        self,
        model: ServiceModel,
        faults: FaultTimeline,
        *,
        seed: int,
        surroundings: Surroundings | None = None,
        first_second: int = 0,
    ) -> None:
        """`first_second` is next; the series keeps nothing of what comes before second 0."""
        self.model = model
        self.faults = faults
        self.series = Series()
        self.second = first_second
        self.routers = [Router(region, start=model.allocation) for region in model.clients]
        self._outside = surroundings or Surroundings()
        self._clients = ClientShares(model.clients, ttl_seconds=model.dns_ttl_seconds)
        self._servers = [RouteServer(route_model) for route_model in model.routes]
        self._cells = [[_Cell(i) for i in range(len(self.routers))] for _ in model.routes]
        self._served_in = sorted({route_model.route.region for route_model in model.routes})
        self._failing: Mapping[str, float] = {}
        self._unanswered = 0  # requests to a lost router, in the current period
        self._draw_streams(seed)

    def tick(self) -> None:
        """Live through one second: publish what is due, poll, serve."""
        conditions = self.faults.conditions_at(self.second)
        if self.second % PERIOD_SECONDS == 0:
            self._close_period(conditions)
        self._poll(conditions)
        self._serve(conditions)
        self.second += 1

    def run(self, seconds: int) -> Series:
        """Live through `seconds` at once, and close the last period; return the series."""
        for _ in range(seconds):
            self.tick()
        return self.finish()

    def finish(self) -> Series:
        """Close the last period, if it is whole; return the series."""
        if self.second % PERIOD_SECONDS == 0:
            self._close_period(self.faults.conditions_at(self.second - 1))
        return self.series

    # -- the parts of a second -------------------------------------------------------------------

    def _poll(self, conditions: Conditions) -> None:
        for router, phase in zip(self.routers, self._phases, strict=True):
            if self.second % POLL_SECONDS == phase and router.region not in conditions.lost_regions:
                router.poll(self._outside.read_allocation(router.region), self.second)

    def _serve(self, conditions: Conditions) -> None:
        rate = self.model.load.rate_at(self.second) * conditions.load_factor
        arrivals = poisson(rate, self._arrivals(self.second))
        parts = self._arrivals_by_router(arrivals)
        unanswered = 0
        spreads: list[list[int]] = []
        for router, part in zip(self.routers, parts, strict=True):
            is_lost = router.region in conditions.lost_regions
            unanswered += part if is_lost else 0
            spreads.append(router.spread(0 if is_lost else part))
        failures = unanswered
        self._failing = {region: self._outside.failing(region) for region in self._served_in}
        for index, offered in enumerate(zip(*spreads, strict=True)):
            failures += self._answer(index, offered, conditions)
        self._unanswered += unanswered
        if self.second >= 0:
            self.series.count(arrivals, failures)

    def _arrivals_by_router(self, arrivals: int) -> list[int]:
        """Divide by the clients' DNS answers; the last region takes what is left."""
        admitted = tuple(self._outside.admitted(region) for region in self._clients.regions)
        shares = self._clients.next_second(admitted)
        parts, left, share_left = [], arrivals, 1.0
        for share, draw in zip(shares[:-1], self._origins, strict=True):
            part = binomial(left, share / share_left if share_left else 0.0, draw(self.second))
            parts.append(part)
            left, share_left = left - part, share_left - share
        return [*parts, left]

    def _answer(self, index: int, offered: Sequence[int], conditions: Conditions) -> int:
        """Serve one route's second; return how many of the requests failed."""
        median_ms, error_rate = self._servers[index].serve(sum(offered), conditions)
        failed, release = 0, self._failing[self.model.routes[index].route.region]
        error_rate = 1.0 - (1.0 - error_rate) * (1.0 - release)
        for cell, requests, draw in zip(
            self._cells[index], offered, self._failures[index], strict=True
        ):
            failures = binomial(requests, error_rate, draw(self.second))
            cell.requests += requests
            cell.failures += failures
            cell.weight += requests * median_ms
            failed += failures
        return failed

    # -- the end of a period ---------------------------------------------------------------------

    def _close_period(self, conditions: Conditions) -> None:
        pairs: list[tuple[float, int]] = []
        by_router: list[list[Metrics]] = [[] for _ in self.routers]
        for index, cells in enumerate(self._cells):
            for cell in cells:
                if cell.requests:
                    metrics = self._metrics(index, cell)
                    pairs.extend(metrics.latencies_ms)
                    by_router[cell.router].append(metrics)
        if self.second > 0:
            self.series.samples.append(self._sample(pairs))
        self._publish(by_router, conditions)
        self._unanswered = 0
        for cells in self._cells:
            for cell in cells:
                cell.clear()

    def _metrics(self, index: int, cell: _Cell) -> Metrics:
        route = self.model.routes[index].route
        region = self.routers[cell.router].region
        far_ms = 0.0 if region == route.region else self.model.far_latency_ms
        return Metrics(
            region=region,
            dimensions=self._dimensions[index],
            end_seconds=self.second,
            requests=cell.requests,
            failures=cell.failures,
            latencies_ms=histogram(cell.weight / cell.requests + far_ms, cell.requests),
        )

    def _sample(self, pairs: Sequence[tuple[float, int]]) -> Sample:
        routes = [model.route for model in self.model.routes]
        requests = [sum(cell.requests for cell in cells) for cells in self._cells]
        failures = [sum(cell.failures for cell in cells) for cells in self._cells]
        return Sample(
            end_seconds=self.second,
            requests=sum(requests) + self._unanswered,
            failures=sum(failures) + self._unanswered,
            route_requests={r: n for r, n in zip(routes, requests, strict=True) if n},
            route_failures={r: n for r, n in zip(routes, failures, strict=True) if n},
            allocation=self.routers[0].held.allocation,
            p95_latency_ms=percentile(pairs, 0.95),
        )

    def _publish(self, by_router: Sequence[Sequence[Metrics]], conditions: Conditions) -> None:
        for router, metrics in zip(self.routers, by_router, strict=True):
            told = [m for m in metrics if conditions.publishes(_route_of(m))]
            if told and router.region not in conditions.lost_regions:
                self._outside.publish(told)

    # -- once ------------------------------------------------------------------------------------

    def _draw_streams(self, seed: int) -> None:
        """Name every stream by what it decides, so that a new route disturbs no other."""
        regions = list(self.model.clients)
        self._arrivals = stream(seed, "arrivals")
        self._origins = [stream(seed, f"origin {region}") for region in regions[:-1]]
        self._failures = [
            [stream(seed, f"failures {model.route} by {region}") for region in regions]
            for model in self.model.routes
        ]
        self._phases = [int(stream(seed, f"poll {region}")(0) * POLL_SECONDS) for region in regions]
        self._dimensions = [
            {"Service": self.model.name, "Region": m.route.region, "Path": m.route.path}
            for m in self.model.routes
        ]


def _route_of(metrics: Metrics) -> Route:
    return Route(metrics.dimensions["Region"], metrics.dimensions["Path"])
