"""Sealing: every acknowledged entry is in the log exactly once, whatever dies and whoever seals."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopilot.audit.entry import Entry, parse_line
from autopilot.audit.layout import CHECKPOINT, TILE_WIDTH, segment_key
from autopilot.audit.note import open_checkpoint
from autopilot.audit.segment import build, inflate
from autopilot.audit.verify import Scope, verify
from autopilot.domain.trail_head import Announced
from autopilot.errors import Inconsistent, Transient
from tests.audit.memory_trail import (
    KEY,
    START_MS,
    Died,
    Lifeline,
    MemoryTrail,
    batches,
    entry,
)

WRITES_OF_A_PASS = 12


def events_in(trail: MemoryTrail) -> list[str]:
    """The event of every entry in the log, in the log's order."""
    found = []
    for index in range(trail.anchor.head.size):
        stored = trail.store.get(segment_key(index))
        assert stored is not None
        found += [parse_line(line).event for line in inflate(stored.body)]
    return found


def require_sound(trail: MemoryTrail, events: set[str]) -> None:
    """The log verifies in full, and holds exactly these events, each once."""
    found = verify(trail.store, KEY, trail.anchor.head, scope=Scope(full=True))
    assert found.damages == []
    sealed = events_in(trail)
    assert sorted(sealed) == sorted(events)
    assert trail.anchor.head.entries == len(events)


def names(entries: list[Entry]) -> set[str]:
    """Their event ids."""
    return {each.event for each in entries}


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("dies_at", range(1, WRITES_OF_A_PASS))
@pytest.mark.parametrize("before", [0, 1, TILE_WIDTH - 1, TILE_WIDTH])
def test_a_pass_that_dies_at_any_write_is_finished_by_the_next(
    before: int, dies_at: int, *, applied: bool, grown: dict[int, MemoryTrail]
) -> None:
    """Applied or not, at a tile's edge or not: the next pass brings the log to the same place."""
    trail = copy.deepcopy(grown[before])
    trail.inbox.keep([entry(9_000), entry(9_001)])
    trail.lifeline.writes, trail.lifeline.dies_at, trail.lifeline.applied = 0, dies_at, applied
    died = dies_anywhere(trail)
    trail.lifeline.dies_at = None
    trail.clock.at_ms += 120_000
    trail.sealer("second").seal()
    require_sound(
        trail, {f"evt-{each:06d}" for each in range(before)} | {"evt-009000", "evt-009001"}
    )
    assert list(trail.waiting.objects()) == []
    assert died == (dies_at <= trail_writes(grown[before]))


@pytest.fixture(scope="module")
def grown() -> dict[int, MemoryTrail]:
    """Trails of different sizes."""
    trails = {}
    for size in (0, 1, TILE_WIDTH - 1, TILE_WIDTH):
        trails[size] = MemoryTrail()
        trails[size].seal(*batches(size, 1))
    return trails


def trail_writes(trail: MemoryTrail) -> int:
    """How many writes one pass over two new entries makes."""
    counted = copy.deepcopy(trail)
    counted.inbox.keep([entry(9_000), entry(9_001)])
    counted.lifeline.writes = 0
    counted.sealer("first").seal()
    return counted.lifeline.writes


def dies_anywhere(trail: MemoryTrail) -> bool:
    """Whether the pass died."""
    try:
        trail.sealer("first").seal()
    except Died:
        return True
    return False


def test_writes_are_in_the_order_that_recovery_relies_on() -> None:
    """Announce, segment, bundle, tile, checkpoint, anchor: each follows from those before it."""
    trail = MemoryTrail()
    trail.inbox.keep([entry(1)])
    trail.lifeline.seen.clear()
    trail.sealer().seal()
    assert trail.lifeline.seen[:-2] == [
        "anchor 0 0",  # the lease
        "anchor 0 1",
        "segment/000.jsonl.zst",
        "tile/entries/000.p/1",
        "tile/0/000.p/1",
        "checkpoint",
        "anchor 1 0",
    ]
    assert trail.lifeline.seen[-2].startswith("remove inbox/")
    assert trail.lifeline.seen[-1] == "anchor 1 0"  # the lease returned


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_interleaving_leaves_every_entry_once(data: st.DataObject) -> None:
    """Deliveries, redeliveries, crashes, two sealers and lost hours, in any order."""
    trail = MemoryTrail(Lifeline())
    acknowledged: set[str] = set()
    for _ in range(data.draw(st.integers(1, 14))):
        step = data.draw(st.sampled_from(["deliver", "seal", "rival", "crash", "wait"]))
        trail.lifeline.writes, trail.lifeline.dies_at = 0, None
        if step == "crash":
            trail.lifeline.dies_at = data.draw(st.integers(1, 11))
            trail.lifeline.applied = data.draw(st.booleans())
        if step == "wait":
            trail.clock.at_ms += data.draw(st.sampled_from([1_000, 70_000, 90_000_000]))
        elif step == "deliver":
            numbers = data.draw(st.lists(st.integers(0, 30), min_size=1, max_size=8))
            batch = [entry(each) for each in numbers]
            trail.inbox.keep(batch)
            acknowledged |= names(batch)
        else:
            pass_over(trail, "rival" if step == "rival" else f"own {step}")
    trail.lifeline.dies_at = None
    for _ in range(3):
        trail.clock.at_ms += 120_000
        trail.sealer("last").seal()
    require_sound(trail, acknowledged)


def pass_over(trail: MemoryTrail, holder: str) -> None:
    """One pass that may die."""
    try:
        trail.sealer(holder).seal()
    except Died:
        return


def test_a_zombie_that_wakes_up_after_a_takeover_changes_nothing() -> None:
    """It announced, slept through its lease and more segments, and then puts what it built."""
    trail = MemoryTrail()
    trail.inbox.keep([entry(1), entry(2)])
    trail.lifeline.dies_at, trail.lifeline.applied = 4, True  # inbox, lease, announcement, segment
    with pytest.raises(Died):
        trail.sealer("zombie").seal()
    asleep = trail.anchor.head
    trail.lifeline.dies_at = None
    trail.clock.at_ms += 120_000
    trail.sealer("next").seal()
    trail.seal([entry(3)])
    zombie = trail.sealer("zombie")
    with pytest.raises(Transient):
        zombie._finish(asleep)  # noqa: SLF001 - the point where it wakes up
    require_sound(trail, {"evt-000001", "evt-000002", "evt-000003"})


def test_two_announced_segments_and_either_may_win() -> None:
    """The place decides: the one that was put first is finished by whoever comes."""
    trail = MemoryTrail()
    slow, quick = build([entry(1)]), build([entry(1), entry(2)])
    head = trail.anchor.head
    announced = (Announced(slow.sha256, START_MS), Announced(quick.sha256, START_MS + 1))
    trail.anchor.swap(head, head.after(announced=announced))
    trail.inbox.keep([entry(1), entry(2)])
    trail.store.put(segment_key(0), slow.body)
    trail.sealer().seal()
    require_sound(trail, {"evt-000001", "evt-000002"})
    assert trail.anchor.head.size == 2


class Rival(Lifeline):
    """Stores a segment that was announced just before the sealer stores its own."""

    act: Callable[[], object] | None = None

    def before(self, what: str) -> None:
        """Be faster by one write."""
        if what.startswith("segment/") and self.act is not None:
            act, self.act = self.act, None
            act()
        super().before(what)


def test_what_waits_stays_until_a_segment_that_has_it_is_in_the_log() -> None:
    """A rival's smaller segment took the place: this pass finishes that one and forgets nothing."""
    rival = Rival()
    trail, smaller = MemoryTrail(rival), build([entry(1)])
    head = trail.anchor.head
    trail.anchor.swap(head, head.after(announced=(Announced(smaller.sha256, START_MS),)))
    trail.inbox.keep([entry(1), entry(2)])
    rival.act = lambda: trail.store.put(segment_key(0), smaller.body)
    trail.sealer("slow").seal()
    assert not trail.inbox.is_empty()
    require_sound(trail, {"evt-000001"})
    trail.clock.at_ms += 120_000
    trail.sealer("next").seal()
    require_sound(trail, {"evt-000001", "evt-000002"})


def test_a_segment_that_nobody_announced_stops_the_sealer() -> None:
    """Whoever can write the bucket cannot have anything sealed without the ledger."""
    trail = MemoryTrail()
    trail.store.put(segment_key(0), build([entry(1)]).body)
    with pytest.raises(Inconsistent, match="nobody announced"):
        trail.sealer().seal()


def test_a_log_that_was_tampered_with_is_not_built_upon() -> None:
    """The right edge must lead to the anchored root before anything is signed over it."""
    trail = MemoryTrail()
    trail.seal(*batches(3, 2))
    trail.store.overwrite("tile/0/000.p/3", bytes(96))
    trail.inbox.keep([entry(100)])
    with pytest.raises(Inconsistent, match="expected root"):
        trail.sealer().seal()


def test_a_sealer_leaves_the_log_to_the_holder_of_the_lease() -> None:
    """Until the lease has ended."""
    trail = MemoryTrail()
    head = trail.anchor.head
    held = head.after(holder="other", lease_expires_ms=trail.clock.at_ms + 1)
    trail.anchor.swap(head, held)
    trail.inbox.keep([entry(1)])
    assert trail.sealer().seal().held_by == "other"
    trail.clock.at_ms += 1
    assert trail.sealer().seal().entries == 1


def test_a_late_redelivery_is_found_among_what_was_sealed_since_the_event() -> None:
    """Days later, with other segments between."""
    trail = MemoryTrail()
    trail.seal(*batches(20, 5))
    trail.clock.at_ms += 3 * 86_400_000
    trail.seal([entry(500, time_ms=trail.clock.at_ms)])
    trail.inbox.keep([entry(7), entry(8), entry(600, time_ms=trail.clock.at_ms)])
    sealed = trail.sealer().seal()
    assert (sealed.entries, sealed.doubles) == (1, 2)


def test_the_checkpoint_is_never_replaced_by_an_older_one() -> None:
    """A sealer that comes late with a smaller head leaves the larger one alone."""
    trail = MemoryTrail()
    trail.seal(*batches(2, 2))
    newest = trail.store.get(CHECKPOINT)
    trail.seal(*[[entry(50)]])
    late = trail.store.get(CHECKPOINT)
    assert newest is not None
    assert late is not None
    trail.sealer()._publish(open_checkpoint(newest.body, KEY), newest.body)  # noqa: SLF001
    assert trail.store.get(CHECKPOINT) == late
