"""What happens in a scenario: faults of the service, and what operators do, each at an instant."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from autopilot.domain.allocation import Route
from autopilot_lab.drill.written import (
    Duration,
    Factor,
    Percent,
    RouteName,
    Strict,
    format_duration,
)
from autopilot_lab.emulator.world.faults import FaultKind, WorldFault


class _Fault(Strict):
    at: Duration = Field(description="When it starts, counted from the start of the drill.")
    until: Duration | None = Field(None, description="When it ends; by default never.")

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


class RouteErrorRate(_Fault):
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


class RouteLatency(_Fault):
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


class RouteCapacity(_Fault):
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


class RegionLost(_Fault):
    """Nothing in a region answers: its router, its routes, its AWS services."""

    event: Literal["region_lost"]
    region: str

    def world_fault(self) -> WorldFault:
        """The fault in the simulated service's terms."""
        return self._fault(FaultKind.REGION_LOST, 1.0, region=self.region)

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.region} is lost"


class MetricsStop(_Fault):
    """Routers stop publishing metrics, about one route or about all; requests go on as before."""

    event: Literal["metrics_stop"]
    route: RouteName | None = Field(None, description="Only about this route; by default all.")

    def world_fault(self) -> WorldFault:
        """The fault in the simulated service's terms."""
        return self._fault(FaultKind.METRICS_STOP, 1.0, self.route)

    def sentence(self) -> str:
        """What a person would say."""
        return f"routers publish nothing about {self.route or 'any route'}"


class LoadChange(_Fault):
    """Clients send more or less than the load says."""

    event: Literal["load"]
    factor: Factor = Field(description="Times the scenario's load.")

    def world_fault(self) -> WorldFault:
        """The fault in the simulated service's terms."""
        return self._fault(FaultKind.LOAD_FACTOR, self.factor)

    def sentence(self) -> str:
        """What a person would say."""
        return f"clients send {self.factor:g} times as much"


class _Action(Strict):
    at: Duration = Field(description="When the operator does it, from the start of the drill.")


class StartRun(_Action):
    """An operator starts a runbook's state machine, as from the console."""

    event: Literal["start_run"]
    runbook: str = Field(pattern="^[a-z][a-z_]*$", description="Such as traffic_ramp.")
    input: Any = Field(default_factory=dict, description="The machine's input, passed on as is.")
    region: str | None = Field(None, description="Where; by default the profile's home.")

    def sentence(self) -> str:
        """What a person would say."""
        return f"an operator starts {self.runbook}"


class EngageLever(_Action):
    """An operator pulls the stop lever."""

    event: Literal["engage_lever"]
    reason: str = Field(min_length=1)
    by: str = Field("operator", min_length=1)

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.by} engages the stop lever: {self.reason}"


class Resume(_Action):
    """An operator lets the automation go on."""

    event: Literal["resume"]
    reason: str = Field(min_length=1)
    by: str = Field("operator", min_length=1)

    def sentence(self) -> str:
        """What a person would say."""
        return f"{self.by} lets the automation go on: {self.reason}"


class NewRelease(_Action):
    """The service's own pipeline releases: software, configuration, settings, or some of them."""

    event: Literal["release"]
    software: bool = Field(default=True, description="Publish a version; point the alias to it.")
    configuration: str | None = Field(None, description="The configuration's new version.")
    settings: dict[str, str] = Field(default_factory=dict, description="Settings that change.")
    bad_percent: Percent = Field(
        0, description="Share of requests that fail while all that changed here stands."
    )
    region: str | None = Field(None, description="Where; by default in all of the profile's.")

    def sentence(self) -> str:
        """What a person would say."""
        parts = [
            *(["new software"] if self.software else []),
            *([f"configuration {self.configuration}"] if self.configuration else []),
            *(f"{name} {value}" for name, value in self.settings.items()),
        ]
        bad = f", which fails {self.bad_percent:g} % of requests" if self.bad_percent else ""
        where = f" in {self.region}" if self.region else ""
        return f"the service releases {' and '.join(parts)}{where}{bad}"


class CallsFail(_Action):
    """Calls of one AWS operation fail, whoever makes them."""

    event: Literal["calls_fail"]
    until: Duration = Field(description="When they work again.")
    service: str = Field(min_length=1, description="As boto3 names it, such as ssm.")
    operation: str = Field(min_length=1, description="Such as PutParameter.")
    region: str = Field("*", description="Only in this region; by default in all.")
    how: Literal["error", "timeout", "applied_unanswered"] = "error"

    def sentence(self) -> str:
        """What a person would say."""
        end = format_duration(self.until)
        return f"{self.service}:{self.operation} fails until {end} ({self.how.replace('_', ' ')})"


Fault: TypeAlias = (
    RouteErrorRate | RouteLatency | RouteCapacity | RegionLost | MetricsStop | LoadChange
)
Action: TypeAlias = StartRun | EngageLever | Resume | NewRelease | CallsFail
TimelineEvent = Annotated[Fault | Action, Field(discriminator="event")]
FAULTS = (RouteErrorRate, RouteLatency, RouteCapacity, RegionLost, MetricsStop, LoadChange)
ACTIONS = (StartRun, EngageLever, Resume, NewRelease, CallsFail)
