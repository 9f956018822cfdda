"""Chained lines: every line carries the SHA-256 of the line before it.

A changed byte breaks the next link; a cut tail shows against the head kept in the ledger.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autopilot.gate.planner import Head


@dataclass(frozen=True, slots=True)
class ChainReport:
    """What a check of the chain found; `fault` is empty when every link holds."""

    entries: int  #: lines that were sound before the first fault
    line_hash: str  #: of the last sound line
    fault: str

    @property
    def verified(self) -> bool:
        """Whether nothing is wrong."""
        return not self.fault


def chained(head: Head, entries: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """Lines for `entries` that go on from `head`, canonical JSON without line ends."""
    sequence, prev = head.sequence, head.line_hash
    for entry in entries:
        sequence += 1
        line = _canonical({"sequence": sequence, "prev": prev, **entry})
        prev = line_hash(line)
        yield line


def line_hash(line: bytes) -> str:
    """SHA-256 of a line without its line end, in hexadecimal."""
    return hashlib.sha256(line).hexdigest()


def verify_chain(
    lines: Iterable[bytes], *, start: Head | None = None, head: Head | None = None
) -> ChainReport:
    """Follow the links from `start` (the beginning); with `head`, the chain must end there."""
    begin = start or Head()
    sequence, prev = begin.sequence, begin.line_hash
    for line in lines:
        if fault := _fault(line, sequence + 1, prev):
            return ChainReport(sequence - begin.sequence, prev, fault)
        sequence, prev = sequence + 1, line_hash(line)
    return ChainReport(sequence - begin.sequence, prev, _wrong_end(sequence, prev, head))


def identities(lines: Sequence[bytes]) -> tuple[str, ...]:
    """The entry ids of `lines`, in order."""
    return tuple(str(json.loads(line)["id"]) for line in lines)


def _fault(line: bytes, sequence: int, prev: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return f"line {sequence}: expected JSON, got {line[:40]!r}"
    if not isinstance(entry, dict) or _canonical(entry) != line:
        return f"line {sequence}: expected the canonical form of one object"
    if entry.get("sequence") != sequence:
        return f"line {sequence}: expected sequence {sequence}, got {entry.get('sequence')}"
    if entry.get("prev") != prev:
        return f"line {sequence}: expected prev {prev}, got {entry.get('prev')}"
    return ""


def _wrong_end(sequence: int, prev: str, head: Head | None) -> str:
    if head is None or (sequence, prev) == (head.sequence, head.line_hash):
        return ""
    return (
        f"end: expected line {head.sequence} with hash {head.line_hash}, "
        f"got line {sequence} with hash {prev}"
    )


def _canonical(entry: Mapping[str, Any]) -> bytes:
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
