"""A log of which older segments lie in the archive: read like one whose segments never moved.

Which pack a segment is taken from is decided by the log's own manifest of it, never by what a copy
says of itself: whoever writes one copy can neither hide a segment nor pass off another. What was
wrong with a copy that was passed over is remembered, because the next one to fail may be the last.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from threading import Lock
from typing import Final

from autopilot.audit.copies import Copy, misnamed, segments_in
from autopilot.audit.damage import Damage
from autopilot.audit.layout import SEGMENTS, TILE_WIDTH, Tile, segment_index, segment_key, tile_at
from autopilot.audit.pack import PackName
from autopilot.audit.segment import Manifest
from autopilot.audit.tiles import unpack
from autopilot.errors import Transient
from autopilot.ports.trail import Listed, Stored, TrailStore

_PACKS_KEPT_MAX: Final = 4  #: one for each retention class, and one for what comes next
_BUNDLES_KEPT_MAX: Final = 4
_FAULTS_MAX: Final = 1_000  #: remembered; those above it are found again by whoever looks for them


class TieredTrail:
    """A `TrailStore`: the log's own bucket first, then the copies of its archive, in order."""

    def __init__(self, log: TrailStore, copies: Mapping[str, TrailStore]) -> None:
        """Read `log`, and what is gone from it in the first of `copies` that has it as it was.

        `copies` are by the names that people know them by: their regions, or folders.
        """
        self.copies = tuple(Copy(name, store) for name, store in copies.items())
        self.faults: dict[tuple[str, PackName], Damage] = {}  #: found while reading, by copy
        self._log = log
        self._lock = Lock()
        self._index: _Index | None = None
        self._kept: OrderedDict[PackName, _Unpacked] = OrderedDict()
        self._bundles: OrderedDict[int, list[bytes]] = OrderedDict()

    def put_if_absent(self, key: str, body: bytes) -> str | None:
        """Store in the log. Only the place behind the last segment is free, and never archived."""
        return self._log.put_if_absent(key, body)

    def replace(self, key: str, body: bytes, *, over: str | None) -> bool:
        """Replace in the log."""
        return self._log.replace(key, body, over=over)

    def remove(self, key: str) -> None:
        """Remove from the log only: what is in the archive is locked."""
        self._log.remove(key)

    def get(self, key: str) -> Stored | None:
        """What lies under `key`, or None. What comes from the archive has no version.

        Raises `Transient` when no copy has it and one of them did not answer.
        """
        found = self._log.get(key)
        index = segment_index(key)
        if found is not None or index is None or not self.copies:
            return found
        with self._lock:  # so that threads side by side fetch a pack once
            body = self._archived(index)
        return None if body is None else Stored(body, "", "")

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """What lies in the log; below `segment/` also the last one in the archive."""
        yield from self._log.objects(prefix)
        if prefix == SEGMENTS:
            last = [name.last for copy in self.copies for name in copy.present()]
            if last:
                yield Listed(segment_key(max(last)), 0, "")

    def present(self, prefix: str) -> Iterator[str]:
        """What lies in the log."""
        return self._log.present(prefix)

    def _archived(self, index: int) -> bytes | None:
        for kept in self._kept.values():
            if kept.is_of_log and index in kept.segments:
                return kept.segments[index]
        found = [self._unpacked(name) for name in self._names(index)]
        for each in sorted(found, key=lambda each: not each.is_of_log):
            if index in each.segments:
                return each.segments[index]
        silent = [f"{copy.name}: {copy.unread}" for copy in self.copies if copy.unread]
        if silent:
            message = f"segment {index}: it is in no copy of the archive that answered; {silent[0]}"
            raise Transient(message)
        return None

    def _names(self, index: int) -> list[PackName]:
        """The one name that has the segment, unless somebody put packs over others."""
        if self._index is None:
            self._index = _Index({name for copy in self.copies for name in copy.present()})
        manifest, names = self._manifest(index), self._index.covering(index)
        return [name for name in names if manifest is None or name.holds(manifest)]

    def _unpacked(self, name: PackName) -> _Unpacked:
        found = self._kept.get(name)
        if found is None:
            while len(self._kept) >= _PACKS_KEPT_MAX:
                self._kept.popitem(last=False)
            found = self._kept[name] = self._unpack(name)
        return found

    def _unpack(self, name: PackName) -> _Unpacked:
        """The segments of the first copy whose pack is the log's.

        When there is none, those of the first one that is a pack at all: the verification then
        names what was changed, instead of everything as missing.
        """
        otherwise = _Unpacked({}, is_of_log=False)
        for copy in self.copies:
            body = copy.get(name) if name in copy.listed else None
            if body is None:
                continue
            found = segments_in(copy, name, body)
            if isinstance(found, Damage):
                self._remember(copy, name, found)
                continue
            segments = {manifest.index: stored for manifest, stored in found}
            if all(self._is_of_log(name, manifest) for manifest, _ in found):
                return _Unpacked(segments, is_of_log=True)
            self._remember(copy, name, misnamed(copy, name, found))
            if not otherwise.segments:
                otherwise = _Unpacked(segments, is_of_log=False)
        return otherwise

    def _remember(self, copy: Copy, name: PackName, fault: Damage) -> None:
        if len(self.faults) < _FAULTS_MAX:
            self.faults[copy.name, name] = fault

    def _is_of_log(self, name: PackName, manifest: Manifest) -> bool:
        return name.holds(manifest) and self._leaf(manifest.index) in {b"", manifest.line()}

    def _manifest(self, index: int) -> Manifest | None:
        """What the log says of a segment; None where it cannot be read."""
        try:
            return Manifest.parse(self._leaf(index))
        except ValueError:
            return None

    def _leaf(self, index: int) -> bytes:
        """A leaf of the log; empty where its bundle cannot be read."""
        bundle = index // TILE_WIDTH
        if bundle not in self._bundles:
            while len(self._bundles) >= _BUNDLES_KEPT_MAX:
                self._bundles.popitem(last=False)
            self._bundles[bundle] = self._leaves(bundle)
        leaves, at = self._bundles[bundle], index % TILE_WIDTH
        return leaves[at] if at < len(leaves) else b""

    def _leaves(self, bundle: int) -> list[bytes]:
        """Those of the full bundle, or of the widest partial one, whatever the log's size is."""
        key = Tile(None, bundle).key
        stored = self._log.get(key)
        if stored is None:
            tiles = filter(None, map(tile_at, self._log.present(f"{key}.p/")))
            widest = max(tiles, key=lambda tile: tile.width, default=None)
            stored = self._log.get(widest.key) if widest else None
        try:
            return unpack(stored.body) if stored else []
        except ValueError:
            return []


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """The segments of a pack, by index."""

    segments: Mapping[int, bytes]
    is_of_log: bool  #: whether the log has each of them, as it is here


class _Index:
    """Names of packs by the segments they cover: few, unless somebody put packs over others."""

    def __init__(self, names: set[PackName]) -> None:
        self._names = sorted(names, key=lambda each: (each.first, each.last))
        self._firsts = [each.first for each in self._names]
        self._reach = list(accumulate((each.last for each in self._names), max))

    def covering(self, index: int) -> Iterator[PackName]:
        """Every name whose span has the segment, the last to begin first."""
        at = bisect_right(self._firsts, index) - 1
        while at >= 0 and self._reach[at] >= index:
            if self._names[at].last >= index:
                yield self._names[at]
            at -= 1
