"""Verifies a region's trail against its key and its anchor, and names everything that is wrong.

Quick: every stored byte of every segment, against manifests, tiles, checkpoint and anchor.
Full: also every entry, against the root in its manifest. Where older segments lie in an archive,
each copy of it is checked too: quick by what its store says of it, full by its bytes. Memory does
not grow with the trail but by one bit for each segment, 32 bytes for each 256 of them, and half a
kilobyte for each pack in each copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from autopilot.audit.copy_check import CopyCheck, Wanted
from autopilot.audit.damage import COPY_UNREAD, Damage, Kind
from autopilot.audit.head_check import Truth, establish, newest_size
from autopilot.audit.inspection import Inspected, Inspector, Workshop, in_processes, in_threads
from autopilot.audit.note import VerifierKey
from autopilot.audit.object_check import Grown, ObjectCheck
from autopilot.audit.segment import Manifest
from autopilot.audit.tiered import TieredTrail
from autopilot.audit.tile_check import TileCheck
from autopilot.domain.trail_head import TrailHead
from autopilot.ports.trail import TrailStore

DAMAGES_MAX: Final = 1_000  #: named one by one; the rest are counted
#: Where these were found it cannot be told which packs there must be.
_OF_MANIFESTS: Final = frozenset({Kind.MANIFEST_MISSING, Kind.MANIFEST_CHANGED})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a verification is."""

    segments: int
    of_segments: int
    entries: int
    damages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What to verify, and with how many hands. Instants are of entries, both included."""

    since_ms: int = 0
    until_ms: int = 2**53 - 1
    full: bool = False
    ended: Mapping[str, int] = field(default_factory=dict)  #: by class: let go if sealed before
    threads: int = 1
    processes: int = 1

    def covers(self, manifest: Manifest) -> bool:
        """Whether the segment may hold an entry of this time."""
        return manifest.first_ms <= self.until_ms and manifest.last_ms >= self.since_ms

    def has_ended(self, manifest: Manifest) -> bool:
        """Whether the segment was let go, so that nothing is wrong when it is not there."""
        return manifest.sealed_ms < self.ended.get(manifest.retention, 0)


@dataclass(slots=True)
class Verification:
    """What was verified, and everything that is wrong."""

    size: int = 0  #: of the log, in segments
    segments: int = 0  #: verified
    entries: int = 0  #: in those
    bytes: int = 0  #: stored, of those
    ended: int = 0  #: segments whose retention has ended: their manifests were verified
    anchored: bool = False
    damages: list[Damage] = field(default_factory=list)
    more_damages: int = 0  #: above `DAMAGES_MAX`
    copies: dict[str, str] = field(default_factory=dict)  #: of the archive: whole, damaged, unread
    unread: dict[str, str] = field(default_factory=dict)  #: copies that did not answer, and why

    @property
    def exit_code(self) -> int:
        """0 when nothing is wrong, else the code of the worst kind that was found.

        When nothing but a copy of the archive that could not be read: `COPY_UNREAD`.
        """
        found = [damage.kind.value for damage in self.damages]
        return min(found) if found else COPY_UNREAD if self.unread else 0

    @property
    def in_log(self) -> list[Damage]:
        """Damages of the log itself."""
        return [damage for damage in self.damages if not damage.kind.is_of_a_copy]

    @property
    def is_log_whole(self) -> bool:
        """Whether the log lost nothing, whatever the state of the copies of its archive."""
        return not self.in_log

    def add(self, damage: Damage) -> None:
        """Note a damage."""
        if damage.copy is not None:
            self.copies[damage.copy] = "damaged"
        if len(self.damages) < DAMAGES_MAX:
            self.damages.append(damage)
        else:
            self.more_damages += 1


def verify(
    store: TrailStore,
    key: VerifierKey,
    anchor: TrailHead | None,
    *,
    scope: Scope | None = None,
    newest: Callable[[], TrailHead | None] | None = None,
    opened: Callable[[], TrailStore] | None = None,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Verification:
    """Verify the log of `key` in `store`, which may grow meanwhile.

    Without an anchor a cut tail cannot be seen: `anchored` is False then. `newest` reads it again,
    where that can be done, so that what was sealed since is told from what does not belong there.
    Several processes need `opened`, with which each opens the store for itself.
    """
    pass_ = _Pass(store, opened, scope or Scope(), progress)
    pass_.found.anchored = anchor is not None
    objects = ObjectCheck(store)

    def grown() -> Grown:
        now = newest() if newest else anchor
        return newest_size(store, key, now), now.announced if now else ()

    truth, damages = establish(store, key, anchor, objects.last_segment)
    pass_.add_all(damages)
    if truth is not None:
        pass_.found.size = truth.size
        announced = anchor.announced if anchor else ()
        pass_.add_all(objects.compare(truth.size, announced, grown))
        pass_.walk(truth)
    return pass_.found


class _Pass:
    """One verification under way."""

    def __init__(
        self,
        store: TrailStore,
        opened: Callable[[], TrailStore] | None,
        scope: Scope,
        progress: Callable[[Progress], None],
    ) -> None:
        self.found = Verification()
        self._store = store
        self._opened = opened
        self._scope = scope
        self._progress = progress

    def add_all(self, damages: Iterable[Damage]) -> None:
        for damage in damages:
            self.found.add(damage)

    def walk(self, truth: Truth) -> None:
        """Check the tree and, in the same walk, the segments in scope."""
        tiles = TileCheck(self._store, truth.size)
        if truth.anchored_size:
            tiles.keep(truth.anchored_size)
        copies = self._copy_check()
        manifests = tiles.manifests()
        self._check_segments(copies.watch(manifests) if copies else manifests, truth.size)
        rebuilt = tiles.conclude(truth.root)
        self.add_all(tiles.damages)
        if not rebuilt and not tiles.damages:
            message = f"the manifests do not lead to the signed root {truth.root.hex()}"
            self.found.add(Damage(Kind.FORKED, "checkpoint", message))
        elif rebuilt and tiles.root_at(truth.anchored_size) not in {None, truth.anchored_root}:
            message = f"the log of {truth.anchored_size} segments is not the one that was anchored"
            self.found.add(Damage(Kind.FORKED, "checkpoint", message))
        if copies and rebuilt and not any(each.kind in _OF_MANIFESTS for each in tiles.damages):
            self._conclude(copies)

    def _copy_check(self) -> CopyCheck | None:
        """Of a log with an archive; a log without one is not listed a second time."""
        scope = self._scope
        wanted = Wanted(scope.covers, scope.has_ended, scope.full, scope.threads)
        return CopyCheck(self._store, wanted) if isinstance(self._store, TieredTrail) else None

    def _conclude(self, copies: CopyCheck) -> None:
        """Judge the copies, now that the signed root is known to commit to the manifests."""
        self.found.copies, self.found.unread = copies.states(), copies.unread()
        self.add_all(copies.conclude())

    def _check_segments(self, manifests: Iterator[Manifest], size: int) -> None:
        chosen = (each for each in manifests if self._is_chosen(each))
        for manifest, damage in self._inspected(chosen, size):
            self.found.segments += 1
            self.found.entries += manifest.count
            self.found.bytes += manifest.stored_bytes
            if damage is not None:
                self.found.add(damage)
            self._progress(
                Progress(manifest.index + 1, size, self.found.entries, len(self.found.damages))
            )

    def _is_chosen(self, manifest: Manifest) -> bool:
        """Whether its bytes are to be verified: they are in scope, and were not let go."""
        if not self._scope.covers(manifest):
            return False
        ended = self._scope.has_ended(manifest)
        self.found.ended += ended
        return not ended

    def _inspected(self, manifests: Iterator[Manifest], size: int) -> Iterator[Inspected]:
        scope = self._scope
        if self._opened is None or not scope.full or scope.processes == 1:
            inspector = Inspector(self._store, size, scope.full)
            return in_threads(manifests, inspector, scope.threads)
        threads = max(scope.threads // scope.processes, 1)
        return in_processes(manifests, Workshop(self._opened, size, threads), scope.processes)
