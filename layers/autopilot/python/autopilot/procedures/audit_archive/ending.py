"""Lets go of what has come to its end, and proves it: an entry of the trail that names no person.

The ledger says first how far a class is let go, which a legal hold refuses; then the versions are
destroyed in every region; then it is made sure that none is left; then the trail gets the proof.
Manifests stay in the log, so it can always be told what there was, when, and with which hash.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from autopilot.audit.entry import Entry, LegalBasis
from autopilot.audit.inbox import Inbox
from autopilot.audit.layout import TILE_WIDTH, TILES, Tile, tile_at
from autopilot.audit.pack import PackName
from autopilot.audit.tiles import LogReader
from autopilot.domain.instants import day_of, start_ms
from autopilot.domain.permit import Removal
from autopilot.domain.retention import RetentionClass
from autopilot.errors import Inconsistent
from autopilot.gate.endings import RemovalRefused
from autopilot.procedures.audit_archive.planning import first_sealed_from, manifests_from

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from autopilot.archives import ArchiveCopy
    from autopilot.ports.trail import TrailStore
    from autopilot.procedures.dependencies import Dependencies

PROVEN: Final = "retention-proven/"


def end(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Let go of the classes that the plan names; one that is held stays, and is told of."""
    held, ended = {}, {}
    for named, before in sorted(message["ending"].items()):
        kept = RetentionClass(named)
        try:
            ended[named] = _end(kept, str(before), str(message["run"]), dependencies)
        except RemovalRefused as refused:
            held[named] = str(refused)
    return {"ended": ended, "held": held}


def _end(kept: RetentionClass, before: str, run: str, dependencies: Dependencies) -> int:
    gate, region = dependencies.gate, dependencies.region
    ending = gate.endings.let_go(region, kept, start_ms(before))
    until = day_of(ending.sealed_before_ms)
    for copy in dependencies.archives.copies:
        removal = Removal(tuple(_versions(copy, kept, until)), run)
        gate.endings.destroy_ended(copy.shredder, removal, region, kept)
        left = next(_versions(copy, kept, until), None)
        if left is not None:
            message = f"{copy.region}: {left[0]} is there although it was destroyed"
            raise Inconsistent(message)
    return _prove(kept, ending.sealed_before_ms, run, dependencies)


def _versions(copy: ArchiveCopy, kept: RetentionClass, before: str) -> Iterator[tuple[str, str]]:
    """Key and version of everything of a class that was sealed before that day."""
    for listed in copy.store.objects(f"{kept.value}/"):
        name = PackName.parse(listed.key)
        if name is not None and name.sealed_on < before:
            yield listed.key, listed.version


def _prove(
    kept: RetentionClass, sealed_before_ms: int, run: str, dependencies: Dependencies
) -> int:
    """Tell the trail what went since the last proof: how many segments, and over which hashes."""
    region = dependencies.region
    record = f"{PROVEN}{region}/{kept.value}"
    proven_ms = int((dependencies.gate.find_record(record) or {}).get("sealed_before_ms", 0))
    if proven_ms >= sealed_before_ms:
        return 0
    size = dependencies.gate.anchor(region).read().size
    log = LogReader(dependencies.archives.log, size)
    hashes = hashlib.sha256()
    segments = entries = 0
    for manifest in manifests_from(log, first_sealed_from(log, proven_ms)):
        if manifest.sealed_ms >= sealed_before_ms:
            break
        if manifest.retention == kept.value:
            hashes.update(bytes.fromhex(manifest.sha256))
            segments, entries = segments + 1, entries + manifest.count
    counted: dict[str, str | int] = {"segments": segments, "entries": entries}
    detail = counted | {"sha256": hashes.hexdigest()}
    proof = _proof(kept, proven_ms, sealed_before_ms, detail, run, dependencies)
    Inbox(dependencies.archives.inbox, dependencies.clock).keep([proof])
    dependencies.gate.record(record, {"sealed_before_ms": sealed_before_ms}, once=False)
    return segments


def _proof(
    kept: RetentionClass,
    since_ms: int,
    until_ms: int,
    detail: Mapping[str, str | int],
    run: str,
    dependencies: Dependencies,
) -> Entry:
    """The same ending makes the same entry, so the log holds it once."""
    return Entry(
        event=f"ended/{dependencies.region}/{kept.value}/{day_of(until_ms)}",
        time_ms=until_ms,
        actor="audit_archive",
        action="let-go",
        target=f"archive/{dependencies.region}/{kept.value}",
        purpose="storage limitation, GDPR Art. 5(1)(e)",
        legal_basis=LegalBasis.NOT_PERSONAL,
        outcome="destroyed",
        retention=RetentionClass.LEGAL,
        detail={
            **detail,
            "sealed_from": day_of(since_ms) if since_ms else "",
            "sealed_before": day_of(until_ms),
            "destroyed_in": ",".join(copy.region for copy in dependencies.archives.copies),
        },
        run=run,
    )


def tidy(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Destroy partial tiles in whose place the full one lies: they say nothing that it does not.

    https://c2sp.org/tlog-tiles: "logs may delete partial tiles when the full one is there".
    """
    archives, run = dependencies.archives, str(message["run"])
    removal = Removal(tuple(_partials(archives.log)), run)
    if removal.objects:
        dependencies.gate.endings.destroy_moved(archives.shredder, removal)
    return {"tiles": len(removal.objects)}


def _partials(log: TrailStore) -> Iterable[tuple[str, str]]:
    """Full tiles come before their partial ones in the list: `000` before `000.p/1`."""
    full: set[tuple[int | None, int]] = set()
    for listed in log.objects(TILES):
        tile: Tile | None = tile_at(listed.key)
        if tile is None or listed.deleted:
            continue
        place = (tile.level, tile.index)
        if tile.width == TILE_WIDTH:
            full.add(place)
        elif place in full:
            yield listed.key, listed.version
