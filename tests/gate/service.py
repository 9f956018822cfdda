"""The reference service, its plans and its evidence, as the tests of the gate use them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError

from autopilot.adapters.clients import client
from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.permit import LEDGER, issue_allocation
from autopilot.domain.plan import ActKind, Bounds, Evidence, Plan, Step
from autopilot.domain.verdict import State, Thresholds, Verdict
from autopilot.domain.writes import ConditionalWrite, Set
from autopilot.gate.entries import Cause
from autopilot.gate.gate import Gate
from autopilot.gate.ledger import LedgerView
from autopilot.gate.rails import Rails
from autopilot.gate.standing import StandingPlan
from autopilot.ports import LedgerStore
from tests.gate.made_up_switches import NAMES
from tests.gate.memory_ledger import MemoryLedger

LEDGER_TABLE = "ledger"
HOME, STANDBY = "eu-central-1", "eu-west-1"
START_MS = 1_790_000_000_000
HOME_DIRECT, HOME_MCP = Route(HOME, "direct"), Route(HOME, "mcp")
STANDBY_DIRECT, STANDBY_MCP = Route(STANDBY, "direct"), Route(STANDBY, "mcp")
BASELINE = Allocation.of({HOME_DIRECT: 60, HOME_MCP: 30, STANDBY_DIRECT: 5, STANDBY_MCP: 5})
PROVEN = {HOME_DIRECT: 100, HOME_MCP: 60, STANDBY_DIRECT: 40, STANDBY_MCP: 30}
THRESHOLDS = Thresholds(guard_ppm=50_000, tolerance_ppm=10_000, sample_min=300, fresh_seconds=60)
RAILS = Rails(
    proven=PROVEN,
    healthy_capacity_floor_percent=50,
    kinds={
        kind: Bounds(points, 300, runs_max=3, window_seconds=3600)
        for kind, points in (
            (ActKind.RAMP_DOWN, 25),
            (ActKind.RAMP_UP, 25),
            (ActKind.CONTAIN, 50),
            (ActKind.FAILOVER, 100),
        )
    },
    switches=NAMES,
    rollback=Bounds(0, 300, runs_max=3, window_seconds=3600),
    failover=Bounds(100, 300, runs_max=3, window_seconds=3600),
)
_services = itertools.count(1)


@dataclass
class SettableClock:
    """A clock that a test moves."""

    at_ms: int = START_MS

    def now_ms(self) -> int:
        """The instant it was moved to."""
        return self.at_ms

    def pass_seconds(self, seconds: float) -> None:
        """Move on."""
        self.at_ms += int(seconds * 1000)


@dataclass
class Network:
    """Watches and disturbs the calls of one client."""

    operations: list[str] = field(default_factory=list)
    lose_answers: int = 0  #: of the next writes, each applied but never answered
    before: Callable[[], object] | None = None  #: runs once, just before the next write

    def watch(self, made: Any) -> None:
        """Hook into `made`, a DynamoDB client."""
        made.meta.events.register_first("before-call.dynamodb", self._note)
        made.meta.events.register_first("before-send.dynamodb", self._disturb)

    def _note(self, model: Any, **_: object) -> None:
        self.operations.append(model.name)

    def _disturb(self, request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        if b"UpdateItem" not in _target(request):
            return None
        if self.before is not None:
            act, self.before = self.before, None
            act()
        if self.lose_answers:
            self.lose_answers -= 1
            _deliver(request)
            raise ReadTimeoutError(endpoint_url=request.url)
        return None


def _target(request: AWSPreparedRequest) -> bytes:
    target = request.headers.get("X-Amz-Target", b"")
    return target if isinstance(target, bytes) else str(target).encode()


def _deliver(request: AWSPreparedRequest) -> None:
    """Let moto apply the request, and drop what it answers."""
    from moto.core.botocore_stubber import BotocoreStubber  # noqa: PLC0415 - test only
    from moto.core.models import botocore_stubber  # noqa: PLC0415

    assert isinstance(botocore_stubber, BotocoreStubber)
    botocore_stubber("before-send", request)


class Service:
    """One service in the ledger table, with its own clock and gate."""

    def __init__(self, *replicas: Any, name: str | None = None, initialised: bool = True) -> None:
        """Begin with the baseline allocation, unless the ledger is to be missing or is another's.

        Without `replicas` the ledger is in memory.
        """
        self.name = name or f"service-{next(_services)}"
        self.clock = SettableClock()
        self.ledger: LedgerStore = MemoryLedger()
        if replicas:
            self.ledger = DynamoDbLedger(clients=replicas, table=LEDGER_TABLE, service=self.name)
        self.gate = Gate(self.ledger, self.clock, rails=lambda: RAILS)
        if initialised and name is None:
            self.gate.initialise(BASELINE)

    @property
    def view(self) -> LedgerView:
        """The ledger as it stands."""
        return self.gate.read()

    def put(self, *sets: tuple[tuple[str, ...], Any]) -> None:
        """Write straight into the ledger item, past the gate, to set a scene."""
        write = ConditionalWrite(LEDGER, tuple(Set(path, value) for path, value in sets))
        self.ledger.write(write, issue_allocation("scene", write))

    def evidence(self, **states: State) -> Evidence:
        """Fresh evidence: every route healthy but those named by `mcp=` or `direct=` at home."""
        named = {HOME_DIRECT: states.get("direct"), HOME_MCP: states.get("mcp")}
        return evidence_at(self.clock.at_ms, {r: s for r, s in named.items() if s is not None})

    def ramp(self, *targets: Allocation, kind: ActKind = ActKind.RAMP_DOWN) -> Plan:
        """A plan about home/direct from what the ledger holds now."""
        view = self.view
        return plan_of(kind, view.epoch, view.version, view.allocation, targets)

    def ramp_down(self) -> Plan:
        """Two steps of ten points off home/direct, onto home/mcp."""
        before = self.view.allocation
        first = before.move(HOME_DIRECT, {HOME_MCP: 10})
        return self.ramp(first, first.move(HOME_DIRECT, {HOME_MCP: 10}))

    def stand_by(self, *, seconds: int = 180, dwell_seconds: int = 600) -> None:
        """Let the planner write a standing plan for home/direct."""
        planner = self.gate.take_planner_lease("planner")
        assert planner is not None
        view = self.view
        plan = contain_plan(view)
        standing = StandingPlan(plan, self.clock.at_ms + seconds * 1000, dwell_seconds)
        self.gate.refresh_standing_plans(
            planner,
            [standing],
            evidence=self.evidence(),
            epoch=view.epoch,
            version=view.version,
        )


def points_to_contain(view: LedgerView, route: Route = HOME_DIRECT) -> dict[Route, int]:
    """What each other route can take of it; nothing when all is full or nothing is left."""
    others = [r for r in view.allocation.routes if r != route]
    room = {r: max(0, min(10, PROVEN[r] - view.allocation.percent(r))) for r in others}
    points = {r: min(p, view.allocation.percent(route) // 3) for r, p in room.items()}
    return {r: p for r, p in points.items() if p}


def contain_plan(view: LedgerView, route: Route = HOME_DIRECT) -> Plan:
    """Contain `route`: ten points to each of the other routes that has room."""
    target = view.allocation.move(route, points_to_contain(view, route))
    return plan_of(
        ActKind.CONTAIN, view.epoch, view.version, view.allocation, [target], route=route
    )


def plan_of(
    kind: ActKind,
    epoch: int,
    version: int,
    before: Allocation,
    targets: Iterable[Allocation],
    *,
    route: Route | None = HOME_DIRECT,
) -> Plan:
    """A plan through `targets`, undone to where it began."""
    return Plan(
        runbook="traffic_ramp",
        service="hybrid-routing",
        kind=kind,
        route=route,
        base_epoch=epoch,
        base_version=version,
        before=before,
        steps=tuple(Step(index, to, 60, "test") for index, to in enumerate(targets)),
        undo=before,
        guards=THRESHOLDS,
        bounds=RAILS.kinds[kind],
    )


def evidence_at(
    made_ms: int, states: Mapping[Route, State] | None = None, *, seconds: int = 180
) -> Evidence:
    """Evidence made at that instant: every route healthy unless `states` says otherwise."""
    said = states or {}
    verdicts = tuple(
        (route, Verdict(said.get(route, State.HEALTHY), 1000, 0, 0, 3000, 5, "test"))
        for route in BASELINE.routes
    )
    return Evidence(made_ms, made_ms + seconds * 1000, verdicts)


def cause(key: str) -> Cause:
    """Why a test does something."""
    return Cause(id=key, by="test", why="to see what happens")


def make_client(region: str = HOME, network: Network | None = None) -> Any:
    """A DynamoDB client as production builds it, watched by `network`."""
    made = client("dynamodb", region)
    if network is not None:
        network.watch(made)
    return made


def create_table(made: Any, name: str = LEDGER_TABLE) -> None:
    """The ledger table, keyed as the template does it."""
    made.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "service", "KeyType": "HASH"},
            {"AttributeName": "record", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "service", "AttributeType": "S"},
            {"AttributeName": "record", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
