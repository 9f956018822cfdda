"""Packs: the stored bytes of many small segments in one object, so that each proof still holds.

The log pins every segment by the hash of its stored bytes, so nothing in it may be compressed
again or joined. A pack puts whole segments behind each other, byte for byte, after an index: one
skippable frame (RFC 8878, section 3.1.2) with the segments' manifests, which are leaves of the log.
Zstandard frames in a row are a Zstandard file: `zstd -dc` prints every entry of a pack. All packs
of a log together hold all its leaves, so the log can be built again from its archive alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any, Final

from autopilot.audit.segment import Manifest, sha256_of
from autopilot.domain.instants import day_of, start_ms
from autopilot.domain.retention import RetentionClass

PACK_SEGMENTS_MAX: Final = 256
PACK_BYTES_MAX: Final = 16 * 1024 * 1024  #: stored bytes; a larger segment is a pack by itself
_MAGIC: Final = 0x184D2A50  #: the first of the sixteen magic numbers of skippable frames
_HEADER: Final = struct.Struct("<II")
_SUFFIX: Final = ".pack.zst"


class BadPack(ValueError):
    """The bytes are no pack, or not the pack of these segments."""


@dataclass(frozen=True, slots=True, order=True)
class PackName:
    """Which segments a pack holds: those of one class, sealed on one UTC day, from `first` on."""

    sealed_on: str
    retention: RetentionClass
    first: int
    last: int

    @property
    def key(self) -> str:
        """Its key below the log's prefix in the archive."""
        span = f"{self.first:012d}-{self.last:012d}"
        return f"{self.retention.value}/{self.sealed_on}/{span}{_SUFFIX}"

    @classmethod
    def parse(cls, key: str) -> PackName | None:
        """The pack that lies at `key`; None when none can lie there."""
        try:
            retention, sealed_on, name = key.split("/")
            first, last = name.removesuffix(_SUFFIX).split("-")
            named = cls(sealed_on, RetentionClass(retention), int(first), int(last))
            is_day = day_of(start_ms(sealed_on)) == sealed_on
        except ValueError:
            return None
        return named if named.key == key and is_day else None

    @classmethod
    def of(cls, fields: Any) -> PackName:
        """Read what `to_dict` wrote."""
        return cls(
            str(fields["sealed_on"]),
            RetentionClass(fields["class"]),
            int(fields["first"]),
            int(fields["last"]),
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        named = {"sealed_on": self.sealed_on, "class": self.retention.value}
        return {**named, "first": self.first, "last": self.last}

    def holds(self, manifest: Manifest) -> bool:
        """Whether the segment of this manifest is in it."""
        within = self.first <= manifest.index <= self.last
        same = manifest.retention == self.retention.value
        return within and same and day_of(manifest.sealed_ms) == self.sealed_on


def names(manifests: Iterable[Manifest]) -> list[PackName]:
    """The packs of whole days of a log. The same days always make the same ones."""
    found: list[PackName] = []
    for sealed_on, group in groupby(manifests, lambda each: day_of(each.sealed_ms)):
        of_day = list(group)
        for retention in sorted({each.retention for each in of_day}):
            chosen = [each for each in of_day if each.retention == retention]
            found += [
                PackName(sealed_on, RetentionClass(retention), part[0].index, part[-1].index)
                for part in _parts(chosen)
            ]
    return found


def _parts(manifests: Sequence[Manifest]) -> Iterable[Sequence[Manifest]]:
    """Cut by number and by bytes, whichever is reached first."""
    at, remaining = 0, iter(manifests)
    while at < len(manifests):
        size, count = 0, 0
        for each in islice(manifests, at, at + PACK_SEGMENTS_MAX):
            size += each.stored_bytes
            if count and size > PACK_BYTES_MAX:
                break
            count += 1
        yield list(islice(remaining, count))
        at += count


def build(segments: Sequence[tuple[Manifest, bytes]]) -> bytes:
    """The pack of these segments, in order of their index."""
    index = b"".join(manifest.line() + b"\n" for manifest, _ in segments)
    header = _HEADER.pack(_MAGIC, len(index))
    return b"".join([header, index, *(body for _, body in segments)])


def size_of(manifests: Iterable[Manifest]) -> int:
    """How many bytes the pack of these segments has."""
    return _HEADER.size + sum(len(each.line()) + 1 + each.stored_bytes for each in manifests)


def read(body: bytes) -> list[tuple[Manifest, bytes]]:
    """The segments in a pack, each with the hash its manifest says; or raise `BadPack`."""
    manifests, at = _index(body)
    segments = []
    for manifest in manifests:
        stored = body[at : at + manifest.stored_bytes]
        at += manifest.stored_bytes
        if sha256_of(stored) != manifest.sha256:
            message = f"segment {manifest.index}: expected the bytes with SHA-256 {manifest.sha256}"
            raise BadPack(message)
        segments.append((manifest, stored))
    if at != len(body):
        message = f"expected {at} bytes, got {len(body)}"
        raise BadPack(message)
    return segments


def _index(body: bytes) -> tuple[list[Manifest], int]:
    try:
        magic, length = _HEADER.unpack_from(body)
        lines = body[_HEADER.size : _HEADER.size + length].splitlines()
        manifests = [Manifest.parse(line) for line in lines]
    except (struct.error, ValueError) as error:
        message = f"expected an index of manifests: {error}"
        raise BadPack(message) from None
    if magic != _MAGIC or not manifests:
        message = f"expected magic number {_MAGIC:#x} and one manifest or more, got {magic:#x}"
        raise BadPack(message)
    return manifests, _HEADER.size + length
