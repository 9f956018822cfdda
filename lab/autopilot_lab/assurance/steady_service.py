"""A service under an even load: it fails exactly the share of requests that a case wants.

The simulated world of the drills draws every request; here thousands of runs are played, and a
run needs nothing but metrics that say who is healthy, and routers that follow the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from autopilot.domain.allocation import WHOLE, Allocation, Route, VersionedAllocation
from autopilot_lab.drill.connection import NAMESPACE, LedgerReads
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.metrics import Statistics, metric_id
from autopilot_lab.emulator.world.router import Router

REQUESTS_PER_SECOND: Final = 2_000
POLL_SECONDS: Final = 5
PERIOD_SECONDS: Final = 10
#: Shares of the clients, in percent: home's router, then standby's.
_CLIENTS_PERCENT: Final = (90, 10)
_PPM: Final = 1_000_000

#: (route, the allocation its router holds) → failed requests in a million.
FailuresPpm: TypeAlias = Callable[[Route, Allocation], int]


def _nothing_fails(_route: Route, _held: Allocation) -> int:
    return 0


class SteadyService:
    """Routers that poll the ledger and publish what they counted, in virtual time."""

    def __init__(
        self,
        aws: EmbeddedAws,
        *,
        name: str,
        regions: tuple[str, ...],
        reads: LedgerReads,
        used: Callable[[Mapping[Route, int], float], None],
    ) -> None:
        """Routers in `regions`, home first, of the service `name`, which begin with its ledger.

        `used` is told the requests of each route, and when.
        """
        self.failures_ppm: FailuresPpm = _nothing_fails
        self.publishes = True  #: False: requests go on, and nobody is told of them
        self.routers = [Router(region, start=_first(reads, region)) for region in regions]
        self._aws, self._reads, self._name, self._used = aws, reads, name, used

    def start(self) -> None:
        """Live from now on; needs no task of its own."""
        self._tick()

    def _tick(self) -> None:
        now = self._aws.scheduler.now
        if self.publishes and int(now) % PERIOD_SECONDS == 0:
            self._publish(now)
        for router in self.routers:
            router.poll(self._reads.allocation(router.region), int(now))
        self._aws.scheduler.call_at(now + POLL_SECONDS, self._tick)

    def _publish(self, now: float) -> None:
        for router, percent in zip(self.routers, _CLIENTS_PERCENT, strict=True):
            if self._aws.outages.is_lost(router.region):
                continue
            requests = REQUESTS_PER_SECOND * PERIOD_SECONDS * percent // WHOLE
            for route, share in router.held.allocation.shares:
                self._publish_route(router.region, route, requests * share // WHOLE, now)

    def _publish_route(self, region: str, route: Route, requests: int, now: float) -> None:
        if not requests:
            return
        self._used({route: requests}, now - PERIOD_SECONDS)
        held = next(each.held for each in self.routers if each.region == region)
        failures = requests * self.failures_ppm(route, held.allocation) // _PPM
        metric = metric_id(
            NAMESPACE,
            "Failed",
            {"Service": self._name, "Region": route.region, "Path": route.path},
        )
        counted = Statistics(float(requests), float(failures), 0.0, 1.0)
        self._aws.metrics.publish(
            region, metric, now - PERIOD_SECONDS, counted, resolution_seconds=1
        )


def _first(reads: LedgerReads, region: str) -> VersionedAllocation:
    found = reads.allocation(region)
    if found is None:
        raise LookupError(f"expected a ledger in {region} before the service starts, got none")
    return found
