"""The simulated service behind a served lab: clients all day, and routes that break on request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from autopilot.domain.allocation import Route
from autopilot.errors import BadInput, Problem
from autopilot_lab.drill.connection import LedgerReads, publisher
from autopilot_lab.drill.installation import Installation
from autopilot_lab.drill.scenario import Scenario
from autopilot_lab.drill.simulation import WARM_UP_SECONDS, service_model
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.world.faults import FaultKind, FaultTimeline, WorldFault
from autopilot_lab.emulator.world.service import SimulatedService, Surroundings

ADVICE: Final = "Routes are written as region/path; a path alone means the one at home."


@dataclass
class Traffic:
    """A service with clients, whose routes break and mend when somebody says so.

    Second 0 of its world is the instant `opening` (Unix seconds).
    """

    service: SimulatedService
    opening: float
    home: str
    broken: dict[Route, int] = field(default_factory=dict)  #: percent of requests that fail

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every route of the service, in order."""
        return tuple(model.route for model in self.service.model.routes)

    def break_route(self, text: str, percent: int) -> Route:
        """Let `percent` of a route's requests fail from now on. Raises `BadInput`."""
        route = self._route(text)
        self.broken[route] = percent
        self._apply()
        return route

    def mend(self) -> None:
        """Let every route work again."""
        self.broken.clear()
        self._apply()

    def live(self, scheduler: Scheduler) -> None:
        """The world's task: one tick in each second of virtual time, for ever."""
        while True:
            scheduler.sleep(self.opening + self.service.second - scheduler.now)
            self.service.tick()

    def _route(self, text: str) -> Route:
        named = text if "/" in text else f"{self.home}/{text}"
        found = [route for route in self.routes if str(route) == named]
        if not found:
            known = ", ".join(str(route) for route in self.routes)
            raise BadInput("the command", [Problem("ROUTE", f"one of {known}", text)], ADVICE)
        return found[0]

    def _apply(self) -> None:
        faults = [
            WorldFault(
                FaultKind.ROUTE_ERROR_RATE,
                start_seconds=self.service.second,
                route=route,
                value=percent / 100,
            )
            for route, percent in self.broken.items()
        ]
        self.service.faults = FaultTimeline(faults)


def open_traffic(
    installation: Installation, scenario: Scenario, *, seed: int, now: Callable[[], float]
) -> Traffic:
    """The service of a scenario without its timeline, some minutes before its doors open."""
    opening = now() + WARM_UP_SECONDS
    reads = LedgerReads(
        installation.aws,
        table=installation.ledger_table,
        service=installation.profile.service.name,
    )
    service = SimulatedService(
        service_model(scenario, installation.profile),
        FaultTimeline(()),
        seed=seed,
        surroundings=Surroundings(
            read_allocation=reads.allocation,
            publish=publisher(
                installation.aws.metrics, start=opening, used=installation.models.count
            ),
        ),
        first_second=-WARM_UP_SECONDS,
    )
    return Traffic(service, opening, installation.profile.regions.home)
