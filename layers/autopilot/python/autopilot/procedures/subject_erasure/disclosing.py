"""Hands out what is held about a person, in readable JSON, before it is erased (Art. 15, 20).

A few segments at a time, so that no call outlives its time-out however long the trail is. Every
region's trail is searched, or the export fails: what is not handed out now is lost afterwards.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from autopilot.audit.entry import Entry, parse_line
from autopilot.audit.layout import segment_key
from autopilot.audit.segment import Manifest, inflate
from autopilot.audit.tiles import LogReader, MissingTile
from autopilot.audit.vault import Erased
from autopilot.domain.erasure import EXPORT_DAYS
from autopilot.domain.instants import day_of
from autopilot.errors import Inconsistent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from autopilot.persons import Reader
    from autopilot.ports.trail import TrailStore
    from autopilot.procedures.dependencies import Dependencies

SEGMENTS_MAX: Final = 10  #: of one call: at most 100,000 entries
_DAY_MS: Final = 86_400_000


def disclose(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Write the next part; `cursor` says where to go on, and is empty after the last one."""
    planned, cursor = message["erasure"], message["cursor"]
    regions = sorted(dependencies.persons.trails)
    region, first = str(cursor.get("region", regions[0])), int(cursor.get("segment", 0))
    part, found = int(cursor.get("part", 0)), int(cursor.get("entries", 0))
    size = dependencies.gate.anchor(region).read().size
    last = min(first + SEGMENTS_MAX, size)
    entries = _entries(planned["reference"], region, range(first, last), dependencies)
    prefix = f"exports/{planned['request']}"
    if entries:
        part += 1
        body = json.dumps(entries, ensure_ascii=False, indent=1).encode()
        dependencies.persons.disclosures.put(f"{prefix}/part-{part:04d}.json", body)
    after = {"part": part, "entries": found + len(entries)}
    if last < size:
        return {"cursor": {"region": region, "segment": last, **after}, "link": ""}
    if region != regions[-1]:
        following = regions[regions.index(region) + 1]
        return {"cursor": {"region": following, "segment": 0, **after}, "link": ""}
    return {"cursor": {}, "link": _index(prefix, regions, after, dependencies)}


def _index(
    prefix: str, regions: list[str], after: Mapping[str, int], dependencies: Dependencies
) -> str:
    until = dependencies.clock.now_ms() + EXPORT_DAYS * _DAY_MS
    index = {
        "service": dependencies.service,
        "basis": "GDPR Art. 15 and 20",
        "searched": [f"trail of {region}" for region in regions],
        "parts": [f"part-{number:04d}.json" for number in range(1, after["part"] + 1)],
        "entries": after["entries"],
        "deleted_after": day_of(until),
    }
    body = json.dumps(index, indent=1).encode()
    return dependencies.persons.disclosures.put(f"{prefix}/index.json", body)


def _entries(
    reference: str, region: str, segments: range, dependencies: Dependencies
) -> list[dict[str, Any]]:
    """The person's entries of these segments, in the clear; none when nothing was ever sealed."""
    try:
        with dependencies.persons.opener.opened(reference) as reader:
            return list(_read(reader, region, segments, dependencies))
    except Erased:
        return []


def _read(
    reader: Reader, region: str, segments: range, dependencies: Dependencies
) -> Iterator[dict[str, Any]]:
    wanted = f'"subject":"{reader.pseudonym}"'.encode()
    trail = dependencies.persons.trails[region]
    for index in segments:
        stored = trail.get(segment_key(index))
        if stored is None and _was_let_go(index, region, trail, dependencies):
            continue
        if stored is None:
            message = f"{region}: {segment_key(index)} is missing; run `autopilot audit verify`"
            raise Inconsistent(message)
        for line in inflate(stored.body):
            if wanted in line:
                yield _in_the_clear(parse_line(line), reader)


def _was_let_go(index: int, region: str, trail: TrailStore, dependencies: Dependencies) -> bool:
    """Whether the retention of a segment that is not there has ended."""
    size = dependencies.gate.anchor(region).read().size
    try:
        manifest = Manifest.parse(LogReader(trail, size).leaf(index))
    except (MissingTile, ValueError):
        return False
    return dependencies.gate.endings.let_go_of(region)(manifest.retention, manifest.sealed_ms)


def _in_the_clear(entry: Entry, reader: Reader) -> dict[str, Any]:
    told = ("event", "action", "target", "purpose", "legal_basis", "outcome", "retention")
    personal = entry.personal and reader.fields(
        event=entry.event, key=entry.personal_key, sealed=entry.personal
    )
    members = {name: str(getattr(entry, name)) for name in told}
    return {**members, "time_ms": entry.time_ms, "detail": entry.detail, "personal": personal}
