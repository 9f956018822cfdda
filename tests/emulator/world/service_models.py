"""A service to simulate in tests: the reference shape, at 400 requests per second."""

from __future__ import annotations

from collections.abc import Mapping

from autopilot.domain.allocation import Allocation, Route, VersionedAllocation
from autopilot_lab.emulator.world.faults import FaultKind, FaultTimeline, WorldFault
from autopilot_lab.emulator.world.load import Load
from autopilot_lab.emulator.world.service import ServiceModel, SimulatedService, Surroundings
from autopilot_lab.emulator.world.serving import RouteModel

HOME_DIRECT = Route("eu-central-1", "direct")
HOME_MCP = Route("eu-central-1", "mcp")
FAR_DIRECT = Route("eu-west-1", "direct")
FAR_MCP = Route("eu-west-1", "mcp")
BASELINE = Allocation.of({HOME_DIRECT: 60, HOME_MCP: 30, FAR_DIRECT: 5, FAR_MCP: 5})


def model(
    *,
    rate: float = 400.0,
    error_rate: float = 0.0,
    capacity: float = 1000.0,
    clients: Mapping[str, float] | None = None,
    allocation: Allocation = BASELINE,
) -> ServiceModel:
    """The reference service with every route alike."""
    return ServiceModel(
        name="hybrid-routing",
        routes=[RouteModel(r, capacity, 350.0, error_rate) for r in allocation.routes],
        clients=clients or {"eu-central-1": 0.9, "eu-west-1": 0.1},
        allocation=VersionedAllocation(1, 1, allocation),
        load=Load(rate),
    )


def fault(
    kind: FaultKind,
    value: float = 1.0,
    *,
    start: int = 0,
    end: int | None = None,
    route: Route | None = None,
    region: str | None = None,
) -> FaultTimeline:
    """A timeline of one fault."""
    return FaultTimeline([WorldFault(kind, start, end, route, region, value)])


def service(
    service_model: ServiceModel | None = None,
    faults: FaultTimeline | None = None,
    *,
    seed: int = 1,
    surroundings: Surroundings | None = None,
) -> SimulatedService:
    """A service at second 0."""
    return SimulatedService(
        service_model or model(),
        faults or FaultTimeline([]),
        seed=seed,
        surroundings=surroundings,
    )
