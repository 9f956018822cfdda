"""A scenario: one service, one stretch of time, what goes wrong in it, and what must come of it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from autopilot_lab.drill.events.releases import NewRelease
from autopilot_lab.drill.expectations import Expectation
from autopilot_lab.drill.timeline import SERVICE_FAULTS, TimelineEvent
from autopilot_lab.drill.written import Duration, Factor, Percent, RouteName, Strict, WholePercent
from autopilot_lab.emulator.world.faults import FaultKind, WorldFault
from autopilot_lab.emulator.world.load import Load, LoadPoint

SCHEMA_TITLE = "A drill scenario of Runbook Autopilot"
REFERENCE = "reference"


class ShapePoint(Strict):
    """The load's factor at an instant; between two points it changes in a straight line."""

    at: Duration
    factor: Factor


class ClientLoad(Strict):
    """What clients send."""

    requests_per_second: Annotated[float, Field(gt=0, le=100_000)]
    shape: tuple[ShapePoint, ...] = Field((), description="By default the rate is constant.")

    def as_load(self) -> Load:
        """The load in the simulated service's terms."""
        points = [LoadPoint(point.at, point.factor) for point in self.shape]
        return Load(self.requests_per_second, points)


class ServiceBehaviour(Strict):
    """How the simulated service behaves when nothing is wrong. Every key has a default."""

    allocation: dict[RouteName, WholePercent] | None = Field(
        None, description="At the start; by default the profile's baseline. Sums to 100."
    )
    clients: dict[str, WholePercent] | None = Field(
        None, description="Clients by region; by default as the baseline has it. Sums to 100."
    )
    error_rate_percent: Percent = Field(0.005, description="Failing on a good day.")
    latency_ms: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="Median by path, when idle; by default 350."
    )
    capacity_percent: dict[RouteName, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict,
        description="Percent of the full load a route can carry; by default 1.15 times proven.",
    )
    dns_ttl: Duration = Field(30, description="How long clients keep a DNS answer.")


class RollOut(Strict):
    """A roll-out that known deployment strategies carry out on the same day, to compare with."""

    at: Duration = Field(description="When they start; as the run that they are compared with.")
    route: RouteName = Field(description="The route that gets more.")
    to_percent: WholePercent = Field(description="Its share in the end.")


class Scenario(Strict):
    """A drill as data: see docs/scenarios.md."""

    name: str = Field(pattern="^[a-z][a-z0-9-]*$", description="The file's name without .yaml.")
    title: str = Field(min_length=1, max_length=120, description="One sentence.")
    profile: str = Field(
        REFERENCE, description="'reference', or a profile's path from this file's folder."
    )
    seed: int = Field(1, ge=0, description="Of every random number; --seed overrides it.")
    horizon: Duration = Field(description="How much virtual time the drill takes.")
    load: ClientLoad
    service: ServiceBehaviour = Field(default_factory=ServiceBehaviour)
    timeline: tuple[TimelineEvent, ...] = Field((), description="Faults and operators' actions.")
    compare: RollOut | None = Field(
        None, description="Play this roll-out by CodeDeploy's presets too, with the same seed."
    )
    compare_release: bool = Field(
        default=False,
        description="Play the first bad release by CodeDeploy's and AppConfig's presets too.",
    )
    expect: tuple[Expectation, ...] = Field(min_length=1, description="What must and must not be.")

    @property
    def faults(self) -> list[WorldFault]:
        """The timeline's faults, in the simulated service's terms."""
        return [event.world_fault() for event in self.timeline if isinstance(event, SERVICE_FAULTS)]

    @property
    def fault_at(self) -> int | None:
        """When the first fault that clients can feel starts, in seconds; None without one."""
        felt = (fault for fault in self.faults if fault.kind is not FaultKind.METRICS_STOP)
        starts = [fault.start_seconds for fault in felt]
        starts += [one.bad_at for one in self.releases if one.bad_percent]
        return min(starts, default=None)

    @property
    def releases(self) -> list[NewRelease]:
        """What the service's pipeline does."""
        return [event for event in self.timeline if isinstance(event, NewRelease)]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of scenario files, for editors and other tools."""
    schema = Scenario.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": SCHEMA_TITLE,
    }
