"""One pack on its way: verified, copied, the copies verified and locked, then the segments go.

Every step looks at what is there before it does anything, so that a run that died anywhere is
finished by the next one, and two at once do the same.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final

from autopilot.audit import pack
from autopilot.audit.inspect_segment import check, check_entries
from autopilot.audit.layout import segment_key
from autopilot.audit.merkle import inclusion_proof, leaf_hash, root_from_inclusion
from autopilot.audit.pack import BadPack, PackName
from autopilot.audit.tiles import LogReader, MissingTile
from autopilot.domain.permit import Removal
from autopilot.errors import AutopilotError, Inconsistent, Transient
from autopilot.procedures.audit_archive.planning import manifests_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from autopilot.archives import ArchiveCopy, Archives
    from autopilot.audit.segment import Manifest
    from autopilot.ports.trail import Stored
    from autopilot.procedures.dependencies import Dependencies

FAILED: Final = "archive-failed/"


def move(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Move one pack; on damage write down what is wrong with it, and raise `Inconsistent`."""
    name, run = PackName.of(message["pack"]), str(message["run"])
    try:
        return _move(name, run, dependencies)
    except Transient:
        raise
    except AutopilotError as error:
        record = f"{FAILED}{dependencies.region}/{name.key}"
        now_ms = dependencies.clock.now_ms()
        told = {"reason": str(error), "run": run, "at_ms": now_ms}
        dependencies.gate.record(record, told, once=False)
        raise


def _move(name: PackName, run: str, dependencies: Dependencies) -> dict[str, Any]:
    archives = dependencies.archives
    manifests = _manifests(name, dependencies)
    hot = {each.index: archives.log.get(segment_key(each.index)) for each in manifests}
    body = _verified(manifests, hot) or _from_archive(name, manifests, archives)
    until_ms = dependencies.profile.archive.periods.locked_until_ms(name.retention, name.sealed_on)
    for copy in archives.copies:
        _copy(copy, name, body)
        _lock(copy, name, until_ms)
    _destroy_hot(manifests, hot, run, dependencies)
    return {"pack": name.key, "segments": len(manifests), "bytes": len(body)}


def _manifests(name: PackName, dependencies: Dependencies) -> list[Manifest]:
    """The manifests of a pack, each proven to be a leaf of the log that the ledger anchors."""
    head = dependencies.gate.anchor(dependencies.region).read()
    if name.last >= head.size:
        message = f"{name.key}: expected segments of a log of {head.size}"
        raise Inconsistent(message)
    log = LogReader(dependencies.archives.log, head.size)
    manifests = takewhile(lambda each: each.index <= name.last, manifests_from(log, name.first))
    found = [manifest for manifest in manifests if name.holds(manifest)]
    for manifest in found:
        _require_anchored(manifest, log, head.root)
    return found


def _require_anchored(manifest: Manifest, log: LogReader, root: str) -> None:
    """Raise `Inconsistent` unless the anchored root commits to the manifest.

    Whoever can write tiles could else have other segments archived in the place of those sealed.
    """
    try:
        path = inclusion_proof(manifest.index, log.size, log.subtree)
    except MissingTile as missing:
        raise Inconsistent(str(missing)) from None
    found = root_from_inclusion(manifest.index, log.size, leaf_hash(manifest.line()), path)
    if found is None or found.hex() != root:
        message = (
            f"{segment_key(manifest.index)}: the anchored root does not commit to its manifest"
        )
        raise Inconsistent(message)


def _verified(manifests: Sequence[Manifest], hot: Mapping[int, Stored | None]) -> bytes | None:
    """The pack of segments that all lie in the log and are sound; None when some went already."""
    segments = []
    for manifest in manifests:
        stored = hot[manifest.index]
        if stored is None:
            return None
        damage = check(manifest, stored, owner=lambda _: None) or check_entries(
            manifest, stored.body
        )
        if damage is not None:
            raise Inconsistent(str(damage))
        segments.append((manifest, stored.body))
    return pack.build(segments)


def _from_archive(name: PackName, manifests: Sequence[Manifest], archives: Archives) -> bytes:
    """The pack as a copy has it, when it is whole: an earlier run went on from there."""
    for copy in archives.copies:
        stored = copy.store.get(name.key)
        if stored is not None and _is_whole(stored.body, manifests):
            return stored.body
    message = f"{name.key}: segments are gone from the log, and no copy of the archive is whole"
    raise Inconsistent(message)


def _is_whole(body: bytes, manifests: Sequence[Manifest]) -> bool:
    try:
        return [manifest for manifest, _ in pack.read(body)] == list(manifests)
    except BadPack:
        return False


def _copy(copy: ArchiveCopy, name: PackName, body: bytes) -> None:
    """Store the pack where it is not yet, and read it back: every byte of it."""
    copy.store.put_if_absent(name.key, body)
    stored = copy.store.get(name.key)
    if stored is None or stored.body != body:
        message = f"{copy.region}: {name.key}: expected the pack as it was built, got other bytes"
        raise Inconsistent(message)


def _lock(copy: ArchiveCopy, name: PackName, until_ms: int) -> None:
    copy.locks.lock(name.key, until_ms)
    if copy.locks.locked_until_ms(name.key) < until_ms:
        message = f"{copy.region}: {name.key}: expected a lock until {until_ms}, got a shorter one"
        raise Inconsistent(message)


def _destroy_hot(
    manifests: Sequence[Manifest],
    hot: Mapping[int, Stored | None],
    run: str,
    dependencies: Dependencies,
) -> None:
    """Only the very versions that were sealed: whatever else lies there stays, and is found."""
    left = tuple(
        (segment_key(each.index), each.version) for each in manifests if hot[each.index] is not None
    )
    dependencies.gate.endings.destroy_moved(dependencies.archives.shredder, Removal(left, run))
