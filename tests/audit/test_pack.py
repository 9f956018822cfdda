"""Packs: whole segments behind each other, so that nothing that is hashed ever changes."""

from __future__ import annotations

import io

import pytest
from backports import zstd

from autopilot.audit import pack
from autopilot.audit.layout import segment_key
from autopilot.audit.pack import BadPack, PackName
from autopilot.audit.segment import inflate
from autopilot.audit.tiered import TieredTrail
from autopilot.audit.verify import Scope, verify
from autopilot.domain.retention import RetentionClass
from tests.audit.memory_trail import (
    KEY,
    MemoryStore,
    MemoryTrail,
    entry,
    manifests,
    packed,
)

DAY_MS = 86_400_000


@pytest.fixture
def trail() -> MemoryTrail:
    """Two days of two classes, two segments of each a day."""
    made = MemoryTrail()
    for day in range(2):
        for number in range(4):
            kept = RetentionClass.LEGAL if number % 2 else RetentionClass.OPERATIONS
            made.seal([entry(day * 100 + number * 10 + each, retention=kept) for each in range(3)])
        made.clock.at_ms += DAY_MS
    return made


def archived(trail: MemoryTrail) -> MemoryStore:
    """An archive of everything, after which the log has no segment any more."""
    archive = MemoryStore()
    for name in pack.names(manifests(trail)):
        archive.put(name.key, packed(trail, name))
    for manifest in manifests(trail):
        del trail.store.versions[segment_key(manifest.index)]
    return archive


def test_mixed_entries_become_a_segment_for_each_class() -> None:
    """What is kept for six years must not keep what ends after one."""
    trail = MemoryTrail()
    trail.inbox.keep([entry(1), entry(2, retention=RetentionClass.LEGAL), entry(3)])
    trail.sealer().seal()
    trail.sealer().seal()
    assert [(each.retention, each.count) for each in manifests(trail)] == [
        ("legal", 1),
        ("operations", 2),
    ]
    assert list(trail.inbox.waiting().entries) == []


def test_a_day_has_one_pack_of_each_class(trail: MemoryTrail) -> None:
    """Every segment is in exactly one, and the name says which."""
    found = pack.names(manifests(trail))
    assert [(name.retention.value, name.first, name.last) for name in found] == [
        ("legal", 1, 3),
        ("operations", 0, 2),
        ("legal", 5, 7),
        ("operations", 4, 6),
    ]
    holders = [[name.holds(each) for name in found].count(True) for each in manifests(trail)]
    assert holders == [1] * 8
    assert [PackName.parse(name.key) for name in found] == found


def test_a_pack_holds_the_stored_bytes_and_the_leaves(trail: MemoryTrail) -> None:
    """So each hash in the log is one of these very bytes."""
    name = pack.names(manifests(trail))[1]
    read = pack.read(packed(trail, name))
    assert [manifest for manifest, _ in read] == [manifests(trail)[0], manifests(trail)[2]]
    assert [stored for _, stored in read] == [
        trail.store.versions[segment_key(index)][-1][1] for index in (0, 2)
    ]


def test_any_zstd_tool_prints_a_pack(trail: MemoryTrail) -> None:
    """The index is a skippable frame, and frames in a row are a file."""
    name = pack.names(manifests(trail))[0]
    body = packed(trail, name)
    printed = zstd.ZstdFile(io.BytesIO(body)).read()
    lines = [line for _, stored in pack.read(body) for line in inflate(stored)]
    assert printed.splitlines() == lines


@pytest.mark.parametrize("at", [0, 5, 20, -1])
def test_a_changed_pack_is_refused(trail: MemoryTrail, at: int) -> None:
    """Wherever the byte is: magic number, length, index, segment."""
    body = bytearray(packed(trail, pack.names(manifests(trail))[0]))
    body[at] ^= 1
    with pytest.raises(BadPack):
        pack.read(bytes(body))


def test_a_pack_with_something_behind_it_is_refused(trail: MemoryTrail) -> None:
    """Readers that accept several frames would read what was appended."""
    body = packed(trail, pack.names(manifests(trail))[0])
    with pytest.raises(BadPack, match="expected"):
        pack.read(body + trail.store.versions[segment_key(0)][-1][1])  # type: ignore[operator]


def test_a_log_whose_segments_were_moved_verifies(trail: MemoryTrail) -> None:
    """Every entry, out of the first copy that is whole."""
    archive = archived(trail)
    spoiled = MemoryStore()
    for key in archive.versions:
        spoiled.put(key, b"nothing of the kind")
    tiered = TieredTrail(trail.store, {"one": spoiled, "two": archive})
    found = verify(tiered, KEY, trail.anchor.head, scope=Scope(full=True, threads=4))
    assert (found.in_log, found.segments, found.entries) == ([], 8, 24)


def test_what_was_let_go_is_no_damage_and_what_was_taken_is(trail: MemoryTrail) -> None:
    """Only what the ledger says has ended may be missing."""
    archive = archived(trail)
    gone = next(key for key in archive.versions if key.startswith("operations/"))
    del archive.versions[gone]
    tiered = TieredTrail(trail.store, {"one": archive})
    second_day_ms = manifests(trail)[4].sealed_ms
    ended = {"operations": second_day_ms}
    let_go = verify(tiered, KEY, trail.anchor.head, scope=Scope(full=True, ended=ended))
    taken = verify(tiered, KEY, trail.anchor.head, scope=Scope(full=True))
    assert (let_go.damages, let_go.ended, let_go.segments) == ([], 2, 6)
    assert {damage.key for damage in taken.damages} == {segment_key(0), segment_key(2)}
