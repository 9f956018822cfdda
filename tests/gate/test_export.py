"""Every entry reaches the trail exactly once, whatever dies in between."""

from __future__ import annotations

import pytest

from autopilot.errors import Inconsistent
from autopilot.gate.chain import verify_chain
from autopilot.gate.export import export, read_trail, segment_key
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
    """A `Trail` in memory that can end the process after a put."""

    def __init__(self) -> None:
        """Begin empty."""
        self.objects: dict[str, bytes] = {}
        self.crash_after_put = False

    def put_if_absent(self, key: str, body: bytes) -> bool:
        """Store once."""
        if key in self.objects:
            return False
        self.objects[key] = body
        if self.crash_after_put:
            self.crash_after_put = False
            raise Crash
        return True

    def get(self, key: str) -> bytes | None:
        """What is there."""
        return self.objects.get(key)


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


def ids(trail: MemoryTrail, region: str = HOME) -> list[str]:
    """Ids in the trail, in order."""
    import json  # noqa: PLC0415 - the only reader here

    return [json.loads(line)["id"] for line in read_trail(trail, region)]


def test_entries_leave_in_order_joined_with_their_causes(service: Service) -> None:
    """Order: (epoch, version), then id; afterwards the journal is empty and the ring knows."""
    trail = MemoryTrail()
    journal(service, "e3", "e1", "e2")
    done = service.gate.export(lease_of(service), trail, HOME)
    assert (done.entries, done.waiting, done.head.sequence) == (3, 0, 3)
    assert ids(trail) == ["e1", "e2", "e3"]
    assert list(trail.objects) == [f"trail/{HOME}/000000000001.jsonl"]
    view = service.view
    assert not list(view.journal())
    assert view.item["causes"] == {}
    assert set(view.item["applied"]) == {"e1", "e2", "e3"}
    (first, *_) = read_trail(trail, HOME)
    assert b'"cause":{"at_ms":1,"by":"run","why":"e1"}' in first


def test_the_next_segment_goes_on_from_the_head(service: Service) -> None:
    """One chain over all segments; an empty journal makes none."""
    trail = MemoryTrail()
    journal(service, "e1", "e2")
    service.gate.export(lease_of(service), trail, HOME)
    service.gate.export(lease_of(service), trail, HOME)
    journal(service, "e3")
    done = service.gate.export(lease_of(service), trail, HOME)
    assert sorted(trail.objects) == [segment_key(HOME, 1), segment_key(HOME, 3)]
    report = verify_chain(read_trail(trail, HOME), head=done.head)
    assert (report.verified, report.entries) == (True, 3)
    assert lease_of(service).head(HOME) == done.head


def test_a_crash_after_the_put_loses_nothing_and_exports_nothing_twice(service: Service) -> None:
    """The stored segment is adopted, although more entries came meanwhile."""
    trail = MemoryTrail()
    journal(service, "e1", "e2")
    trail.crash_after_put = True
    with pytest.raises(Crash):
        service.gate.export(lease_of(service), trail, HOME)
    journal(service, "e3")
    adopted = service.gate.export(lease_of(service), trail, HOME)
    assert (adopted.entries, adopted.waiting) == (2, 1)
    last = service.gate.export(lease_of(service), trail, HOME)
    assert ids(trail) == ["e1", "e2", "e3"]
    assert verify_chain(read_trail(trail, HOME), head=last.head).verified


def test_a_crash_after_the_head_loses_nothing_and_exports_nothing_twice(service: Service) -> None:
    """What the head names and the journal still holds is removed first."""
    trail = MemoryTrail()
    journal(service, "e1", "e2")
    service.gate.export(lease_of(service), trail, HOME)
    journal(service, "e1", "e2", "e3")  # as if the removal had never happened
    done = service.gate.export(lease_of(service), trail, HOME)
    assert (done.entries, done.waiting) == (3, 0)
    assert ids(trail) == ["e1", "e2", "e3"]


def test_a_planner_that_was_overtaken_removes_nothing(service: Service) -> None:
    """The newer planner has written its fence; the older stops."""
    trail = MemoryTrail()
    journal(service, "e1")
    old = lease_of(service)
    service.clock.pass_seconds(100)
    new = lease_of(service, STANDBY)
    with pytest.raises(PlannerSuperseded, match=f"expected planner fence {old.fence}"):
        service.gate.export(old, trail, HOME)
    assert service.gate.export(new, trail, STANDBY).entries == 1
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
    service.gate.export(lease_of(service), trail, HOME)
    retried = service.gate.advance(lease, plan, 0, cause("run-1"), evidence=service.evidence())
    assert retried.repeated
    assert retried.entry_id == applied.entry_id
    service.clock.pass_seconds(RING_SECONDS - 1)
    service.gate.export(lease_of(service), trail, HOME)
    assert applied.entry_id in service.view.item["applied"]
    service.clock.pass_seconds(1)
    service.gate.export(lease_of(service), trail, HOME)
    assert service.view.item["applied"] == {}


def test_a_full_ring_holds_entries_back_in_the_journal(service: Service) -> None:
    """Back-pressure: nothing is exported that a retry could not find afterwards."""
    trail = MemoryTrail()
    now_ms = service.clock.at_ms
    service.put((("applied",), {f"old-{n}": now_ms for n in range(RING_SLOTS - 1)}))
    journal(service, "e1", "e2", "e3")
    done = service.gate.export(lease_of(service), trail, HOME)
    assert (done.entries, done.waiting) == (1, 2)
    assert len(service.view.item["applied"]) == RING_SLOTS
    full = service.gate.export(lease_of(service), trail, HOME)
    assert (full.entries, full.waiting) == (0, 2)
    service.clock.pass_seconds(RING_SECONDS)
    assert service.gate.export(lease_of(service), trail, HOME).waiting == 0
    assert ids(trail) == ["e1", "e2", "e3"]


def test_a_segment_that_does_not_go_on_from_the_head_stops_the_exporter(service: Service) -> None:
    """Somebody else wrote there: nothing is removed, people are told."""
    trail = MemoryTrail()
    trail.objects[segment_key(HOME, 1)] = b'{"sequence":7}\n'
    journal(service, "e1")
    with pytest.raises(Inconsistent, match="does not go on from the head"):
        service.gate.export(lease_of(service), trail, HOME)
    assert [each for _, each, _ in service.view.journal()] == ["e1"]


@pytest.mark.parametrize("byte", [0, 40, 200, -2])
def test_a_changed_byte_is_found(service: Service, byte: int) -> None:
    """In the first line or the last."""
    trail = MemoryTrail()
    journal(service, "e1", "e2", "e3")
    head = service.gate.export(lease_of(service), trail, HOME).head
    (key,) = trail.objects
    body = bytearray(trail.objects[key])
    body[byte] ^= 1
    assert not verify_chain(bytes(body).splitlines(), head=head).verified


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_removed_line_is_found_also_at_the_end(service: Service, line: int) -> None:
    """A cut tail shows against the head in the ledger."""
    trail = MemoryTrail()
    journal(service, "e1", "e2", "e3")
    head = service.gate.export(lease_of(service), trail, HOME).head
    lines = list(read_trail(trail, HOME))
    del lines[line]
    report = verify_chain(lines, head=head)
    assert report.fault
    assert report.entries == line


def test_export_goes_on_while_the_lever_is_engaged(service: Service) -> None:
    """Evidence is no effect."""
    journal(service, "e1")
    service.gate.engage_lever(by="anna", reason="odd")
    trail = MemoryTrail()
    door = service.gate._door  # noqa: SLF001 - what the gate itself passes on
    assert export(door, lease_of(service), trail, HOME).entries == 1


def test_an_unfinished_removal_with_a_full_ring_exports_nothing_again(service: Service) -> None:
    """What the head names goes first, as far as the ring has room; nothing overtakes it."""
    trail = MemoryTrail()
    journal(service, "e1", "e2")
    service.gate.export(lease_of(service), trail, HOME)
    journal(service, "e1", "e2", "e3")  # as if the removal had never happened
    now_ms = service.clock.at_ms
    service.put((("applied",), {f"old-{n}": now_ms for n in range(RING_SLOTS - 1)}))
    done = service.gate.export(lease_of(service), trail, HOME)
    assert (done.entries, done.waiting) == (1, 2)
    assert len(service.view.item["applied"]) == RING_SLOTS
    service.clock.pass_seconds(RING_SECONDS)
    assert service.gate.export(lease_of(service), trail, HOME).waiting == 0
    assert ids(trail) == ["e1", "e2", "e3"]


def test_a_segment_that_nobody_recorded_is_settled_by_its_region(service: Service) -> None:
    """Home died after the put; standby exported the same entry; home's trail verifies again."""
    home, standby = MemoryTrail(), MemoryTrail()
    journal(service, "e2")
    home.crash_after_put = True
    with pytest.raises(Crash):
        service.gate.export(lease_of(service), home, HOME)
    service.clock.pass_seconds(120)
    service.gate.export(lease_of(service, STANDBY), standby, STANDBY)
    assert ids(home) == ids(standby, STANDBY) == ["e2"]

    assert service.gate.settle_trail(home, HOME)
    assert not service.gate.settle_trail(home, HOME)
    planner = lease_of(service, STANDBY)
    for trail, region in ((home, HOME), (standby, STANDBY)):
        assert verify_chain(read_trail(trail, region), head=planner.head(region)).verified
    assert not list(service.view.journal())


def test_nothing_is_settled_where_nothing_was_put(service: Service) -> None:
    """Also before the first export."""
    assert not service.gate.settle_trail(MemoryTrail(), HOME)


def test_a_segment_that_does_not_go_on_from_the_head_is_not_settled(service: Service) -> None:
    """Somebody put it there who was not the exporter."""
    trail = MemoryTrail()
    trail.objects[segment_key(HOME, 1)] = b'{"forged": true}\n'
    with pytest.raises(Inconsistent, match="does not go on from the head"):
        service.gate.settle_trail(trail, HOME)
