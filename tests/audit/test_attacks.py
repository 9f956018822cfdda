"""Sixteen ways to tamper with a trail, each caught under its own name with an exit code.

The sealed trail is the same for all; an attack has what a thief of the bucket's keys has: it can
write, delete and restore any object, and neither sign as the log nor change the ledger.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from autopilot.audit.damage import COPY_UNREAD, Kind
from autopilot.audit.layout import CHECKPOINT, segment_key
from autopilot.audit.note import Checkpoint, open_checkpoint, sign
from autopilot.audit.segment import compress, inflate
from autopilot.audit.verify import Scope, Verification, verify
from autopilot.ports.trail import Listed
from tests.audit.memory_trail import (
    KEY,
    ORIGIN,
    OTHER_SIGNER,
    Died,
    MemoryStore,
    MemoryTrail,
    batches,
    entry,
)

SEGMENTS = 260  #: one full tile and a partial one
PER_SEGMENT = 4
HIT = 100  #: the segment that most attacks hit
HIT_KEY = segment_key(HIT)
OLD_SIZE = 258


@pytest.fixture(scope="module")
def sealed() -> MemoryTrail:
    """A trail nobody has tampered with, and an old checkpoint of it."""
    trail = MemoryTrail()
    for number, batch in enumerate(batches(SEGMENTS, PER_SEGMENT)):
        if number == OLD_SIZE:
            trail.waiting.put("old checkpoint", body(trail.store, CHECKPOINT))
        trail.seal(batch)
    return trail


@pytest.fixture
def trail(sealed: MemoryTrail) -> MemoryTrail:
    """A copy to tamper with."""
    return copy.deepcopy(sealed)


def body(store: MemoryStore, key: str) -> bytes:
    """What lies there."""
    stored = store.get(key)
    assert stored is not None
    return stored.body


def changed_byte(trail: MemoryTrail) -> None:
    """One bit in the middle of a segment."""
    stored = bytearray(body(trail.store, HIT_KEY))
    stored[len(stored) // 2] ^= 1
    trail.store.overwrite(HIT_KEY, bytes(stored))


def deleted_segment(trail: MemoryTrail) -> None:
    """A segment in the middle, with all its versions."""
    del trail.store.versions[HIT_KEY]


def forged_member_appended(trail: MemoryTrail) -> None:
    """A second frame behind the first: many readers read both."""
    forged = compress([entry(999_999).line()])
    trail.store.overwrite(HIT_KEY, body(trail.store, HIT_KEY) + forged)


def extra_object(trail: MemoryTrail) -> None:
    """A segment that no manifest describes."""
    trail.store.put(segment_key(SEGMENTS + 40), compress([entry(999_999).line()]))


def deleted_manifest(trail: MemoryTrail) -> None:
    """The bundle that holds the manifests of the first 256 segments."""
    del trail.store.versions["tile/entries/000"]


def deleted_tile(trail: MemoryTrail) -> None:
    """The tile with the hashes of the first 256 manifests."""
    del trail.store.versions["tile/0/000"]


def cut_tail(trail: MemoryTrail) -> None:
    """The newest segments with everything that speaks of them, and the checkpoint of before."""
    for index in range(OLD_SIZE, SEGMENTS):
        width = index + 1 - 256
        for key in (segment_key(index), f"tile/0/001.p/{width}", f"tile/entries/001.p/{width}"):
            del trail.store.versions[key]
    replayed_old_checkpoint(trail)


def everything_deleted(trail: MemoryTrail) -> None:
    """Not one object is left."""
    trail.store.versions.clear()


def reordered(trail: MemoryTrail) -> None:
    """Two entries of a segment change places; it is compressed again."""
    rewrite(trail, lambda lines: [lines[0], lines[2], lines[1], *lines[3:]])


def duplicated(trail: MemoryTrail) -> None:
    """An entry stands in its segment twice."""
    rewrite(trail, lambda lines: [lines[0], lines[1], lines[1], *lines[2:]])


def truncated_entry(trail: MemoryTrail) -> None:
    """The third entry of a segment loses its end."""
    rewrite(trail, lambda lines: [*lines[:2], lines[2][:-30], *lines[3:]])


def replayed_old_checkpoint(trail: MemoryTrail) -> None:
    """A checkpoint that the log has signed once, in the place of the newest."""
    trail.store.put(CHECKPOINT, body(trail.waiting, "old checkpoint"))


def wrong_key(trail: MemoryTrail) -> None:
    """The newest checkpoint, signed by somebody else."""
    head = open_checkpoint(body(trail.store, CHECKPOINT), KEY)
    trail.store.put(CHECKPOINT, sign(head, OTHER_SIGNER))


def forked_log(trail: MemoryTrail) -> None:
    """A whole other log, larger, valid in itself, even signed with the stolen key."""
    other = MemoryTrail()
    other.seal(*batches(3, PER_SEGMENT)[1:], *batches(SEGMENTS + 5, PER_SEGMENT)[3:])
    trail.store.versions = other.store.versions


def swapped_segments(trail: MemoryTrail) -> None:
    """Two segments change places, and keep the ids of their places' versions."""
    one, other = body(trail.store, HIT_KEY), body(trail.store, segment_key(HIT + 7))
    trail.store.overwrite(HIT_KEY, other)
    trail.store.overwrite(segment_key(HIT + 7), one)


def older_version_restored(trail: MemoryTrail) -> None:
    """A segment was overwritten, then its first version put back over that: the same bytes."""
    original = body(trail.store, HIT_KEY)
    trail.store.put(HIT_KEY, b"something else")
    trail.store.put(HIT_KEY, original)


def rewrite(trail: MemoryTrail, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """Inflate a segment, change its lines, compress and store it again."""
    lines = change(inflate(body(trail.store, HIT_KEY)))
    trail.store.overwrite(HIT_KEY, compress(lines))


@dataclass(frozen=True)
class Attack:
    """What is done, and what a verification must say of it."""

    act: Callable[[MemoryTrail], None]
    kind: Kind
    key: str
    entry: int | None = None


FIRST = HIT * PER_SEGMENT
ATTACKS = {
    "changed byte": Attack(changed_byte, Kind.SEGMENT_CHANGED, HIT_KEY, FIRST),
    "deleted segment": Attack(deleted_segment, Kind.SEGMENT_MISSING, HIT_KEY, FIRST),
    "forged compressed member appended": Attack(
        forged_member_appended, Kind.SEGMENT_APPENDED, HIT_KEY, FIRST
    ),
    "extra object": Attack(extra_object, Kind.EXTRA_OBJECT, segment_key(SEGMENTS + 40)),
    "deleted manifest": Attack(deleted_manifest, Kind.MANIFEST_MISSING, "tile/entries/000", 0),
    "deleted tile": Attack(deleted_tile, Kind.TILE_MISSING, "tile/0/000", 0),
    "cut tail": Attack(cut_tail, Kind.TAIL_CUT, CHECKPOINT, OLD_SIZE * PER_SEGMENT),
    "everything deleted": Attack(everything_deleted, Kind.EMPTIED, CHECKPOINT, 0),
    "reordered": Attack(reordered, Kind.ENTRIES_REORDERED, HIT_KEY, FIRST + 2),
    "duplicated": Attack(duplicated, Kind.ENTRY_DUPLICATED, HIT_KEY, FIRST + 2),
    "truncated entry": Attack(truncated_entry, Kind.ENTRY_TRUNCATED, HIT_KEY, FIRST + 2),
    "replayed old checkpoint": Attack(replayed_old_checkpoint, Kind.REPLAYED, CHECKPOINT),
    "wrong key": Attack(wrong_key, Kind.WRONG_KEY, CHECKPOINT),
    "forked log": Attack(forked_log, Kind.FORKED, CHECKPOINT),
    "swapped segments": Attack(swapped_segments, Kind.SEGMENT_SWAPPED, HIT_KEY, FIRST),
    "older version restored": Attack(older_version_restored, Kind.VERSION_CHANGED, HIT_KEY, FIRST),
}


def verified(trail: MemoryTrail, *, full: bool = False) -> Verification:
    """What a verification finds; the key and the anchor are out of the attacker's reach."""
    return verify(trail.store, KEY, trail.anchor.head, scope=Scope(full=full))


@pytest.mark.parametrize("full", [False, True])
def test_an_untouched_trail_verifies(trail: MemoryTrail, *, full: bool) -> None:
    """Without an attack there is no damage, so that what the attacks find is theirs."""
    found = verified(trail, full=full)
    assert (found.exit_code, found.damages) == (0, [])
    assert (found.segments, found.entries) == (SEGMENTS, SEGMENTS * PER_SEGMENT)


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_caught_by_its_name(name: str, trail: MemoryTrail, *, full: bool) -> None:
    """The worst damage is of the attack's kind, in the right file, at the right entry."""
    attack = ATTACKS[name]
    attack.act(trail)
    found = verified(trail, full=full)
    assert found.exit_code == attack.kind.value
    named = [each for each in found.damages if each.kind is attack.kind]
    assert attack.key in {each.key for each in named}
    if attack.entry is not None:
        assert attack.entry in {each.entry for each in named}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_not_taken_for_another(
    name: str, trail: MemoryTrail, sealed: MemoryTrail
) -> None:
    """What else is named are consequences in the same objects, never damage elsewhere."""
    ATTACKS[name].act(trail)
    touched = set(differences(sealed, trail))
    if name in {"everything deleted", "forked log"}:
        return
    assert {each.key for each in verified(trail).damages} <= touched | {CHECKPOINT}


def differences(sealed: MemoryTrail, trail: MemoryTrail) -> list[str]:
    """Keys whose versions are not those that were sealed."""
    before, after = sealed.store.versions, trail.store.versions
    return [
        key
        for key in before.keys() | after.keys()
        if [body for _, body in before.get(key, [])] != [body for _, body in after.get(key, [])]
    ]


def test_there_are_sixteen_attacks_and_no_two_share_an_exit_code() -> None:
    """A code that two attacks shared would not say which it was."""
    assert len(ATTACKS) == 16
    assert len({attack.kind for attack in ATTACKS.values()}) == 16


def test_exit_codes_never_change() -> None:
    """Scripts and alarms depend on them; a new kind gets a new number."""
    assert {kind.name: kind.value for kind in Kind} == {
        "EMPTIED": 10,
        "CHECKPOINT_MISSING": 11,
        "CHECKPOINT_MALFORMED": 12,
        "WRONG_KEY": 13,
        "FORKED": 14,
        "TAIL_CUT": 15,
        "REPLAYED": 16,
        "TILE_MISSING": 20,
        "TILE_CHANGED": 21,
        "MANIFEST_MISSING": 22,
        "MANIFEST_CHANGED": 23,
        "SEGMENT_MISSING": 30,
        "SEGMENT_SWAPPED": 31,
        "SEGMENT_APPENDED": 32,
        "ENTRIES_REORDERED": 33,
        "ENTRY_DUPLICATED": 34,
        "ENTRY_TRUNCATED": 35,
        "SEGMENT_CHANGED": 36,
        "VERSION_CHANGED": 37,
        "EXTRA_OBJECT": 40,
        "COPY_MISSING": 50,
        "COPY_CHANGED": 51,
        "COPY_MISNAMED": 52,
        "COPY_OVERLAPS": 53,
        "COPY_EXTRA": 54,
    }
    assert COPY_UNREAD == 60


def test_a_fork_of_the_same_size_is_a_fork(trail: MemoryTrail) -> None:
    """Two signed roots for one size."""
    trail.store.put(CHECKPOINT, sign(Checkpoint(ORIGIN, SEGMENTS, b"\x01" * 32), trail.signer))
    assert verified(trail).exit_code == Kind.FORKED.value


def test_a_changed_manifest_is_told_from_a_changed_tile(trail: MemoryTrail) -> None:
    """Whichever of the two leads to the signed root is believed."""
    tile = copy.deepcopy(trail)
    tile.store.overwrite("tile/0/000", bytes(32) + body(tile.store, "tile/0/000")[32:])
    assert verified(tile).exit_code == Kind.TILE_CHANGED.value
    bundle = body(trail.store, "tile/entries/000")
    trail.store.overwrite("tile/entries/000", bundle.replace(b'"count":4', b'"count":5', 1))
    assert verified(trail).exit_code == Kind.MANIFEST_CHANGED.value


def test_a_changed_tile_above_the_leaves_is_named(trail: MemoryTrail) -> None:
    """Tiles of every level are held against the tree."""
    trail.store.overwrite("tile/1/000.p/1", bytes(32))
    assert [(each.kind, each.key) for each in verified(trail).damages] == [
        (Kind.TILE_CHANGED, "tile/1/000.p/1")
    ]


def test_without_an_anchor_a_cut_tail_is_not_seen_and_the_answer_says_so(
    trail: MemoryTrail,
) -> None:
    """What a bucket alone can prove ends with its own checkpoint."""
    cut_tail(trail)
    found = verify(trail.store, KEY, None)
    assert not found.anchored
    assert found.exit_code == 0


class GrowingStore(MemoryStore):
    """A store to which something happens while it is listed."""

    def __init__(self, trail: MemoryTrail, meanwhile: Callable[[], object]) -> None:
        """The objects of `trail`."""
        super().__init__()
        self.versions = trail.store.versions
        self._meanwhile = meanwhile

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """What is there when the list begins, and what comes while it is read."""
        first, *_ = super().objects(prefix)
        yield first
        self._meanwhile()
        yield from (each for each in super().objects(prefix) if each.key > first.key)


def test_segments_that_are_sealed_meanwhile_are_not_extra(trail: MemoryTrail) -> None:
    """Two more, of which the second is not finished; the anchor that was read knows of neither."""

    def two_more() -> None:
        trail.seal([entry(5_000)])
        trail.inbox.keep([entry(5_001)])
        trail.lifeline.writes, trail.lifeline.dies_at = 0, 4
        with pytest.raises(Died):
            trail.sealer().seal()

    store, head = GrowingStore(trail, two_more), trail.anchor.head
    found = verify(store, KEY, head, newest=lambda: trail.anchor.head)
    assert found.damages == []
    assert trail.store.get(segment_key(SEGMENTS + 1)) is not None


def test_an_object_that_comes_meanwhile_and_is_not_sealed_is_extra(trail: MemoryTrail) -> None:
    """Growing excuses only what the newest head speaks of."""

    def intrude() -> None:
        trail.seal([entry(5_000)])
        trail.store.put(segment_key(SEGMENTS + 1), compress([entry(5_001).line()]))

    store, head = GrowingStore(trail, intrude), trail.anchor.head
    found = verify(store, KEY, head, newest=lambda: trail.anchor.head)
    assert [(each.kind, each.key) for each in found.damages] == [
        (Kind.EXTRA_OBJECT, segment_key(SEGMENTS + 1))
    ]
