"""Putting the ledger back: under numbers that nothing of before has, whole, once, and stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autopilot.domain.permit import LEDGER
from autopilot.errors import Transient
from autopilot.gate.acts import Condition
from autopilot.gate.ledger import LedgerView
from autopilot.gate.refusal import GateRefused
from autopilot.gate.restoring import STEP, Marks, Restored, Restoring
from tests.gate.made_up_switches import made_up_switches, turning_plan
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import HOME_DIRECT, Network, Service, cause, make_client

DIGEST = "d" * 64


def past(service: Service) -> dict[str, Any]:
    """What a backup of the ledger as it stands would hold."""
    return dict(service.view.item)


def put_back(service: Service, copied: dict[str, Any], by: str = "restore-1") -> Restored:
    """Put a copy back over what lies in the ledger now."""
    return service.gate.restorations.put_back(
        Restoring(
            copied=copied,
            seen=service.ledger.read(LEDGER),
            cause=replace(cause(by), by=by, why="restored"),
            digest=DIGEST,
        )
    )


def stop(service: Service) -> None:
    """Somebody engages the lever."""
    service.gate.engage_lever(by="anna", reason="the ledger is wrong")


def items(service: Service) -> dict[str, dict[str, Any]]:
    """What the store in memory holds, past the gate."""
    assert isinstance(service.ledger, MemoryLedger)
    return service.ledger.items


def lose(service: Service) -> None:
    """The item is gone."""
    del items(service)[LEDGER]


def test_it_goes_on_above_everything_that_was_seen(service: Service) -> None:
    """Epoch + 1, fence and turns + 1,000,000, over what the ledger itself shows today."""
    copied = past(service)
    service.gate.take_lease("run-1", "traffic_ramp")
    stop(service)

    view = put_back(service, copied).view

    assert (view.epoch, view.version) == (copied["epoch"] + 1, copied["version"] + 1)
    assert view.fence == 1 + STEP
    assert view.turns.count == STEP
    assert view.lever.engaged
    assert (view.lease.holder, dict(view.standing)) == ("", {})
    assert view.allocation == LedgerView.of(copied).allocation


def test_no_lease_plan_or_turn_of_before_can_act_after_people_resumed(service: Service) -> None:
    """Each is refused for what makes it old, not only for the lever."""
    gate = service.gate
    lease = gate.take_lease("run-1", "traffic_ramp")
    plan, evidence = service.ramp_down(), service.evidence()
    service.stand_by()
    copied = past(service)
    stop(service)
    put_back(service, copied)
    gate.resume(by="anna", reason="looks right")

    with pytest.raises(GateRefused) as advance:
        gate.advance(lease, plan, 0, cause("run-1"), evidence=evidence)
    with pytest.raises(GateRefused) as contain:
        gate.contain(HOME_DIRECT, cause("alarm"))
    fresh = gate.take_lease("run-1", "traffic_ramp")
    with pytest.raises(GateRefused) as again:
        gate.advance(fresh, plan, 0, cause("run-1"), evidence=evidence)
    with pytest.raises(GateRefused) as turn:
        gate.turn(
            fresh,
            turning_plan(),
            0,
            cause("run-1"),
            expires_ms=evidence.expires_ms,
            switches=made_up_switches(),
        )

    assert Condition.LEASE_HELD_BY_ANOTHER in advance.value.conditions
    assert contain.value.conditions == (Condition.NO_STANDING_PLAN,)
    assert again.value.conditions == (Condition.VERSION_MOVED,)
    assert turn.value.conditions == (Condition.VERSION_MOVED,)


def test_a_ledger_that_is_lost_is_put_back_and_works_again(service: Service) -> None:
    """Planner included: after people have resumed, a lease is taken and a plan advances."""
    copied = past(service)
    lose(service)

    restored = put_back(service, copied)
    service.gate.resume(by="anna", reason="looks right")

    assert restored.view.fence == STEP
    lease = service.gate.take_lease("run-2", "traffic_ramp")
    plan = service.ramp_down()
    applied = service.gate.advance(lease, plan, 0, cause("run-2"), evidence=service.evidence())
    assert (applied.epoch, applied.version) == (2, 3)
    service.stand_by()
    assert HOME_DIRECT in service.view.standing


def test_putting_it_back_twice_is_putting_it_back_once(service: Service) -> None:
    """Also when people have resumed and somebody has acted in between."""
    copied = past(service)
    lose(service)
    first = put_back(service, copied)
    service.gate.resume(by="anna", reason="looks right")
    service.gate.take_lease("run-2", "traffic_ramp")
    before = past(service)

    again = put_back(service, copied)

    assert (first.repeated, again.repeated) == (False, True)
    assert past(service) == before


def test_an_answer_that_is_lost_counts_as_put_back(replica: Any, network: Network) -> None:
    """In DynamoDB: the write was applied, and the next try finds its own entry."""
    assert replica is not None
    service = Service(make_client(network=network))
    copied = past(service)
    stop(service)
    network.lose_answers = 1

    with pytest.raises(Transient):
        put_back(service, copied)

    assert put_back(service, copied).repeated
    assert (service.view.epoch, service.view.fence) == (2, STEP)


def test_a_write_that_meets_its_own_echo_is_put_back_once(
    networked: Service, network: Network
) -> None:
    """The first replica applied it and never answered; the second refuses it, showing our entry."""
    copied = past(networked)
    stop(networked)
    network.lose_answers = 1

    restored = put_back(networked, copied)

    assert (restored.repeated, restored.view.epoch) == (True, 2)


def test_without_the_lever_nothing_is_replaced(service: Service) -> None:
    """Something could act between the copy and the write."""
    copied = past(service)
    with pytest.raises(GateRefused) as refused:
        put_back(service, copied)
    assert refused.value.conditions == (Condition.LEVER_FREE,)
    assert past(service) == copied


def test_another_ledger_than_was_planned_for_is_not_replaced(service: Service) -> None:
    """Somebody initialised it, or restored it, in between."""
    copied = past(service)
    lose(service)
    service.gate.initialise(LedgerView.of(copied).allocation)
    stop(service)

    with pytest.raises(GateRefused) as refused:
        service.gate.restorations.put_back(
            Restoring(copied=copied, seen=None, cause=cause("restore-1"), digest=DIGEST)
        )

    assert refused.value.conditions == (Condition.VERSION_MOVED,)


@pytest.mark.parametrize("missing", ["allocation", "epoch", "journal", "schema_version", "turns"])
def test_a_damaged_item_is_replaced_whole(service: Service, missing: str) -> None:
    """Whatever it lacks, and whatever it has that belongs to nothing."""
    copied = past(service)
    stop(service)
    service.put((("rubbish",), {"left": "over"}))
    items(service)[LEDGER].pop(missing, None)

    view = put_back(service, copied).view

    assert "rubbish" not in view.item
    assert set(view.item) == set(copied)


def test_a_second_restore_from_before_the_first_goes_on_above_it(service: Service) -> None:
    """Though the ledger that knew the higher numbers is lost again: a record kept them."""
    copied = past(service)
    lose(service)
    first = put_back(service, copied).view
    lose(service)

    second = put_back(service, copied, by="restore-2").view

    assert second.epoch == first.epoch + 1
    assert second.fence == first.fence + STEP


def test_a_record_that_is_there_is_newer_and_stays(service: Service) -> None:
    """Only what is missing is put back."""
    service.gate.record("note/1", {"says": "now"})
    old = {"service": service.name, "record": "note/1", "says": "then"}
    restorations = service.gate.restorations

    assert not restorations.put_missing(old)
    assert restorations.put_missing({**old, "record": "note/2"})
    assert (service.ledger.read("note/1") or {})["says"] == "now"
    assert (service.ledger.read("note/2") or {})["says"] == "then"


def test_the_restore_is_on_record_in_the_journal(service: Service) -> None:
    """So that it reaches the trail like every effect."""
    copied = past(service)
    lose(service)
    view = put_back(service, copied).view
    ((_, entry_id, entry),) = view.journal()
    assert (entry["act"], entry["digest"], entry["epoch"]) == ("restore", DIGEST, 2)
    assert view.item["causes"][entry_id]["why"] == "restored"


def test_what_waited_for_the_trail_is_kept_where_it_can_be_read(service: Service) -> None:
    """An effect that the copy does not know is still told by the journal."""
    copied = past(service)
    lease = service.gate.take_lease("run-1", "traffic_ramp")
    applied = service.gate.advance(
        lease, service.ramp_down(), 0, cause("run-1"), evidence=service.evidence()
    )
    stop(service)

    view = put_back(service, copied).view

    assert view.entry(applied.entry_id) is not None
    assert view.allocation == LedgerView.of(copied).allocation


def test_a_journal_that_cannot_be_read_is_that_of_the_copy(service: Service) -> None:
    """Entries without a cause could never be exported."""
    lease = service.gate.take_lease("run-1", "traffic_ramp")
    applied = service.gate.advance(
        lease, service.ramp_down(), 0, cause("run-1"), evidence=service.evidence()
    )
    copied = past(service)
    stop(service)
    service.put((("causes",), {}))

    view = put_back(service, copied).view

    assert view.entry(applied.entry_id) is not None
    assert set(view.item["causes"]) >= {applied.entry_id}


def test_marks_of_rubbish_are_zero() -> None:
    """A damaged item says nothing, and stops nothing."""
    assert Marks.of({"epoch": "x", "fence": {}, "turns": 7}) == Marks(0, 0, 7)
    assert Marks.of(None) == Marks()
