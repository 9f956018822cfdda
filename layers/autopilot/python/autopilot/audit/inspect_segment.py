"""Whether a stored segment is the one its manifest describes, and if not, what was done to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from autopilot.audit.damage import Damage, Kind
from autopilot.audit.layout import segment_key
from autopilot.audit.merkle import root_of_leaves
from autopilot.audit.segment import BadSegment, Manifest, inflate, sha256_of
from autopilot.ports.trail import Stored

#: The index of the segment that has this hash, if any has.
Owner: TypeAlias = Callable[[str], "int | None"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong inside a segment, and at which of its entries."""

    kind: Kind
    message: str
    at: int = 0


def check(manifest: Manifest, stored: Stored | None, *, owner: Owner) -> Damage | None:
    """Compare the stored bytes with the manifest; on a difference say what was done to them."""
    if stored is None:
        return damage(manifest, Fault(Kind.SEGMENT_MISSING, "expected a segment, got nothing"))
    sha256 = sha256_of(stored.body)
    if sha256 != manifest.sha256:
        return damage(manifest, diagnose(manifest, stored.body, sha256, owner))
    if stored.version and stored.version != manifest.version:  # a copy in a folder has none
        message = f"expected version {manifest.version}, got {stored.version}"
        return damage(manifest, Fault(Kind.VERSION_CHANGED, message))
    return None


def check_entries(manifest: Manifest, body: bytes) -> Damage | None:
    """Compare every entry in it with the manifest: count and root."""
    try:
        lines = inflate(body)
    except BadSegment as error:
        return damage(manifest, Fault(Kind.SEGMENT_CHANGED, str(error)))
    if len(lines) != manifest.count:
        message = f"expected {manifest.count} entries, got {len(lines)}"
        return damage(manifest, Fault(Kind.SEGMENT_CHANGED, message))
    root = root_of_leaves(lines).hex()
    if root != manifest.entries_root:
        message = f"expected entries root {manifest.entries_root}, got {root}"
        return damage(manifest, Fault(Kind.SEGMENT_CHANGED, message))
    return None


def damage(manifest: Manifest, fault: Fault) -> Damage:
    """The fault as damage of the whole log, with the number of the entry in it."""
    return Damage(
        fault.kind,
        segment_key(manifest.index),
        fault.message,
        manifest.first_entry + fault.at,
        manifest.count - fault.at,
    )


def diagnose(manifest: Manifest, body: bytes, sha256: str, owner: Owner) -> Fault:
    """What was done to a segment whose hash is not the manifest's."""
    other = owner(sha256)
    if other is not None:
        return Fault(Kind.SEGMENT_SWAPPED, f"the bytes are those of {segment_key(other)}")
    try:
        lines = inflate(body)
    except BadSegment as error:
        kind = Kind.SEGMENT_APPENDED if error.trailing else Kind.SEGMENT_CHANGED
        return Fault(kind, str(error))
    return _first_wrong_entry(lines) or Fault(
        Kind.SEGMENT_CHANGED,
        f"expected {manifest.count} entries with SHA-256 {manifest.sha256},"
        f" got {len(lines)} with {sha256}",
    )


def _first_wrong_entry(lines: Sequence[bytes]) -> Fault | None:
    """Entries stand in order of (time, event), each once; so what was moved can be named."""
    seen: dict[tuple[int, str], int] = {}
    previous: tuple[int, str] = (-1, "")
    moved: Fault | None = None
    for at, line in enumerate(lines):
        identity = _identity(line)
        if identity is None and not line.endswith(b"}"):
            return Fault(Kind.ENTRY_TRUNCATED, f"no whole entry: it ends with {line[-40:]!r}", at)
        if identity is None:
            return Fault(Kind.SEGMENT_CHANGED, f"no entry: it ends with {line[-40:]!r}", at)
        if identity in seen:
            message = f"event {identity[1]} stands at {seen[identity]} already"
            return Fault(Kind.ENTRY_DUPLICATED, message, at)
        if identity < previous and moved is None:
            message = f"event {identity[1]} stands behind {previous[1]}"
            moved = Fault(Kind.ENTRIES_REORDERED, message, at)
        seen[identity], previous = at, identity
    return moved


def _identity(line: bytes) -> tuple[int, str] | None:
    try:
        members: Any = json.loads(line)
        return int(members["time_ms"]), str(members["event"])
    except (ValueError, TypeError, KeyError):
        return None
