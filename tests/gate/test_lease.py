"""The lease, the lever and the claims: one holder, whose fence only grows."""

from __future__ import annotations

import pytest

from autopilot.errors import BadInput
from autopilot.gate.acts import LEASE_GRACE_MS, LEASE_SPARE_MS, Condition
from autopilot.gate.lease import LEASE_SECONDS
from autopilot.gate.refusal import GateRefused
from tests.gate.service import Network, Service, cause


def test_of_two_takes_one_is_refused_and_told_who_holds_it(service: Service) -> None:
    """The refusal names run, runbook, fence and end."""
    service.gate.take_lease("run-1", "traffic_ramp")
    with pytest.raises(
        GateRefused, match=r"run-1 \(traffic_ramp, fence 1\) holds it until 2026-09-21T14:14:50Z"
    ):
        service.gate.take_lease("run-2", "traffic_ramp")


def test_a_run_that_takes_twice_holds_one_lease(service: Service) -> None:
    """A retried take is the same lease, not a new fence."""
    first = service.gate.take_lease("run-1", "traffic_ramp")
    assert service.gate.take_lease("run-1", "traffic_ramp") == first


def test_a_take_whose_answer_was_lost_is_a_success(networked: Service, network: Network) -> None:
    """The item that comes back shows us as the holder."""
    network.lose_answers = 1
    lease = networked.gate.take_lease("run-1", "traffic_ramp")
    assert (lease.holder, lease.fence) == ("run-1", 1)
    assert networked.view.lease == lease


def test_a_return_whose_answer_was_lost_is_a_success(networked: Service, network: Network) -> None:
    """The item that comes back shows the lease free, under our fence."""
    lease = networked.gate.take_lease("run-1", "traffic_ramp")
    network.lose_answers = 1
    networked.gate.return_lease(lease)
    assert networked.view.lease.holder == ""
    assert networked.gate.take_lease("run-2", "traffic_ramp").fence == 2


def test_a_lapsed_lease_is_taken_only_after_a_grace(service: Service) -> None:
    """Clocks differ, and the holder's last call may still be under way."""
    service.gate.take_lease("run-1", "traffic_ramp")
    service.clock.pass_seconds(LEASE_SECONDS + LEASE_GRACE_MS / 1000 - 0.001)
    with pytest.raises(GateRefused):
        service.gate.take_lease("run-2", "traffic_ramp")
    service.clock.pass_seconds(0.001)
    assert service.gate.take_lease("run-2", "traffic_ramp").fence == 2


def test_a_holder_without_time_to_spare_renews_before_it_acts(service: Service) -> None:
    """A lease that ends during the call protects nothing."""
    lease, plan = service.gate.take_lease("run-1", "traffic_ramp"), service.ramp_down()
    service.clock.pass_seconds(LEASE_SECONDS - LEASE_SPARE_MS / 1000)
    with pytest.raises(GateRefused, match="too soon for a call") as refused:
        service.gate.advance(lease, plan, 0, cause("run-1"), evidence=service.evidence())
    assert refused.value.conditions == (Condition.LEASE_HELD_BY_ANOTHER,)
    renewed = service.gate.renew_lease(lease)
    assert renewed.fence == lease.fence
    service.gate.advance(renewed, plan, 0, cause("run-1"), evidence=service.evidence())


def test_a_lease_that_another_run_took_is_neither_renewed_nor_returned(service: Service) -> None:
    """The fence tells the old holder that it is over."""
    lapsed = service.gate.take_lease("run-1", "traffic_ramp")
    service.clock.pass_seconds(100)
    service.gate.take_lease("run-2", "traffic_ramp")
    for act in (service.gate.renew_lease, service.gate.return_lease):
        with pytest.raises(GateRefused, match="run-2"):
            act(lapsed)
    assert service.view.lease.holder == "run-2"


def test_the_lever_says_who_when_and_why_and_is_moved_by_people_only_with_both(
    service: Service,
) -> None:
    """A stop without a reason is refused, with both problems at once."""
    with pytest.raises(BadInput) as refused:
        service.gate.engage_lever(by=" ", reason="x" * 121)
    assert [problem.key for problem in refused.value.problems] == ["by", "reason"]
    lever = service.gate.engage_lever(by="anna", reason="looks odd")
    assert lever == service.view.lever
    assert (lever.engaged, lever.at_ms) == (True, service.clock.at_ms)
    assert not service.gate.resume(by="anna", reason="all is well").engaged


def test_doubles_and_the_other_region_find_a_claim_taken(service: Service) -> None:
    """The owner gets its claim again as it was first made; the next owner waits for the end."""
    claims = service.gate.claim
    until_ms = service.clock.at_ms + 600_000
    first = claims("case/x", owner="alarm-1", fields={"run": "a"}, expires_ms=until_ms)
    again = claims("case/x", owner="alarm-1", fields={"run": "b"}, expires_ms=until_ms + 1)
    other = claims("case/x", owner="alarm-2", fields={"run": "c"}, expires_ms=until_ms)
    assert first == again == other
    assert first.fields == {"run": "a"}
    service.clock.pass_seconds(600)
    later = claims("case/x", owner="alarm-2", fields={"run": "c"}, expires_ms=until_ms * 2)
    assert later.owner == "alarm-2"


def test_a_record_is_written_once_unless_it_may_be_replaced(service: Service) -> None:
    """An outcome is not overwritten by a later one."""
    assert service.gate.record("outcome/1", {"said": "first"})
    assert not service.gate.record("outcome/1", {"said": "second"})
    found = service.ledger.read("outcome/1")
    assert found is not None
    assert found["said"] == "first"
    assert service.gate.record("observation/home/x", {"n": 1}, once=False)
    assert service.gate.record("observation/home/x", {"n": 2}, once=False)
    assert [item["record"] for item in service.ledger.query("o")] == [
        "observation/home/x",
        "outcome/1",
    ]


def test_a_ledger_is_initialised_once(service: Service) -> None:
    """A second deployment of the foundation changes nothing."""
    lease = service.gate.take_lease("run-1", "traffic_ramp")
    assert not service.gate.initialise(service.view.allocation)
    assert service.view.lease == lease
