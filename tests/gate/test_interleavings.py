"""Two runs, an alarm and a person in any order: the ledger keeps its word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from autopilot.domain.plan import ActKind, Plan
from autopilot.errors import Refused
from autopilot.gate.effects import Applied
from autopilot.gate.gate import Gate
from autopilot.gate.ledger import Lease, LedgerView
from autopilot.gate.standing import StandingPlan
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import (
    BASELINE,
    HOME,
    HOME_DIRECT,
    HOME_MCP,
    RAILS,
    SettableClock,
    cause,
    contain_plan,
    evidence_at,
    plan_of,
    points_to_contain,
)
from tests.gate.test_export import MemoryTrail, ids

RUNS = st.sampled_from(["run-1", "run-2"])


class TwoRuns(RuleBasedStateMachine):
    """Random interleavings of what two runs, alarms, people and the minute tick do."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = MemoryLedger()
        self.clock = SettableClock()
        self.gate = Gate(self.ledger, self.clock, rails=lambda: RAILS)
        self.trail = MemoryTrail()
        self.leases: dict[str, Lease] = {}
        self.plans: dict[str, tuple[Plan, int]] = {}
        self.effects: dict[str, Applied] = {}
        self.alarms = 0
        self.last: LedgerView | None = None

    @initialize()
    def begin(self) -> None:
        """A service at its baseline."""
        self.gate.initialise(BASELINE)

    def attempt(self, act: Callable[[], Any]) -> Any:
        """What the act gave, or None when it was refused."""
        try:
            return act()
        except Refused:
            return None

    def applied(self, effect: Applied | None) -> bool:
        """Remember an effect; a repeated one must be known already."""
        if effect is None or not effect.entry_id:
            return False
        if effect.repeated:
            assert effect.entry_id in self.effects
        else:
            assert effect.entry_id not in self.effects
            self.effects[effect.entry_id] = effect
        return True

    @rule(run=RUNS)
    def take(self, run: str) -> None:
        """A run takes the lease, if it is free."""
        lease = self.attempt(lambda: self.gate.take_lease(run, "traffic_ramp"))
        if lease:
            self.leases[run] = lease

    @rule(run=RUNS)
    def give_back(self, run: str) -> None:
        """A run returns its lease, perhaps one that it lost."""
        if run in self.leases:
            self.attempt(lambda: self.gate.return_lease(self.leases[run]))

    @rule(run=RUNS)
    def renew(self, run: str) -> None:
        """A run renews its lease, perhaps one that it lost."""
        if run in self.leases:
            self.attempt(lambda: self.gate.renew_lease(self.leases[run]))

    @rule(run=RUNS, points=st.integers(1, 5), up=st.booleans())
    def plan(self, run: str, points: int, *, up: bool) -> None:
        """A run plans two steps from what it sees now."""
        view = self.gate.read()
        giver, taker = (HOME_MCP, HOME_DIRECT) if up else (HOME_DIRECT, HOME_MCP)
        if view.allocation.percent(giver) < 2 * points:
            return
        first = view.allocation.move(giver, {taker: points})
        kind = ActKind.RAMP_UP if up else ActKind.RAMP_DOWN
        targets = [first, first.move(giver, {taker: points})]
        before = view.allocation
        self.plans[run] = plan_of(kind, view.epoch, view.version, before, targets), 0

    @rule(run=RUNS, again=st.booleans())
    def advance(self, run: str, *, again: bool) -> None:
        """A run takes its next step, or repeats the one before."""
        if run not in self.leases or run not in self.plans:
            return
        plan, step = self.plans[run]
        step = max(0, step - 1) if again else step
        evidence = evidence_at(self.clock.at_ms)
        lease = self.leases[run]
        done = self.attempt(
            lambda: self.gate.advance(lease, plan, step, cause(run), evidence=evidence)
        )
        if self.applied(done):
            self.plans[run] = plan, step + 1

    @rule(run=RUNS)
    def undo(self, run: str) -> None:
        """A run undoes what it did."""
        if run in self.leases and run in self.plans:
            plan, _ = self.plans[run]
            self.applied(self.attempt(lambda: self.gate.undo(self.leases[run], plan, cause(run))))

    @rule(run=RUNS, points=st.integers(1, 5), up=st.booleans(), undone=st.booleans())
    def ramp(self, run: str, points: int, *, up: bool, undone: bool) -> None:
        """A run gets as far as it can: lease, plan, step, and perhaps its undo."""
        self.take(run)
        self.plan(run, points, up=up)
        self.advance(run, again=False)
        if undone:
            self.undo(run)

    @rule(again=st.booleans())
    def contain(self, *, again: bool) -> None:
        """An alarm arrives, or the last one once more."""
        self.alarms += not again
        alarm = cause(f"alarm-{self.alarms}")
        self.applied(self.attempt(lambda: self.gate.contain(HOME_DIRECT, alarm)))

    @rule()
    def tend(self) -> None:
        """The minute tick exports and refreshes the standing plans."""
        planner = self.gate.take_planner_lease(HOME)
        assert planner is not None
        self.gate.export(planner, self.trail)
        view = self.gate.read()
        plans = [contain_plan(view)] if points_to_contain(view) else []
        self.attempt(
            lambda: self.gate.refresh_standing_plans(
                planner,
                [StandingPlan(plan, self.clock.at_ms + 180_000, 600) for plan in plans],
                evidence=evidence_at(self.clock.at_ms),
                epoch=view.epoch,
                version=view.version,
            )
        )

    @rule(engaged=st.sampled_from([False, False, True]))
    def lever(self, *, engaged: bool) -> None:
        """A person moves the stop lever."""
        move = self.gate.engage_lever if engaged else self.gate.resume
        move(by="anna", reason="because")

    @rule(seconds=st.sampled_from([1, 1, 30, 100, 700, 3600]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.pass_seconds(seconds)

    @invariant()
    def every_effect_is_one_version_and_one_entry(self) -> None:
        """Version, journal, trail and causes all count the effects."""
        view = self.gate.read()
        waiting = [each for _, each, _ in view.journal()]
        assert view.version == 1 + len(self.effects)
        assert sorted(waiting + ids(self.trail)) == sorted(self.effects)
        assert set(view.item["causes"]) == set(waiting)

    @invariant()
    def nothing_goes_backwards(self) -> None:
        """Fence and version never fall; without a version no allocation changes."""
        view = self.gate.read()
        assert sum(view.allocation.weights.values()) == 100
        if self.last is not None:
            assert view.fence >= self.last.fence
            assert view.version >= self.last.version
            assert view.version > self.last.version or view.allocation == self.last.allocation
            if self.last.lever.engaged and view.lever.engaged:
                assert view.version == self.last.version
        self.last = view


TwoRuns.TestCase.settings = settings(max_examples=60, stateful_step_count=30)
TestTwoRuns = TwoRuns.TestCase
