"""A log of which older segments lie in the archive: read like one whose segments never moved."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from threading import Lock
from typing import Final

from autopilot.audit.layout import SEGMENTS, segment_index, segment_key
from autopilot.audit.pack import BadPack, PackName, read
from autopilot.errors import Transient
from autopilot.ports.trail import Listed, Stored, TrailStore

_PACKS_KEPT_MAX: Final = 4  #: one for each retention class, and one for what comes next


class TieredTrail:
    """A `TrailStore`: the log's own bucket first, then copies of the archive, in order."""

    def __init__(self, log: TrailStore, copies: Sequence[TrailStore]) -> None:
        """Read `log`, and what is gone from it in the first of `copies` that has it."""
        self._log = log
        self._copies = copies
        self._lock = Lock()
        self._listed: dict[int, list[PackName]] = {}
        self._kept: OrderedDict[PackName, dict[int, bytes]] = OrderedDict()

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
        """What lies under `key`, or None. What comes from the archive has no version."""
        found = self._log.get(key)
        if found is not None or segment_index(key) is None:
            return found
        body = self._archived(key)
        return None if body is None else Stored(body, "", "")

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """What lies in the log; below `segment/` also the last one in the archive."""
        yield from self._log.objects(prefix)
        if prefix == SEGMENTS:
            last = [name.last for copy in self._copies for name in self._names(copy)]
            if last:
                yield Listed(segment_key(max(last)), 0, "")

    def present(self, prefix: str) -> Iterator[str]:
        """What lies in the log."""
        return self._log.present(prefix)

    def _archived(self, key: str) -> bytes | None:
        """The segment from the first copy that has it; a copy may be silent if another has it."""
        index = segment_index(key)
        silent: Transient | None = None
        for copy in self._copies if index is not None else ():
            try:
                for name in self._names(copy):
                    if index is not None and name.first <= index <= name.last:
                        found = self._segments(name).get(index)
                        if found is not None:
                            return found
            except Transient as error:
                silent = error
        if silent is not None:
            raise silent
        return None

    def _names(self, copy: TrailStore) -> list[PackName]:
        """The packs of a copy; listed once, when a segment is not in the log."""
        place = self._copies.index(copy)
        if place not in self._listed:
            keys = [each.key for each in copy.objects() if not each.deleted]
            self._listed[place] = sorted(
                name for key in keys if (name := PackName.parse(key)) is not None
            )
        return self._listed[place]

    def _segments(self, name: PackName) -> dict[int, bytes]:
        """One thread at a time, so that side by side they fetch a pack once."""
        with self._lock:
            found = self._kept.get(name)
            if found is None:
                while len(self._kept) >= _PACKS_KEPT_MAX:
                    self._kept.popitem(last=False)
                found = self._kept[name] = self._unpacked(name)
            return found

    def _unpacked(self, name: PackName) -> dict[int, bytes]:
        """The segments of the first copy that is whole; a damaged one stands in for none."""
        for copy in self._copies:
            stored = copy.get(name.key)
            if stored is None:
                continue
            try:
                return {manifest.index: body for manifest, body in read(stored.body)}
            except BadPack:
                continue
        return {}
