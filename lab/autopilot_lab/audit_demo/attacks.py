"""What a thief of the bucket's keys could do to a log, each on a copy of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from autopilot.audit.layout import CHECKPOINT, segment_key
from autopilot.audit.segment import compress, inflate
from autopilot.ports.trail import Listed, Stored, TrailStore


@dataclass
class CopiedLog:
    """A `TrailStore` in memory: a copy of a log, to do things to."""

    bodies: dict[str, bytes]
    checkpoint_before: bytes = b""  #: one that the log's key signed when the log was smaller
    size_before: int = 0

    @classmethod
    def of(cls, log: TrailStore, segments: int, checkpoint_before: bytes) -> CopiedLog:
        """The copy of a whole log, wherever its segments lie."""
        keys = [*log.present(""), *map(segment_key, range(segments))]
        found = {key: log.get(key) for key in keys}
        bodies = {key: stored.body for key, stored in found.items() if stored is not None}
        return cls(bodies, checkpoint_before, int(checkpoint_before.splitlines()[1]))

    def put_if_absent(self, key: str, body: bytes) -> str | None:
        """Store `body`; None when something is there already."""
        if key in self.bodies:
            return None
        self.bodies[key] = body
        return ""

    def replace(self, key: str, body: bytes, *, over: str | None) -> bool:
        """Store `body` if what lies there has the tag `over`."""
        stored = self.get(key)
        if (stored.tag if stored else None) != over:
            return False
        self.bodies[key] = body
        return True

    def get(self, key: str) -> Stored | None:
        """What lies under `key`, or None."""
        body = self.bodies.get(key)
        return None if body is None else Stored(body, "", sha256(body).hexdigest())

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """Every key that begins with `prefix`."""
        for key in sorted(self.bodies):
            if key.startswith(prefix):
                yield Listed(key, len(self.bodies[key]), "")

    def present(self, prefix: str) -> Iterator[str]:
        """Every key that begins with `prefix`."""
        yield from (each.key for each in self.objects(prefix))

    def remove(self, key: str) -> None:
        """Take away what lies under `key`."""
        self.bodies.pop(key, None)


Attack = Callable[[CopiedLog, int], None]  #: on a log of so many segments


def _byte_changed(log: CopiedLog, size: int) -> None:
    key = segment_key(size // 2)
    body = bytearray(log.bodies[key])
    body[len(body) // 2] ^= 1
    log.bodies[key] = bytes(body)


def _segment_deleted(log: CopiedLog, size: int) -> None:
    del log.bodies[segment_key(size // 2)]


def _segments_swapped(log: CopiedLog, size: int) -> None:
    one, two = segment_key(0), segment_key(size - 1)
    log.bodies[one], log.bodies[two] = log.bodies[two], log.bodies[one]


def _frame_appended(log: CopiedLog, size: int) -> None:
    key = segment_key(size // 2)
    log.bodies[key] += compress(inflate(log.bodies[key])[:1])


def _entry_duplicated(log: CopiedLog, size: int) -> None:
    key = segment_key(size // 2)
    lines = inflate(log.bodies[key])
    log.bodies[key] = compress([lines[0], *lines])


def _entries_reordered(log: CopiedLog, size: int) -> None:
    key = segment_key(size // 2)
    first, second, *rest = inflate(log.bodies[key])
    log.bodies[key] = compress([second, first, *rest])


def _segment_added(log: CopiedLog, size: int) -> None:
    log.bodies[segment_key(size + 40)] = log.bodies[segment_key(0)]


def _checkpoint_replayed(log: CopiedLog, _: int) -> None:
    log.bodies[CHECKPOINT] = log.checkpoint_before


def _tail_cut(log: CopiedLog, size: int) -> None:
    for index in range(log.size_before, size):
        del log.bodies[segment_key(index)]
    _checkpoint_replayed(log, size)


def _tile_deleted(log: CopiedLog, _: int) -> None:
    newest = max(log.present("tile/0/"), key=lambda key: int(key.rpartition("/")[2]))
    del log.bodies[newest]


def _everything_deleted(log: CopiedLog, _: int) -> None:
    log.bodies.clear()


ATTACKS: Final[Mapping[str, Attack]] = {
    "one byte of a segment changed": _byte_changed,
    "a segment deleted": _segment_deleted,
    "two segments swapped": _segments_swapped,
    "a second frame appended": _frame_appended,
    "an entry put in twice": _entry_duplicated,
    "two entries reordered": _entries_reordered,
    "a segment added": _segment_added,
    "an old checkpoint put back": _checkpoint_replayed,
    "the tail cut": _tail_cut,
    "a tile deleted": _tile_deleted,
    "everything deleted": _everything_deleted,
}
