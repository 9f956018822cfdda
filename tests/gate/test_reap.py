"""What a dead run left is converged, or kept and told to people."""

from __future__ import annotations

import pytest

from autopilot.domain.allocation import Allocation
from autopilot.domain.plan import ActKind, Plan
from autopilot.domain.switches import ADMISSION, WRITER, Span, SwitchPlan, SwitchStep
from autopilot.domain.verdict import State
from autopilot.errors import Transient
from autopilot.gate.ledger import Lease
from autopilot.gate.reap import Reaped
from autopilot.gate.refusal import GateRefused
from tests.gate.made_up_switches import MadeUpSwitch
from tests.gate.service import (
    BASELINE,
    HOME,
    HOME_DIRECT,
    HOME_MCP,
    STANDBY,
    STANDBY_DIRECT,
    STANDBY_MCP,
    Service,
    cause,
)


def die_after_one_step(service: Service, kind: ActKind = ActKind.RAMP_UP) -> Plan:
    """A run takes the lease, one step, and is never heard of again."""
    other = {
        ActKind.RAMP_UP: BASELINE.move(HOME_MCP, {HOME_DIRECT: 10}),
        ActKind.RAMP_DOWN: BASELINE.move(HOME_DIRECT, {HOME_MCP: 10}),
    }
    plan = service.ramp(other[kind], kind=kind)
    service.gate.open_run("run-1", "traffic_ramp", plan)
    lease = service.gate.take_lease("run-1", "traffic_ramp")
    service.gate.advance(lease, plan, 0, cause("run-1"), evidence=service.evidence())
    return plan


def reap(service: Service, **states: State) -> Reaped | None:
    """One pass of the reaper, with that evidence."""
    return service.gate.reap(service.gate.read(), service.evidence(**states), note)


TOLD: list[str] = []  #: what people were told, in the test that runs


@pytest.fixture(autouse=True)
def nobody_told() -> None:
    """Begin with nothing told."""
    TOLD.clear()


def note(run: str, outcome: str) -> None:
    """Tell a person, who remembers."""
    TOLD.append(f"{run} {outcome}")


def test_a_run_that_renews_its_lease_is_left_alone(service: Service) -> None:
    """Also in the grace after its end."""
    die_after_one_step(service)
    service.clock.pass_seconds(94)
    assert reap(service) is None


def test_a_dead_ramp_up_is_undone_and_its_lease_returned(service: Service) -> None:
    """The world is as before the run; the run has an outcome; nothing is left to reap."""
    die_after_one_step(service)
    service.clock.pass_seconds(95)
    reaped = reap(service)
    assert reaped == Reaped("run-1", f"undone: {BASELINE.compact()} at version 3", told=True)
    assert service.view.allocation == BASELINE
    assert service.view.lease.holder == ""
    run = service.gate.find_run("run-1")
    assert run is not None
    assert run.outcome.startswith("reaped: undone")
    assert reap(service) is None


def test_the_dead_run_waking_up_can_do_no_more(service: Service) -> None:
    """Its fence is old."""
    die_after_one_step(service)
    sleeper = Lease("run-1", "traffic_ramp", 1, service.clock.at_ms + 10**9)
    service.clock.pass_seconds(95)
    reap(service)
    with pytest.raises(GateRefused, match="lease held by another"):
        service.gate.renew_lease(sleeper)


@pytest.mark.parametrize(
    "kind, states, why",
    [
        (ActKind.RAMP_DOWN, {"direct": State.UNKNOWN}, "not known to be healthy"),
        (ActKind.RAMP_DOWN, {"direct": State.UNHEALTHY}, "unhealthy"),
        (ActKind.RAMP_UP, {"mcp": State.UNHEALTHY}, "unhealthy"),
    ],
)
def test_weight_never_goes_back_to_a_route_that_may_be_failing(
    service: Service, kind: ActKind, states: dict[str, State], why: str
) -> None:
    """The retreat of a dead ramp down stands; people are told."""
    die_after_one_step(service, kind)
    service.clock.pass_seconds(95)
    reaped = reap(service, **states)
    assert reaped is not None
    assert reaped.outcome.startswith("kept: ")
    assert why in reaped.outcome
    assert (service.view.version, service.view.lease.holder) == (2, "")


def test_under_the_stop_lever_the_world_stays_and_people_are_told_once(service: Service) -> None:
    """Not even the lease is taken."""
    die_after_one_step(service)
    service.gate.engage_lever(by="anna", reason="odd")
    service.clock.pass_seconds(95)
    first, second = reap(service), reap(service)
    assert first is not None
    assert second is not None
    assert (first.told, second.told) == (True, False)
    assert "stop lever" in first.outcome
    assert (service.view.version, service.view.lease.holder) == (2, "run-1")


def test_a_contain_after_the_dead_run_stands(service: Service) -> None:
    """What changed the allocation last is not the dead run's to undo."""
    die_after_one_step(service)
    service.stand_by()
    contained = service.gate.contain(HOME_DIRECT, cause("alarm"))
    service.clock.pass_seconds(95)
    reaped = reap(service)
    assert reaped is not None
    assert "another change came after" in reaped.outcome
    assert service.view.allocation == contained.allocation


def test_a_route_that_was_contained_gains_nothing_before_its_dwell_is_over(
    service: Service,
) -> None:
    """Also not by an undo that the reaper makes."""
    service.put((("dwell",), {"until_ms": service.clock.at_ms + 10**6, "route": str(HOME_MCP)}))
    die_after_one_step(service)
    service.clock.pass_seconds(95)
    reaped = reap(service)
    assert reaped is not None
    assert "dwell is not over" in reaped.outcome


def test_a_dead_run_without_a_plan_only_loses_its_lease(service: Service) -> None:
    """It had not begun."""
    service.gate.take_lease("run-1", "traffic_ramp")
    service.clock.pass_seconds(95)
    reaped = reap(service)
    assert reaped == Reaped("run-1", "kept: the run left no plan", told=True)
    assert service.view.lease.holder == ""


def test_a_reaper_that_died_is_finished_by_the_next(service: Service) -> None:
    """Its lease names the run it was about."""
    die_after_one_step(service)
    service.clock.pass_seconds(95)
    service.gate.take_lease("reaper/run-1", "reaper")
    service.clock.pass_seconds(95)
    reaped = reap(service)
    assert reaped is not None
    assert reaped.run == "run-1"
    assert service.view.allocation == BASELINE


def test_a_closed_run_that_was_never_opened_is_nothing(service: Service) -> None:
    """Closing does not create."""
    assert not service.gate.close_run("run-x", "done")
    assert service.gate.find_run("run-x") is None


def test_a_run_is_read_back_with_its_plan(service: Service) -> None:
    """What the reaper needs, digest and all."""
    target = Allocation.of({HOME_DIRECT: 40, HOME_MCP: 50, STANDBY_DIRECT: 5, STANDBY_MCP: 5})
    plan = service.ramp(target)
    service.gate.open_run("run-1", "traffic_ramp", plan)
    run = service.gate.find_run("run-1")
    assert run is not None
    assert run.plan == plan
    assert run.plan.digest() == plan.digest()
    assert service.gate.close_run("run-1", "mitigated")


def test_a_reaper_that_cannot_tell_people_tries_again(service: Service) -> None:
    """The world is put right at once; the lease stays until somebody knows."""
    die_after_one_step(service)
    service.clock.pass_seconds(95)

    def nobody_answers(_run: str, _outcome: str) -> None:
        raise Transient

    with pytest.raises(Transient):
        service.gate.reap(service.gate.read(), service.evidence(), nobody_answers)
    assert service.view.allocation == BASELINE
    assert service.view.lease.holder == "reaper/run-1"
    service.clock.pass_seconds(95)
    reaped = reap(service)
    assert reaped is not None
    assert reaped.told
    assert len(TOLD) == 1
    assert service.view.lease.holder == ""
    assert service.view.version == 3


def die_in_a_failover(service: Service) -> dict[str, MadeUpSwitch]:
    """A run hands over the writes, moves the weight, and is never heard of again."""
    switches = {name: MadeUpSwitch(name, HOME) for name in (WRITER, ADMISSION)}
    target = Allocation.of({HOME_DIRECT: 35, HOME_MCP: 30, STANDBY_DIRECT: 30, STANDBY_MCP: 5})
    plan = service.ramp(target, kind=ActKind.FAILOVER)
    turns = SwitchPlan(
        runbook="regional_failover",
        service="hybrid-routing",
        base_turn=0,
        goal=STANDBY,
        steps=(SwitchStep(0, WRITER, HOME, STANDBY, Span.LASTING),),
        runs_max=3,
        window_seconds=3600,
    )
    service.gate.open_run("run-1", "regional_failover", plan, turns)
    lease = service.gate.take_lease("run-1", "regional_failover")
    expires_ms = service.clock.at_ms + 60_000
    service.gate.turn(lease, turns, 0, cause("run-1"), expires_ms=expires_ms, switches=switches)
    service.gate.advance(lease, plan, 0, cause("run-1"), evidence=service.evidence())
    service.clock.pass_seconds(95)
    return switches


def test_a_dead_move_is_put_back_with_its_writes(service: Service) -> None:
    """As long as everything that it left is well: one region owns the writes, and it is home."""
    switches = die_in_a_failover(service)
    reaped = service.gate.reap(service.view, service.evidence(), note, lambda: switches)
    assert reaped is not None
    assert reaped.outcome.startswith("undone: everything is where it was")
    assert (service.view.allocation, switches[WRITER].value) == (BASELINE, HOME)
    assert service.view.lease.holder == ""


@pytest.mark.parametrize("state", [State.UNKNOWN, State.UNHEALTHY])
def test_what_left_a_region_that_is_not_well_stays_where_it_got_to(
    service: Service, state: State
) -> None:
    """Neither weight nor writes go back to it, and people are told."""
    switches = die_in_a_failover(service)
    evidence = service.evidence(direct=state)
    reaped = service.gate.reap(service.view, evidence, note, lambda: switches)
    assert reaped is not None
    assert reaped.outcome == f"kept half way: {HOME_DIRECT} was left and is {state}"
    assert (service.view.version, switches[WRITER].value) == (2, STANDBY)
    assert service.view.lease.holder == ""
    assert len(TOLD) == 1
