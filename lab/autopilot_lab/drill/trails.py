"""Reads the trails as an auditor would: verified against key and anchor, then each entry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autopilot.audit.damage import Kind
from autopilot.audit.journal import journal_of
from autopilot.audit.layout import segment_key
from autopilot.audit.segment import inflate
from autopilot.audit.verify import Scope, Verification, verify
from autopilot.ports import TrailStore
from autopilot_lab.drill.installation import Installation

ALLOCATION = "allocation/"


@dataclass(frozen=True, slots=True)
class TrailRead:
    """One region's trail: what its verification found, and the effects that are in it."""

    region: str
    found: Verification
    journal: tuple[Mapping[str, Any], ...]  #: effects as the journal had them, in the log's order

    @property
    def problems(self) -> list[str]:
        """Every damage, in words."""
        return [f"{self.region}: {damage}" for damage in self.found.damages]


def read_trail(installation: Installation, region: str) -> TrailRead:
    """Verify the trail of a region, every entry, and read the effects in it."""
    store = installation.trail(region)
    anchor = installation.gate.anchor(region).read()
    found = verify(store, installation.trail_key(region), anchor, scope=Scope(full=True))
    missing = any(damage.kind is Kind.SEGMENT_MISSING for damage in found.damages)
    return TrailRead(region, found, () if missing else tuple(_journal(store, found.size)))


def entries_of(trails: Iterable[TrailRead]) -> Iterator[Mapping[str, Any]]:
    """The effects in all trails; what a second region exported too counts once."""
    seen: set[str] = set()
    for trail in trails:
        for entry in trail.journal:
            if entry["id"] not in seen:
                seen.add(entry["id"])
                yield entry


def _journal(store: TrailStore, size: int) -> Iterator[Mapping[str, Any]]:
    for index in range(size):
        stored = store.get(segment_key(index))
        for line in inflate(stored.body) if stored else ():
            entry = json.loads(line)
            if entry["target"].startswith(ALLOCATION):
                yield journal_of(entry)
