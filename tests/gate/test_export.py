"""Every entry reaches the trail and then leaves the journal, whatever dies in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from autopilot.gate.export import export
from autopilot.gate.ledger import RING_SECONDS, RING_SLOTS
from autopilot.gate.planner import PlannerLease, PlannerSuperseded
from tests.gate.service import HOME, STANDBY, Service, cause

ENTRY = {
    "act": "advance",
    "runbook": "traffic_ramp",
    "digest": "0" * 64,
    "before": "a",
    "after": "b",
    "epoch": 1,
    "fence": 1,
}


class Crash(BaseException):
    """The process ends here."""


class MemoryTrail:
    """A `Trail` in memory that can end the process after it has kept something."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: list[list[Mapping[str, Any]]] = []
        self.crash_after_put = False

    def keep(self, journal: Sequence[Mapping[str, Any]]) -> None:
        """Keep a batch."""
        self.kept.append([dict(entry) for entry in journal])
        if self.crash_after_put:
            self.crash_after_put = False
            raise Crash

    @property
    def entries(self) -> list[Mapping[str, Any]]:
        """Every entry once, in the order in which it first came: doubles have one id."""
        found: dict[str, Mapping[str, Any]] = {}
        for entry in (entry for batch in self.kept for entry in batch):
            assert found.setdefault(entry["id"], entry) == entry, "a double is the very same entry"
        return list(found.values())


def journal(service: Service, *names: str) -> None:
    """Entries of that name and version waiting for export."""
    for name in names:
        entry = {**ENTRY, "version": int(name.removeprefix("e"))}
        said = {"by": "run", "at_ms": 1, "why": name}
        service.put((("journal", "advance", name), entry), (("causes", name), said))


def lease_of(service: Service, holder: str = HOME) -> PlannerLease:
    """The planner lease."""
    lease = service.gate.take_planner_lease(holder)
    assert lease is not None
    return lease


def ids(trail: MemoryTrail) -> list[str]:
    """Ids in the trail, in order."""
    return [entry["id"] for entry in trail.entries]


def test_entries_leave_in_order_joined_with_their_causes(service: Service) -> None:
    """Order: (epoch, version), then id; afterwards the journal is empty and the ring knows."""
    trail = MemoryTrail()
    journal(service, "e3", "e1", "e2")
    done = service.gate.export(lease_of(service), trail)
    assert (done.entries, done.waiting) == (3, 0)
    assert ids(trail) == ["e1", "e2", "e3"]
    assert len(trail.kept) == 1
    view = service.view
    assert not list(view.journal())
    assert view.item["causes"] == {}
    assert set(view.item["applied"]) == {"e1", "e2", "e3"}
    assert trail.entries[0]["cause"] == {"by": "run", "at_ms": 1, "why": "e1"}


def test_an_empty_journal_puts_nothing(service: Service) -> None:
    """The usual minute costs one read."""
    trail = MemoryTrail()
    service.gate.export(lease_of(service), trail)
    assert trail.kept == []


def test_a_crash_before_the_removal_loses_nothing(service: Service) -> None:
    """What was kept is kept again, as the very same entries, beside those that came meanwhile."""
    trail = MemoryTrail()
    journal(service, "e1", "e2")
    trail.crash_after_put = True
    with pytest.raises(Crash):
        service.gate.export(lease_of(service), trail)
    assert [each for _, each, _ in service.view.journal()] == ["e1", "e2"]
    journal(service, "e3")
    done = service.gate.export(lease_of(service), trail)
    assert (done.entries, done.waiting) == (3, 0)
    assert ids(trail) == ["e1", "e2", "e3"]


def test_a_planner_that_was_overtaken_removes_nothing(service: Service) -> None:
    """The newer planner has written its fence; the older stops, and what it kept is a double."""
    old_trail, trail = MemoryTrail(), MemoryTrail()
    old = lease_of(service)
    service.clock.pass_seconds(100)
    new = lease_of(service, STANDBY)
    journal(service, "e1")
    service.gate.export(new, trail)
    journal(service, "e2")
    with pytest.raises(PlannerSuperseded, match=f"expected planner fence {old.fence}"):
        service.gate.export(old, old_trail)
    assert [each for _, each, _ in service.view.journal()] == ["e2"]
    assert service.gate.export(new, trail).entries == 1
    assert ids(trail) == ["e1", "e2"]
    assert not list(service.view.journal())


def test_only_one_region_tends_the_ledger_at_a_time(service: Service) -> None:
    """The other one waits until 90 s and a grace have passed; the fence grows every time."""
    first = lease_of(service)
    assert service.gate.take_planner_lease(STANDBY) is None
    again = lease_of(service)
    assert again.fence == first.fence + 1
    service.clock.pass_seconds(95)
    assert lease_of(service, STANDBY).fence == again.fence + 1


def test_the_ring_remembers_for_fifteen_minutes(service: Service) -> None:
    """A retry within that time finds its own id; later it is forgotten."""
    trail = MemoryTrail()
    lease, plan = service.gate.take_lease("run-1", "traffic_ramp"), service.ramp_down()
    applied = service.gate.advance(lease, plan, 0, cause("run-1"), evidence=service.evidence())
    service.gate.export(lease_of(service), trail)
    retried = service.gate.advance(lease, plan, 0, cause("run-1"), evidence=service.evidence())
    assert retried.repeated
    assert retried.entry_id == applied.entry_id
    service.clock.pass_seconds(RING_SECONDS - 1)
    service.gate.export(lease_of(service), trail)
    assert applied.entry_id in service.view.item["applied"]
    service.clock.pass_seconds(1)
    service.gate.export(lease_of(service), trail)
    assert service.view.item["applied"] == {}


def test_a_full_ring_holds_entries_back_in_the_journal(service: Service) -> None:
    """Back-pressure: nothing is exported that a retry could not find afterwards."""
    trail = MemoryTrail()
    now_ms = service.clock.at_ms
    service.put((("applied",), {f"old-{n}": now_ms for n in range(RING_SLOTS - 1)}))
    journal(service, "e1", "e2", "e3")
    done = service.gate.export(lease_of(service), trail)
    assert (done.entries, done.waiting) == (1, 2)
    assert len(service.view.item["applied"]) == RING_SLOTS
    full = service.gate.export(lease_of(service), trail)
    assert (full.entries, full.waiting) == (0, 2)
    service.clock.pass_seconds(RING_SECONDS)
    assert service.gate.export(lease_of(service), trail).waiting == 0
    assert ids(trail) == ["e1", "e2", "e3"]


def test_export_goes_on_while_the_lever_is_engaged(service: Service) -> None:
    """Evidence is no effect."""
    journal(service, "e1")
    service.gate.engage_lever(by="anna", reason="odd")
    trail = MemoryTrail()
    door = service.gate._door  # noqa: SLF001 - what the gate itself passes on
    assert export(door, lease_of(service), trail).entries == 1


def test_another_region_that_takes_over_exports_what_was_not_removed(service: Service) -> None:
    """Home died after the put: both trails have the very same entry, and the journal is empty."""
    home, standby = MemoryTrail(), MemoryTrail()
    journal(service, "e2")
    home.crash_after_put = True
    with pytest.raises(Crash):
        service.gate.export(lease_of(service), home)
    service.clock.pass_seconds(120)
    service.gate.export(lease_of(service, STANDBY), standby)
    assert home.entries == standby.entries
    assert not list(service.view.journal())
