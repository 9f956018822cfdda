"""Segments: many entries in one compressed object, and the manifest that pins every byte of it.

A segment is one zstd frame (RFC 8878) of canonical JSON lines in order of (time, event). Its
manifest is a leaf of the log.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from backports import zstd

from autopilot.audit.canonical import quote
from autopilot.audit.merkle import root_of_leaves
from autopilot.domain.retention import RetentionClass

if TYPE_CHECKING:
    from autopilot.audit.entry import Entry  # a verification never loads pydantic

SEGMENT_ENTRIES_MAX: Final = 10_000
SEGMENT_BYTES_MAX: Final = 64 * 1024 * 1024  #: inflated; more is refused before it is inflated
MANIFEST_BYTES_MAX: Final = 65_535  #: an entry bundle counts a leaf's bytes in 16 bits
LEVEL: Final = 1  #: higher ones cost five times the time and save nothing on ciphertext
SCHEMA: Final = 1

ZstdError = zstd.ZstdError


class BadSegment(ValueError):
    """The stored bytes are not one frame of lines; `trailing` when something follows the frame."""

    def __init__(self, message: str, *, trailing: bool = False) -> None:
        """Say what is wrong."""
        self.trailing = trailing
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What one segment holds, as the log has it."""

    index: int  #: of the segment, and of this leaf in the log
    first_entry: int  #: how many entries lie in the segments before it
    count: int
    entries_root: str  #: RFC 6962 root over the lines, in hexadecimal
    sha256: str  #: of the stored bytes, in hexadecimal
    stored_bytes: int
    version: str  #: of the stored object, where the store has versions
    first_ms: int  #: least and greatest time of an entry in it
    last_ms: int
    sealed_ms: int
    retention: str = RetentionClass.OPERATIONS.value  #: of every entry in it

    def line(self) -> bytes:
        """The canonical form: the leaf."""
        return (
            f'{{"count":{self.count},"entries_root":{quote(self.entries_root)},'
            f'"first_entry":{self.first_entry},"first_ms":{self.first_ms},"index":{self.index},'
            f'"last_ms":{self.last_ms},"retention":{quote(self.retention)},"schema":{SCHEMA},'
            f'"sealed_ms":{self.sealed_ms},'
            f'"sha256":{quote(self.sha256)},"stored_bytes":{self.stored_bytes},'
            f'"version":{quote(self.version)}}}'
        ).encode()

    @classmethod
    def parse(cls, leaf: bytes) -> Manifest:
        """Read a leaf; raise `ValueError` for anything but a manifest in canonical form."""
        members: Any = json.loads(leaf)
        if not isinstance(members, dict) or members.pop("schema", None) != SCHEMA:
            message = f"expected a manifest of schema {SCHEMA}, got {leaf[:80]!r}"
            raise ValueError(message)
        try:
            manifest = cls(**members)
        except TypeError as error:
            raise ValueError(str(error)) from None
        if not manifest._well_typed() or manifest.line() != leaf:
            raise ValueError("expected the canonical form of a manifest")
        return manifest

    def _well_typed(self) -> bool:
        texts = (self.entries_root, self.sha256, self.version, self.retention)
        numbers = (
            *(self.index, self.first_entry, self.count, self.stored_bytes),
            *(self.first_ms, self.last_ms, self.sealed_ms),
        )
        return all(type(each) is str for each in texts) and all(
            type(each) is int and each >= 0 for each in numbers
        )


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment ready to be stored."""

    body: bytes
    sha256: str
    entries_root: str
    count: int
    first_ms: int
    last_ms: int
    retention: RetentionClass  #: of every entry in it, so that it can go as a whole

    def manifest(self, *, index: int, first_entry: int, version: str, sealed_ms: int) -> Manifest:
        """Its manifest, once it is known where it lies."""
        return Manifest(
            index=index,
            first_entry=first_entry,
            count=self.count,
            entries_root=self.entries_root,
            sha256=self.sha256,
            stored_bytes=len(self.body),
            version=version,
            first_ms=self.first_ms,
            last_ms=self.last_ms,
            sealed_ms=sealed_ms,
            retention=self.retention.value,
        )


def build(entries: Sequence[Entry]) -> Segment:
    """The segment of these entries, all of one retention class, in order of (time, event)."""
    if not 0 < len(entries) <= SEGMENT_ENTRIES_MAX:
        message = f"expected 1 to {SEGMENT_ENTRIES_MAX} entries, got {len(entries)}"
        raise ValueError(message)
    kept = {entry.retention for entry in entries}
    if len(kept) > 1:
        message = f"expected one retention class in a segment, got {sorted(kept)}"
        raise ValueError(message)
    ordered = sorted(entries, key=lambda entry: (entry.time_ms, entry.event))
    lines = [entry.line() for entry in ordered]
    times = (ordered[0].time_ms, ordered[-1].time_ms)
    return _segment(compress(lines), lines, times, ordered[0].retention)


def read(body: bytes) -> Segment:
    """What was stored, described again; raise `BadSegment` when it is no segment."""
    lines = inflate(body)
    first, last = (json.loads(line) for line in (lines[0], lines[-1]))
    times = (int(first["time_ms"]), int(last["time_ms"]))
    return _segment(body, lines, times, RetentionClass(first["retention"]))


def compress(lines: Sequence[bytes]) -> bytes:
    """One frame of the lines; the same lines make the same bytes with the same library."""
    return zstd.compress(b"\n".join(lines) + b"\n", LEVEL)


def inflate(body: bytes) -> list[bytes]:
    """The lines in a stored segment; raise `BadSegment` unless it is exactly one frame of them.

    Not one byte may follow the frame: readers that accept several would read what was appended.
    """
    try:
        size = zstd.get_frame_info(body).decompressed_size or 0  # None when it does not say
        end = zstd.get_frame_size(body)
        if not 0 < size <= SEGMENT_BYTES_MAX:
            message = f"expected a frame of 1 to {SEGMENT_BYTES_MAX} bytes, got {size}"
            raise BadSegment(message)
        if end != len(body):
            message = f"{len(body) - end} bytes follow the frame that ends at byte {end}"
            raise BadSegment(message, trailing=True)
        lines = zstd.decompress(body).split(b"\n")
    except ZstdError as error:
        message = f"expected one zstd frame: {str(error).partition('.')[0]}"
        raise BadSegment(message) from None
    if lines.pop() != b"":
        raise BadSegment("the last line has no end")
    return lines


def _segment(
    body: bytes, lines: Sequence[bytes], times: tuple[int, int], retention: RetentionClass
) -> Segment:
    root = root_of_leaves(lines).hex()
    return Segment(body, sha256_of(body), root, len(lines), *times, retention)


def sha256_of(body: bytes) -> str:
    """SHA-256 of stored bytes, in hexadecimal."""
    return hashlib.sha256(body).hexdigest()
