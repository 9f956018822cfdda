"""Finds entries that are in the log already, exactly and in bounded memory.

An event cannot have been sealed before it happened, and can only be in a segment whose time range
covers it. So the manifests are read from the newest back to the oldest instant asked for, and of
the segments only those that could hold a double.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from autopilot.audit.entry import Entry
from autopilot.audit.inbox import SKEW_MS
from autopilot.audit.layout import TILE_WIDTH, segment_key
from autopilot.audit.segment import Manifest, inflate
from autopilot.audit.tiles import LogReader
from autopilot.errors import Inconsistent
from autopilot.ports.trail import TrailStore

Identity: TypeAlias = tuple[int, str]  #: time and event id


def without_doubles(
    store: TrailStore,
    size: int,
    entries: Sequence[Entry],
    was_let_go: Callable[[str, int], bool],
) -> list[Entry]:
    """The entries that are not in the log of `size` segments, each once.

    What was let go, because its retention had ended, is not looked into: it is not there.
    """
    fresh: dict[Identity, Entry] = {}
    for entry in entries:
        fresh.setdefault((entry.time_ms, entry.event), entry)
    for manifest in newest_first(LogReader(store, size)):
        if not fresh or manifest.sealed_ms + SKEW_MS < min(fresh)[0]:
            break
        if any(manifest.first_ms <= at_ms <= manifest.last_ms for at_ms, _ in fresh):
            for identity in _identities(store, manifest, was_let_go):
                fresh.pop(identity, None)
    return list(fresh.values())


def newest_first(log: LogReader) -> Iterator[Manifest]:
    """The manifests of the log, from its right edge."""
    for index in range(-(-log.size // TILE_WIDTH) - 1, -1, -1):
        yield from (Manifest.parse(leaf) for leaf in reversed(log.leaves(index)))


def _identities(
    store: TrailStore, manifest: Manifest, was_let_go: Callable[[str, int], bool]
) -> Iterator[Identity]:
    stored = store.get(segment_key(manifest.index))
    if stored is None and was_let_go(manifest.retention, manifest.sealed_ms):
        return
    if stored is None:
        message = f"{segment_key(manifest.index)}: expected a segment of the log, got nothing"
        raise Inconsistent(message)
    for line in inflate(stored.body):
        members = json.loads(line)
        yield members["time_ms"], members["event"]
