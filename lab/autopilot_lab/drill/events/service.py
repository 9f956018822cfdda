"""Faults of the simulated service: what its clients feel, or its routers leave out."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from autopilot.domain.allocation import Route
from autopilot_lab.drill.events.event import Fault
from autopilot_lab.drill.stage import Stage
from autopilot_lab.drill.written import Factor, Percent, RouteName
from autopilot_lab.emulator.world.faults import FaultKind, WorldFault


class ServiceFault(Fault):
    """A fault in the world of the simulated service."""

    def world_fault(self) -> WorldFault:
        """The fault in the simulated service's terms."""
        raise NotImplementedError

    def play(self, stage: Stage, number: int) -> None:
        """The world has it already: nothing in AWS changes."""

    def _fault(
        self, kind: FaultKind, value: float, route: str | None = None, region: str | None = None
    ) -> WorldFault:
        return WorldFault(
            kind=kind,
            start_seconds=self.at,
            end_seconds=self.until,
            route=Route.parse(route) if route else None,
            region=region,
            value=value,
        )


class RouteErrorRate(ServiceFault):
    """A share of one route's requests fails, however few it gets."""

    event: Literal["route_error_rate"]
    route: RouteName
    percent: Percent = Field(description="Share of the route's requests that fail.")

    def world_fault(self) -> WorldFault:
        """The fault in the simulated service's terms."""
        return self._fault(FaultKind.ROUTE_ERROR_RATE, self.percent / 100, self.route)

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.route} fails {self.percent:g} % of its requests"


class RouteLatency(ServiceFault):
    """One route answers more slowly."""

    event: Literal["route_latency"]
    route: RouteName
    factor: Factor = Field(description="Times the usual latency.")

    def world_fault(self) -> WorldFault:
        """The fault in the simulated service's terms."""
        return self._fault(FaultKind.ROUTE_LATENCY_FACTOR, self.factor, self.route)

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.route} takes {self.factor:g} times as long"


class RouteCapacity(ServiceFault):
    """One route can carry less; what is above its capacity fails."""

    event: Literal["route_capacity"]
    route: RouteName
    factor: Factor = Field(description="Times the usual capacity.")

    def world_fault(self) -> WorldFault:
        """The fault in the simulated service's terms."""
        return self._fault(FaultKind.ROUTE_CAPACITY_FACTOR, self.factor, self.route)

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.route} has {self.factor:g} times its usual capacity"


class MetricsStop(ServiceFault):
    """Routers stop publishing metrics, about one route or about all; requests go on as before."""

    event: Literal["metrics_stop"]
    route: RouteName | None = Field(None, description="Only about this route; by default all.")

    def world_fault(self) -> WorldFault:
        """The fault in the simulated service's terms."""
        return self._fault(FaultKind.METRICS_STOP, 1.0, self.route)

    def sentence(self) -> str:
        """What a person would say."""
        return f"routers publish nothing about {self.route or 'any route'}"


class ProbeBlocked(ServiceFault):
    """Probes get no answer, though clients may: of one vantage or all, by one target or all."""

    event: Literal["probe_blocked"]
    vantage: str | None = Field(
        None, description="The region that looks; by default each of the three."
    )
    target: str | None = Field(
        None, description='A region that serves, or "control"; by default every one of them.'
    )

    def world_fault(self) -> WorldFault:
        """The fault in the simulated service's terms."""
        blocked = self._fault(FaultKind.PROBE_BLOCKED, 1.0, region=self.vantage)
        return replace(blocked, target=self.target)

    def sentence(self) -> str:
        """What a person would say."""
        return f"probes of {self.target or 'everything'} from {self.vantage or 'anywhere'} get lost"


class LoadChange(ServiceFault):
    """Clients send more or less than the load says."""

    event: Literal["load"]
    factor: Factor = Field(description="Times the scenario's load.")

    def world_fault(self) -> WorldFault:
        """The fault in the simulated service's terms."""
        return self._fault(FaultKind.LOAD_FACTOR, self.factor)

    def sentence(self) -> str:
        """What a person would say."""
        return f"clients send {self.factor:g} times as much"
