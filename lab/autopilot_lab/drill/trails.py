"""Reads the trails as an auditor would: verified against key and anchor, then each entry."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from autopilot.audit.inbox import WAITING
from autopilot.audit.journal import is_of_journal, journal_of
from autopilot.audit.layout import SEGMENTS, segment_key
from autopilot.audit.segment import inflate
from autopilot.audit.tiered import TieredTrail
from autopilot.audit.verify import Scope, Verification, verify
from autopilot.ports.trail import TrailStore
from autopilot_lab.drill.installation import Installation


@dataclass(frozen=True, slots=True)
class TrailRead:
    """One region's trail: what its verification found, and the effects that are in it.

    Effects are as the journal had them, in the order in which they were kept.
    """

    region: str
    found: Verification
    sealed: tuple[Mapping[str, Any], ...]
    waiting: tuple[Mapping[str, Any], ...]  #: in the inbox, until the next pass of the sealer

    @property
    def problems(self) -> list[str]:
        """Every damage, in words, and every copy of the archive that did not answer."""
        found = [str(damage) for damage in self.found.damages]
        found += [f"{copy} is unread: {why}" for copy, why in self.found.unread.items()]
        return [f"{self.region}: {problem}" for problem in found]


def read_trail(installation: Installation, region: str) -> TrailRead:
    """Verify the trail of a region, every entry, and read the effects in it."""
    store: TrailStore = TieredTrail(installation.trail(region), installation.archives(region))
    anchor = installation.gate.anchor(region).read()
    scope = Scope(full=True, ended=installation.gate.endings.horizons(region))
    found = verify(store, installation.trail_key(region), anchor, scope=scope)
    bad = {damage.key for damage in found.damages if damage.copy is None}
    segments = [key for key in map(segment_key, range(found.size)) if key not in bad]
    inbox = installation.inbox(region)
    return TrailRead(
        region,
        found,
        sealed=tuple(_effects(store, segments)),
        waiting=tuple(_effects(inbox, inbox.present(WAITING))),
    )


def entries_of(trails: Iterable[TrailRead]) -> Iterator[Mapping[str, Any]]:
    """The effects in all trails; what a second region exported too counts once."""
    seen: set[str] = set()
    for trail in trails:
        for entry in chain(trail.sealed, trail.waiting):
            if entry["id"] not in seen:
                seen.add(entry["id"])
                yield entry


def trail_objects(installation: Installation) -> Iterator[str]:
    """Every segment of each log, and every pack of each log in each region's archive."""
    for region in installation.regions:
        for key in installation.trail(region).present(SEGMENTS):
            yield f"log/{region}/{key}"
        for lies_in, copy in installation.archives(region).items():
            yield from (f"archive/{lies_in}/{region}/{key}" for key in copy.present(""))


def _effects(store: TrailStore, keys: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    for key in keys:
        stored = store.get(key)
        for line in inflate(stored.body) if stored else ():
            entry = json.loads(line)
            if is_of_journal(entry):
                yield journal_of(entry)
