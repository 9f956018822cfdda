"""Brakes beside the budgets: rest after a run, rest after its opposite, remediations in all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopilot.domain.plan import ActKind
from autopilot.gate.acts import Condition
from autopilot.gate.gate import Gate
from autopilot.gate.rails import Remediations, Rest
from autopilot.gate.refusal import GateRefused
from tests.gate.service import HOME_DIRECT, HOME_MCP, RAILS, Service, cause

UP, DOWN = ActKind.RAMP_UP, ActKind.RAMP_DOWN


@pytest.fixture
def braked(service: Service) -> Service:
    """Ramps up rest two minutes, and ten after a ramp down; alarms may start two runs an hour."""
    rails = replace(
        RAILS,
        kinds={kind: replace(bounds, runs_max=9) for kind, bounds in RAILS.kinds.items()},
        rests={UP: Rest(cool_down_seconds=120, hysteresis_seconds=600)},
        remediations=Remediations(2, 3600),
    )
    service.gate = Gate(service.ledger, service.clock, rails=lambda: rails)
    return service


def run(service: Service, name: str, kind: ActKind, *, by_alarm: bool = False) -> None:
    """A whole run of two steps of one point."""
    gate, giver = service.gate, HOME_DIRECT if kind is DOWN else HOME_MCP
    taker = HOME_MCP if kind is DOWN else HOME_DIRECT
    first = service.view.allocation.move(giver, {taker: 1})
    plan = service.ramp(first, first.move(giver, {taker: 1}), kind=kind)
    lease = gate.take_lease(name, "traffic_ramp")
    why = replace(cause(name), by_alarm=by_alarm)
    try:
        for step in (0, 1):
            gate.advance(lease, plan, step, why, evidence=service.evidence())
    finally:
        gate.return_lease(lease)


def test_a_kind_rests_after_a_run_but_not_within_it(braked: Service) -> None:
    """The second step of a run is not held up by its first."""
    run(braked, "run-1", UP)
    with pytest.raises(GateRefused, match=r"run-1 was of this kind\. Wait until") as refused:
        run(braked, "run-2", UP)
    assert refused.value.conditions == (Condition.COOLING_DOWN,)
    braked.clock.pass_seconds(120)
    run(braked, "run-2", UP)


def test_what_was_just_done_is_not_reversed_at_once(braked: Service) -> None:
    """Up after down waits; down after up, the safe direction, does not."""
    run(braked, "run-1", DOWN)
    with pytest.raises(GateRefused, match="run-1 did a ramp_down, which this would") as refused:
        run(braked, "run-2", UP)
    assert refused.value.conditions == (Condition.JUST_REVERSED,)
    braked.clock.pass_seconds(600)
    run(braked, "run-2", UP)
    run(braked, "run-3", DOWN)


def test_the_third_remediation_in_a_window_is_refused_whatever_its_kind(braked: Service) -> None:
    """Two kinds share the count; the window ends, and alarms may act again."""
    run(braked, "run-1", UP, by_alarm=True)
    run(braked, "run-2", DOWN, by_alarm=True)
    with pytest.raises(GateRefused, match="alarms have started 2 runs") as refused:
        run(braked, "run-3", DOWN, by_alarm=True)
    assert refused.value.conditions == (Condition.REMEDIATIONS_SPENT,)
    braked.clock.pass_seconds(3600)
    run(braked, "run-3", DOWN, by_alarm=True)


def test_a_person_may_still_act_when_remediations_are_spent(braked: Service) -> None:
    """And what people start does not count as one."""
    for name in ("run-1", "run-2"):
        run(braked, name, DOWN, by_alarm=True)
    run(braked, "run-3", DOWN)
    assert braked.view.budgets["remediation"].runs == 2


def test_a_ledger_written_before_there_were_rests_lets_ramps_go_on(braked: Service) -> None:
    """Its budgets lack the instant of the last step, which then stops nothing."""
    before = {"runs": 1, "window_ends_ms": braked.clock.at_ms + 60_000, "last_run": "run-0"}
    braked.put((("budgets",), {"ramp_up": before, "ramp_down": before}))
    assert braked.view.budgets["ramp_up"].last_ms == 0
    run(braked, "run-1", UP)
