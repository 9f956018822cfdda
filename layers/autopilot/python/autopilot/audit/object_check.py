"""Compares the list of stored objects with what a log of its size consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Final, TypeAlias

from autopilot.audit.damage import Damage, Kind
from autopilot.audit.layout import (
    CHECKPOINT,
    SEGMENTS,
    TILE_WIDTH,
    Tile,
    segment_index,
    segment_key,
    tile_at,
)
from autopilot.audit.merkle import HASH_BYTES
from autopilot.audit.segment import sha256_of
from autopilot.domain.trail_head import Announced
from autopilot.ports.trail import Listed, TrailStore

#: Size of a log and what was announced for its next segment.
Grown: TypeAlias = tuple[int, Sequence[Announced]]
_SUSPECTS_MAX: Final = 1_000  #: far more than are sealed while a bucket is listed


class ObjectCheck:
    """The objects of one store, listed when first asked for."""

    def __init__(self, store: TrailStore) -> None:
        """List nothing yet."""
        self._store = store
        self.last_segment = cache(self._last_segment)

    def compare(
        self, size: int, announced: Sequence[Announced], grown: Callable[[], Grown]
    ) -> Iterator[Damage]:
        """What lies there and is no part of a log of `size` segments, or has several versions.

        What a sealer has announced and is just adding to the log is no damage. Listing takes a
        while, in which the log may grow: what seems to be extra is judged again by what it has
        `grown` to.
        """
        limit = size + self._under_way(size, announced)
        suspects: list[Listed] = []
        for listed in self._store.objects():
            damage = _judge(listed, limit)
            if damage and damage.kind is Kind.EXTRA_OBJECT and len(suspects) < _SUSPECTS_MAX:
                suspects.append(listed)
            elif damage:
                yield damage
        if suspects:
            now_size, now_announced = grown()
            limit = max(size, now_size + self._under_way(now_size, now_announced))
            yield from filter(None, (_judge(listed, limit) for listed in suspects))

    def _under_way(self, size: int, announced: Sequence[Announced]) -> int:
        """1 when the segment after the last is one that was announced, else 0."""
        stored = self._store.get(segment_key(size)) if announced else None
        hashes = {each.sha256 for each in announced}
        return int(stored is not None and sha256_of(stored.body) in hashes)

    def _last_segment(self) -> int:
        """The highest index of a segment that is there; -1 when there is none."""
        return max(self._indices(), default=-1)

    def _indices(self) -> Iterator[int]:
        for listed in self._store.objects(SEGMENTS):
            index = segment_index(listed.key)
            if index is not None and not listed.deleted:
                yield index


def _judge(listed: Listed, size: int) -> Damage | None:
    if listed.key == CHECKPOINT:
        return None
    index, tile = segment_index(listed.key), tile_at(listed.key)
    known = (index is not None and index < size) or (tile is not None and _fits(tile, listed, size))
    if not known:
        message = f"{listed.bytes} bytes that no manifest or checkpoint speaks of"
        return None if listed.deleted else Damage(Kind.EXTRA_OBJECT, listed.key, message)
    if listed.versions > 1 and not listed.deleted:
        message = f"expected one version of an object that is written once, got {listed.versions}"
        return Damage(Kind.VERSION_CHANGED, listed.key, message)
    return None


def _fits(tile: Tile, listed: Listed, size: int) -> bool:
    """Whether a log that once was smaller may have left that tile, by its place and its size."""
    hashes = size >> 8 * (tile.level or 0)
    end = tile.index * TILE_WIDTH + tile.width
    right_size = tile.level is None or listed.bytes == tile.width * HASH_BYTES
    return end <= hashes and right_size
