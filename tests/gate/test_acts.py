"""Every cell of the table of acts and conditions, against the store."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from autopilot.adapters.dynamodb_expressions import attributes_of
from autopilot.domain.plan import ActKind, Evidence, Plan
from autopilot.gate.acts import TABLE, Act, Condition
from autopilot.gate.gate import Gate
from autopilot.gate.ledger import Lease
from autopilot.gate.planner import PlannerLease
from autopilot.gate.rails import Rest
from autopilot.gate.refusal import SENTENCES, GateRefused
from autopilot.gate.restoring import Restoring
from tests.gate.made_up_switches import MadeUpSwitch, made_up_switches, turning_plan
from tests.gate.service import (
    HOME_DIRECT,
    HOME_MCP,
    LEDGER_TABLE,
    RAILS,
    STANDBY_MCP,
    Service,
    cause,
    evidence_at,
)

LEVER, LEASE = Condition.LEVER_ENGAGED, Condition.LEASE_HELD_BY_ANOTHER
BUDGET, VERSION, EXPIRED = (
    Condition.BUDGET_SPENT,
    Condition.VERSION_MOVED,
    Condition.PLAN_EXPIRED,
)
COOLING, REVERSED, REMEDIES = (
    Condition.COOLING_DOWN,
    Condition.JUST_REVERSED,
    Condition.REMEDIATIONS_SPENT,
)
FULL, RESERVE = Condition.JOURNAL_FULL, Condition.RESERVE_FULL
UNPLANNED, DWELL, CONTAINED, WINDOW = (
    Condition.NO_STANDING_PLAN,
    Condition.DWELL_RUNNING,
    Condition.ROUTE_CONTAINED,
    Condition.MAINTENANCE_WINDOW,
)

#: Scenes that no single condition of an allocation's act describes.
TURNED, BOTH = "somebody else turned a switch", "journal and reserve full"
RESUMED = "somebody let the automation go on"

#: The table of the design, written out once more by hand: what says no to each act.
SAYS_NO: Mapping[Act, Mapping[str, Condition]] = {
    Act.ADVANCE: {
        **{c: c for c in (LEVER, LEASE, BUDGET, COOLING, REVERSED, REMEDIES)},
        **{c: c for c in (VERSION, EXPIRED, FULL, CONTAINED)},
        BOTH: FULL,
    },
    Act.CONTAIN: {
        **{c: c for c in (LEVER, VERSION, EXPIRED, RESERVE, UNPLANNED, DWELL, WINDOW)},
        BOTH: RESERVE,
        CONTAINED: DWELL,  # a contain elsewhere: nothing is contained before the dwell is over
    },
    Act.UNDO: {**{c: c for c in (LEVER, LEASE, VERSION, RESERVE)}, BOTH: RESERVE},
    Act.SWITCH: {
        **{c: c for c in (LEVER, LEASE, BUDGET, REMEDIES, EXPIRED, FULL)},
        BOTH: FULL,
        TURNED: VERSION,  # a turn is made for a count of turns, as a step is for a version
    },
    Act.SWITCH_BACK: {**{c: c for c in (LEVER, LEASE)}, TURNED: VERSION, BOTH: RESERVE},
    Act.TAKE_LEASE: {c: c for c in (LEVER, LEASE)},
    Act.RENEW_LEASE: {LEASE: LEASE},
    Act.RETURN_LEASE: {LEASE: LEASE},
    Act.REFRESH_STANDING: {c: c for c in (LEVER, LEASE, VERSION)},
    Act.ENGAGE_LEVER: {},
    Act.RESUME: {},
    # Its scene is one in which people have stopped everything; a lease in it holds nobody back.
    Act.RESTORE: {RESUMED: Condition.LEVER_FREE, VERSION: VERSION},
}

#: A run that an alarm started, so that it counts as a remediation.
ALARMED = replace(cause("run-1"), by_alarm=True)
#: Rails under which every kind of act rests for ten minutes.
RESTING = replace(RAILS, rests=dict.fromkeys(ActKind, Rest(600, 600)))


@dataclass
class Scene:
    """A run in the middle of its work, and the world around it."""

    service: Service
    act: Act
    lease: Lease = field(init=False)
    plan: Plan = field(init=False)
    evidence: Evidence = field(init=False)
    planner: PlannerLease = field(init=False)
    switches: Mapping[str, MadeUpSwitch] = field(init=False)
    item: Mapping[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        """Everything that `act` needs is there."""
        gate = self.service.gate
        self.lease = gate.take_lease("run-1", "traffic_ramp")
        self.plan = self.service.ramp_down()
        self.evidence = self.service.evidence()
        if self.act is Act.UNDO:
            gate.advance(self.lease, self.plan, 0, cause("run-1"), evidence=self.evidence)
        self.switches = made_up_switches()
        if self.act is Act.SWITCH_BACK:
            self.turn(gate, 0)
        self.service.stand_by()
        planner = gate.take_planner_lease("planner")
        assert planner is not None
        self.planner = planner
        if self.act is Act.TAKE_LEASE:
            gate.return_lease(self.lease)
        if self.act is Act.RESTORE:
            gate.engage_lever(by="anna", reason="the ledger is wrong")
        self.item = self.service.view.item

    def again(self, replica: Any) -> Scene:
        """The same scene for another service, without playing it once more."""
        other = copy.copy(self)
        other.service = Service(replica, initialised=False)
        other.service.gate = Gate(other.service.ledger, other.service.clock, rails=lambda: RESTING)
        other.switches = copy.deepcopy(self.switches)
        item = {**self.item, "service": other.service.name}
        replica.put_item(TableName=LEDGER_TABLE, Item=attributes_of(item))
        return other

    def turn(self, gate: Gate, index: int) -> object:
        """Take one turn of the scene's plan of switches."""
        return gate.turn(
            self.lease,
            turning_plan(),
            index,
            ALARMED,
            expires_ms=self.evidence.expires_ms,
            switches=self.switches,
        )

    @property
    def soon_ms(self) -> int:
        """An instant that is not over."""
        return self.service.clock.at_ms + 60_000

    @property
    def just_now_ms(self) -> int:
        """A minute ago."""
        return self.service.clock.at_ms - 60_000


def lever(scene: Scene) -> None:
    """Somebody engaged the stop lever."""
    scene.service.gate.engage_lever(by="anna", reason="looks odd")


def lease(scene: Scene) -> None:
    """Another run took the lease, and another region the planner's."""
    other = {"holder": "run-2", "runbook": "r", "fence": 7, "expires_ms": scene.soon_ms}
    scene.service.put((("lease",), other), (("fence",), 7), (("planner_fence",), 99))


def budget(scene: Scene) -> None:
    """Other runs used up every budget."""
    spent = {"runs": 3, "window_ends_ms": scene.soon_ms, "last_run": "run-0"}
    kinds = ("ramp_down", "contain", "undo", "rollback")
    scene.service.put((("budgets",), dict.fromkeys(kinds, spent)))


def cooling(scene: Scene) -> None:
    """Another run of the same kind made its last step a minute ago."""
    ended = {"runs": 1, "window_ends_ms": scene.soon_ms, "last_run": "run-0"}
    scene.service.put((("budgets",), {"ramp_down": ended | {"last_ms": scene.just_now_ms}}))


def reversed_(scene: Scene) -> None:
    """Another run did the opposite a minute ago."""
    ended = {"runs": 1, "window_ends_ms": scene.soon_ms, "last_run": "run-0"}
    scene.service.put((("budgets",), {"ramp_up": ended | {"last_ms": scene.just_now_ms}}))


def remedies(scene: Scene) -> None:
    """Alarms have started two runs already, of whatever kind."""
    started = {"runs": 2, "window_ends_ms": scene.soon_ms, "last_run": "run-0", "last_ms": 0}
    scene.service.put((("budgets",), {"remediation": started}))


def version(scene: Scene) -> None:
    """Somebody else changed the allocation."""
    last = {"act": "contain", "entry_id": "x", "run": ""}
    moved = scene.service.view.version + 1
    scene.service.put((("version",), moved), (("last_effect",), last))


def expired(scene: Scene) -> None:
    """The evidence behind every plan is too old."""
    now_ms = scene.service.clock.at_ms
    scene.evidence = evidence_at(now_ms - 180_000)
    scene.service.put((("standing", str(HOME_DIRECT), "expires_ms"), now_ms))


def full(scene: Scene) -> None:
    """Nobody exports, and advances filled their slots."""
    scene.service.put((("journal", "advance"), {f"old-{n}": {} for n in range(24)}))


def reserve(scene: Scene) -> None:
    """Nobody exports, and retreats filled even the reserve."""
    for kind in ("contain", "undo"):
        scene.service.put((("journal", kind), {f"old-{n}": {} for n in range(4)}))


def unplanned(scene: Scene) -> None:
    """No route could take more when the standing plans were made."""
    scene.service.put((("standing",), {}))


def dwell(scene: Scene) -> None:
    """A route that the plan gives nothing to was contained a moment ago."""
    scene.service.put((("dwell",), {"until_ms": scene.soon_ms, "route": str(STANDBY_MCP)}))


def contained(scene: Scene) -> None:
    """The route that the plan gives weight to was contained a moment ago."""
    scene.service.put((("dwell",), {"until_ms": scene.soon_ms, "route": str(HOME_MCP)}))


def window(scene: Scene) -> None:
    """A maintenance window is open."""
    scene.service.put((("maintenance",), {"until_ms": scene.soon_ms}))


def turned(scene: Scene) -> None:
    """Another run turned switches since."""
    scene.service.put((("turns",), {"count": 9, "run": "run-2", "forward": 2}))


def both(scene: Scene) -> None:
    """Nobody exports, and every slot that a retreat may take is taken."""
    full(scene)
    reserve(scene)


def resumed(scene: Scene) -> None:
    """Somebody let the automation go on."""
    scene.service.gate.resume(by="anna", reason="all is well")


SCENES: Mapping[str, Callable[[Scene], None]] = {
    LEVER: lever,
    LEASE: lease,
    BUDGET: budget,
    COOLING: cooling,
    REVERSED: reversed_,
    REMEDIES: remedies,
    VERSION: version,
    EXPIRED: expired,
    FULL: full,
    RESERVE: reserve,
    UNPLANNED: unplanned,
    DWELL: dwell,
    CONTAINED: contained,
    WINDOW: window,
    TURNED: turned,
    BOTH: both,
    RESUMED: resumed,
}


def perform(scene: Scene, gate: Gate) -> object:
    """Try the act of the scene."""
    tries: Mapping[Act, Callable[[], object]] = {
        Act.ADVANCE: lambda: gate.advance(
            scene.lease, scene.plan, 0, ALARMED, evidence=scene.evidence
        ),
        Act.CONTAIN: lambda: gate.contain(HOME_DIRECT, cause("alarm")),
        Act.UNDO: lambda: gate.undo(scene.lease, scene.plan, cause("run-1")),
        Act.SWITCH: lambda: scene.turn(gate, 0),
        Act.SWITCH_BACK: lambda: gate.turn_back(
            scene.lease, turning_plan(), cause("run-1"), scene.switches
        ),
        Act.TAKE_LEASE: lambda: gate.take_lease("run-9", "traffic_ramp"),
        Act.RENEW_LEASE: lambda: gate.renew_lease(scene.lease),
        Act.RETURN_LEASE: lambda: gate.return_lease(scene.lease),
        Act.REFRESH_STANDING: lambda: gate.refresh_standing_plans(
            scene.planner,
            [],
            evidence=scene.evidence,
            epoch=scene.plan.base_epoch,
            version=scene.plan.base_version,
        ),
        Act.ENGAGE_LEVER: lambda: gate.engage_lever(by="anna", reason="to be sure"),
        Act.RESUME: lambda: gate.resume(by="anna", reason="all is well"),
        Act.RESTORE: lambda: gate.restorations.put_back(
            Restoring(copied=scene.item, seen=scene.item, cause=cause("run-1"), digest="d" * 64)
        ),
    }
    return tries[scene.act]()


@pytest.fixture(scope="module")
def scenes(replica: Any) -> Mapping[Act, Scene]:
    """The scene of each act, played once."""
    return {act: Scene(Service(replica), act) for act in Act}


@pytest.mark.parametrize("condition", SCENES, ids=str)
@pytest.mark.parametrize("act", Act, ids=str)
def test_each_condition_stops_exactly_the_acts_that_the_design_names(
    replica: Any, scenes: Mapping[Act, Scene], act: Act, condition: str
) -> None:
    """One cell: no with that condition named, and nothing changed; or yes."""
    scene = scenes[act].again(replica)
    gate = scene.service.gate
    SCENES[condition](scene)
    expected = SAYS_NO[act].get(condition)
    if expected is None:
        perform(scene, gate)
        return
    before = gate.read().item
    with pytest.raises(GateRefused) as refused:
        perform(scene, gate)
    assert refused.value.conditions == (expected,)
    assert str(expected) in str(refused.value)
    assert gate.read().item == before


@pytest.mark.parametrize("act", sorted(set(Act) - {Act.RESTORE}), ids=str)
def test_no_act_creates_a_ledger_that_is_missing(
    replica: Any, scenes: Mapping[Act, Scene], act: Act
) -> None:
    """An update would create the item: a service without a ledger is refused everything.

    Only a restore may create it, when it was planned over nothing (`test_restoring`).
    """
    scene = scenes[act]
    nowhere = Service(replica, initialised=False)
    with pytest.raises(GateRefused) as refused:
        perform(scene, nowhere.gate)
    assert refused.value.conditions == (Condition.LEDGER_MISSING,)
    assert nowhere.ledger.read("ledger") is None


@pytest.mark.parametrize("act", Act, ids=str)
def test_without_any_condition_the_act_goes_through(
    replica: Any, scenes: Mapping[Act, Scene], act: Act
) -> None:
    """The scene itself stops nothing, and something is written down of every act."""
    scene = scenes[act].again(replica)
    scene.service.clock.pass_seconds(1)  # or a renewed lease would read as it did
    before = scene.service.ledger.read("ledger"), scene.service.ledger.read("planner")
    perform(scene, scene.service.gate)
    after = scene.service.ledger.read("ledger"), scene.service.ledger.read("planner")
    assert after != before


def test_the_table_and_the_design_agree_on_every_cell() -> None:
    """What an act demands is what says no to it, beside the ledger itself."""
    for act in Act:
        assert set(TABLE[act]) - {Condition.LEDGER_MISSING} == set(SAYS_NO[act].values())


def test_every_condition_has_a_sentence() -> None:
    """Nobody reads a bare name."""
    assert set(SENTENCES) == set(Condition)
