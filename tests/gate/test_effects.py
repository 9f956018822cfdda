"""Advance, contain and undo: what they write, and what they recognise as their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from autopilot.domain.plan import ActKind
from autopilot.domain.verdict import State
from autopilot.errors import BadInput, Inconsistent, Transient
from autopilot.gate.acts import Condition
from autopilot.gate.effects import Applied
from autopilot.gate.entries import Cause, entry_id
from autopilot.gate.gate import Gate
from autopilot.gate.ledger import Lease
from autopilot.gate.refusal import GateRefused
from autopilot.gate.standing import StandingPlan
from tests.gate.service import (
    BASELINE,
    HOME_DIRECT,
    HOME_MCP,
    STANDBY_DIRECT,
    Network,
    Service,
    cause,
    contain_plan,
    evidence_at,
    make_client,
    plan_of,
)

RUN = cause("run-1")


def take(service: Service, run: str = "run-1") -> Lease:
    """The lease for a run."""
    return service.gate.take_lease(run, "traffic_ramp")


def test_an_advance_writes_target_version_entry_and_cause_at_once(service: Service) -> None:
    """One item holds the effect and its evidence."""
    lease, plan = take(service), service.ramp_down()
    applied = service.gate.advance(lease, plan, 0, RUN, evidence=service.evidence())
    view = service.view
    assert applied == Applied(applied.entry_id, 1, 2, plan.steps[0].target, repeated=False)
    assert (view.version, view.allocation) == (2, plan.steps[0].target)
    assert view.entry(applied.entry_id) == {
        "act": "advance",
        "runbook": "traffic_ramp",
        "route": str(HOME_DIRECT),
        "digest": plan.digest(),
        "before": BASELINE.compact(),
        "after": plan.steps[0].target.compact(),
        "version": 2,
        "epoch": 1,
        "fence": lease.fence,
    }
    assert view.item["causes"][applied.entry_id]["why"] == RUN.why
    assert view.last_effect.run == "run-1"


def test_an_advance_brings_the_standing_plans_for_its_version(service: Service) -> None:
    """Contain is possible again at once, not only after the next minute."""
    lease, plan = take(service), service.ramp_down()
    after = plan.steps[0].target
    points = {HOME_MCP: 5, STANDBY_DIRECT: 5}
    contain = plan_of(ActKind.CONTAIN, 1, 2, after, [after.move(HOME_DIRECT, points)])
    standing = StandingPlan(contain, service.clock.at_ms + 60_000, dwell_seconds=600)
    service.gate.advance(lease, plan, 0, RUN, evidence=service.evidence(), standing=[standing])
    assert service.gate.contain(HOME_DIRECT, cause("alarm")).version == 3


def test_standing_plans_for_another_version_are_refused(service: Service) -> None:
    """A standing plan says for which version it was made."""
    lease, plan = take(service), service.ramp_down()
    standing = StandingPlan(contain_plan(service.view), service.clock.at_ms + 1, 600)
    with pytest.raises(BadInput, match=r"expected version 1\.2, got 1\.1"):
        service.gate.advance(lease, plan, 0, RUN, evidence=service.evidence(), standing=[standing])


def test_steps_are_taken_in_order_and_each_only_once(service: Service) -> None:
    """A step demands the version that the step before it left."""
    lease, plan, evidence = take(service), service.ramp_down(), service.evidence()
    with pytest.raises(GateRefused) as skipped:
        service.gate.advance(lease, plan, 1, RUN, evidence=evidence)
    assert skipped.value.conditions == (Condition.VERSION_MOVED,)
    service.gate.advance(lease, plan, 0, RUN, evidence=evidence)
    again = service.gate.advance(lease, plan, 0, RUN, evidence=evidence)
    assert again.repeated
    assert again.version == service.view.version == 2
    with pytest.raises(BadInput, match="no such step"):
        service.gate.advance(lease, plan, 2, RUN, evidence=evidence)


def test_a_run_paused_between_plan_and_write_is_refused_by_version(service: Service) -> None:
    """Another run finished meanwhile: the world is not the one that was planned for."""
    stale_plan, stale_lease = service.ramp_down(), take(service, "run-1")
    service.clock.pass_seconds(100)
    other = take(service, "run-2")
    service.gate.advance(other, service.ramp_down(), 0, cause("run-2"), evidence=service.evidence())
    service.gate.return_lease(other)
    with pytest.raises(GateRefused) as refused:
        service.gate.advance(stale_lease, stale_plan, 0, RUN, evidence=service.evidence())
    assert set(refused.value.conditions) == {
        Condition.LEASE_HELD_BY_ANOTHER,
        Condition.VERSION_MOVED,
    }
    again = take(service, "run-1")
    with pytest.raises(GateRefused, match=r"expected version 1\.1, got 1\.2 \(advance by run-2\)"):
        service.gate.advance(again, stale_plan, 0, RUN, evidence=service.evidence())


def test_contain_during_a_ramp_makes_the_next_step_and_the_undo_plan_again(
    service: Service,
) -> None:
    """Contain takes no lease; the holder notices by the version."""
    lease, plan = take(service), service.ramp_down()
    service.gate.advance(lease, plan, 0, RUN, evidence=service.evidence())
    service.stand_by()
    contained = service.gate.contain(HOME_DIRECT, cause("alarm"))
    evidence = service.evidence()
    acts: tuple[Callable[[], Applied], ...] = (
        lambda: service.gate.advance(lease, plan, 1, RUN, evidence=evidence),
        lambda: service.gate.undo(lease, plan, RUN),
    )
    for act in acts:
        with pytest.raises(GateRefused) as refused:
            act()
        assert refused.value.conditions == (Condition.VERSION_MOVED,)
    assert service.view.allocation == contained.allocation
    service.gate.return_lease(lease)


def test_contain_makes_exactly_one_call_and_reads_nothing(
    networked: Service, network: Network
) -> None:
    """Between the alarm and the effect stands one UpdateItem."""
    networked.stand_by(dwell_seconds=600)
    network.operations.clear()
    applied = networked.gate.contain(HOME_DIRECT, cause("alarm"))
    assert network.operations == ["UpdateItem"]
    view = networked.view
    assert view.allocation == applied.allocation != BASELINE
    assert view.dwell.until_ms == networked.clock.at_ms + 600_000
    entry = view.entry(applied.entry_id)
    assert entry is not None
    assert (entry["after"], entry["version"]) == (view.allocation.compact(), view.version)


def test_nothing_advances_onto_a_contained_route_before_its_dwell_is_over(
    service: Service,
) -> None:
    """A ramp up that was planned after the contain waits; a ramp elsewhere does not."""
    service.stand_by(dwell_seconds=60)
    service.gate.contain(HOME_DIRECT, cause("alarm"))
    lease, before = take(service), service.view.allocation
    back = service.ramp(before.move(HOME_MCP, {HOME_DIRECT: 10}), kind=ActKind.RAMP_UP)
    with pytest.raises(GateRefused, match="eu-central-1/direct was contained") as refused:
        service.gate.advance(lease, back, 0, RUN, evidence=service.evidence())
    assert refused.value.conditions == (Condition.ROUTE_CONTAINED,)
    service.clock.pass_seconds(60)
    service.gate.advance(lease, back, 0, RUN, evidence=service.evidence())
    assert service.view.allocation == back.goal


def test_the_second_region_containing_the_same_fault_is_refused(service: Service) -> None:
    """Two alarms, one effect: no ping-pong."""
    service.stand_by()
    service.gate.contain(HOME_DIRECT, cause("alarm at home"))
    with pytest.raises(GateRefused) as refused:
        service.gate.contain(HOME_DIRECT, cause("alarm at standby"))
    assert refused.value.conditions == (Condition.DWELL_RUNNING,)


def test_undo_puts_back_what_the_run_changed_and_only_that(service: Service) -> None:
    """Two steps are undone in one; undone twice is undone once."""
    lease, plan = take(service), service.ramp_down()
    nothing = service.gate.undo(lease, plan, RUN)
    assert (nothing.entry_id, nothing.version) == ("", 1)
    for step in (0, 1):
        service.gate.advance(lease, plan, step, RUN, evidence=service.evidence())
    undone = service.gate.undo(lease, plan, RUN)
    assert (undone.version, undone.allocation) == (4, BASELINE)
    assert service.gate.undo(lease, plan, RUN).repeated
    assert service.view.version == 4


ACTS: Mapping[str, Callable[[Gate, Service, Lease], Applied]] = {
    "advance": lambda gate, service, lease: gate.advance(
        lease, service.ramp_down(), 0, cause("run-2"), evidence=service.evidence()
    ),
    "contain": lambda gate, _, __: gate.contain(HOME_DIRECT, cause("alarm")),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_effect_whose_answer_was_lost_is_a_success(
    networked: Service, network: Network, act: str
) -> None:
    """The next replica refuses the second try, and its item shows our entry."""
    lease = take(networked)
    networked.stand_by()
    network.lose_answers = 1
    applied = ACTS[act](networked.gate, networked, lease)
    view = networked.view
    assert applied.repeated
    assert (applied.version, applied.allocation) == (view.version, view.allocation)
    assert view.version == 2
    assert len(list(view.journal())) == 1


def test_an_undo_whose_answer_was_lost_is_a_success(networked: Service, network: Network) -> None:
    """As every effect."""
    lease, plan = take(networked), networked.ramp_down()
    networked.gate.advance(lease, plan, 0, RUN, evidence=networked.evidence())
    network.lose_answers = 1
    undone = networked.gate.undo(lease, plan, RUN)
    assert undone.repeated
    assert networked.view.allocation == BASELINE
    assert networked.view.version == 3


def test_when_no_replica_answers_the_caller_may_try_again(
    networked: Service, network: Network
) -> None:
    """The outcome is unknown, and the retry finds out: the id is the same."""
    lease, plan = take(networked), networked.ramp_down()
    alone = Service(make_client(network=network), name=networked.name)
    network.lose_answers = 1
    with pytest.raises(Transient, match="did not answer"):
        alone.gate.advance(lease, plan, 0, RUN, evidence=networked.evidence())
    assert networked.gate.advance(lease, plan, 0, RUN, evidence=networked.evidence()).repeated


def test_the_write_decides_although_the_read_before_it_was_fine(
    networked: Service, network: Network, replica: Any
) -> None:
    """The lever is engaged between the read and the write of an advance."""
    lease, plan, evidence = take(networked), networked.ramp_down(), networked.evidence()
    person = Service(replica, name=networked.name)
    network.before = lambda: person.gate.engage_lever(by="anna", reason="odd")
    with pytest.raises(GateRefused, match=r"anna stopped all automation .* \(odd\)"):
        networked.gate.advance(lease, plan, 0, RUN, evidence=evidence)
    assert networked.view.version == 1


def test_the_fourth_run_in_a_window_is_refused_and_the_next_window_is_free(
    service: Service,
) -> None:
    """A run counts once, on its first advance, however many steps it has."""
    for number in range(3):
        run = f"run-{number}"
        lease, plan = take(service, run), service.ramp_down()
        for step in (0, 1):
            service.gate.advance(lease, plan, step, cause(run), evidence=service.evidence())
        service.gate.undo(lease, plan, cause(run))
        service.gate.return_lease(lease)
    assert service.view.budgets["ramp_down"].runs == 3
    lease, plan = take(service, "run-3"), service.ramp_down()
    with pytest.raises(GateRefused, match=r"3 of 3 runs of ramp_down are used until 2026-"):
        service.gate.advance(lease, plan, 0, cause("run-3"), evidence=service.evidence())
    service.clock.pass_seconds(3600)
    lease = service.gate.renew_lease(lease)
    service.gate.advance(lease, plan, 0, cause("run-3"), evidence=service.evidence())
    assert service.view.budgets["ramp_down"].runs == 1


def test_an_advance_that_breaks_a_rail_changes_nothing(service: Service) -> None:
    """The gate looks at the plan, whoever made it."""
    lease, plan = take(service), service.ramp_down()
    blind = evidence_at(service.clock.at_ms, {HOME_MCP: State.UNKNOWN})
    with pytest.raises(GateRefused, match="a fresh healthy verdict to gain weight, got unknown"):
        service.gate.advance(lease, plan, 0, RUN, evidence=blind)
    assert service.view.version == 1


def test_a_gate_without_rails_advances_nothing(service: Service) -> None:
    """Forgotten wiring fails closed."""
    gate = Gate(service.ledger, service.clock)
    with pytest.raises(Inconsistent, match="without rails"):
        gate.advance(take(service), service.ramp_down(), 0, RUN, evidence=service.evidence())


def test_entry_ids_repeat_for_cause_and_step_and_differ_otherwise() -> None:
    """The first 26 characters of lower-case base32 of SHA-256, so that retries repeat them."""
    assert entry_id("run-1", "0") == entry_id("run-1", "0")
    assert len({entry_id("run-1", "0"), entry_id("run-1", "1"), entry_id("run-2", "0")}) == 3
    assert len(entry_id("x", "y")) == 26
    assert entry_id("run-1", "0") == "cxbmamwdjghdexk6dhu3bcp6ao"


def test_a_cause_with_long_texts_is_cut_and_never_refused() -> None:
    """A contain must not fail because an alarm has a long name."""
    long = Cause(id="x", by="é" * 100, why="y" * 200)
    item = long.to_item(1)
    assert item["by"] == "é" * 16
    assert len(item["why"]) == 56
