"""Puts waiting entries into the log, each once, whatever dies in between and whoever else seals.

Announce the segment in the ledger, put it if its place is free, then bundle, tiles, checkpoint and
anchor, all of which follow from it. Whoever finds an announced segment in place finishes that one.
The place decides between two sealers, and the announcement shows that a sealer made what lies
there; a lease only keeps them from doing the same work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from autopilot.audit.doubles import newest_first, without_doubles
from autopilot.audit.inbox import Inbox
from autopilot.audit.layout import CHECKPOINT, segment_key
from autopilot.audit.merkle import EMPTY_ROOT
from autopilot.audit.note import Checkpoint, NoteRefused, VerifierKey, open_checkpoint, sign
from autopilot.audit.segment import BadSegment, Manifest, Segment, build, read, sha256_of
from autopilot.audit.tiles import LogReader, MissingTile, append_leaf
from autopilot.domain.trail_head import Announced, TrailHead
from autopilot.errors import Inconsistent, Transient
from autopilot.ports import Clock
from autopilot.ports.trail import Anchor, Signer, TrailStore

if TYPE_CHECKING:
    from autopilot.audit.entry import Entry

LEASE_MS: Final = 60_000
ANNOUNCED_MAX: Final = 8  #: sealers that died over one segment before a person must look
_REPLACES_MAX: Final = 4


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one pass did. `held_by` names the other sealer when it did nothing."""

    head: TrailHead
    entries: int = 0
    doubles: int = 0
    held_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Sealer:
    """Seals the log of one region. `holder` is unique to this pass."""

    store: TrailStore  #: the log itself: nothing elsewhere is needed for sealing
    inbox: Inbox
    anchor: Anchor
    signer: Signer
    clock: Clock
    origin: str
    holder: str
    #: Of a class and an instant of sealing: whether such a segment may be gone for good.
    was_let_go: Callable[[str, int], bool] = lambda _kept, _sealed_ms: False
    archived: TrailStore | None = None  #: the log with its archive, where old events may lie

    def seal(self) -> Sealed:
        """Finish what another sealer has begun, then seal what waits, as one segment."""
        head = self._take_lease()
        if head.holder != self.holder:
            return Sealed(head, held_by=head.holder)
        self._require_intact(head)
        head = self._finish(head)
        waiting = self.inbox.waiting()
        fresh = without_doubles(
            self.archived or self.store, head.size, waiting.entries, self.was_let_go
        )
        sealed = head
        if fresh:
            segment = build(one_class(fresh))
            sealed = self._put(head, segment)
            if not self._holds(sealed, head.size, segment):
                return Sealed(sealed)
            if segment.count < len(fresh):  # the other classes wait on; these are doubles then
                self._return_lease(sealed)
                return Sealed(sealed, segment.count)
        self.inbox.forget(waiting.keys)
        self._return_lease(sealed)
        return Sealed(sealed, len(fresh), len(waiting.entries) - len(fresh))

    def _take_lease(self) -> TrailHead:
        head, now_ms = self.anchor.read(), self.clock.now_ms()
        if head.holder and head.holder != self.holder and head.lease_expires_ms > now_ms:
            return head
        mine = head.after(holder=self.holder, lease_expires_ms=now_ms + LEASE_MS)
        return mine if self.anchor.swap(head, mine) else self.anchor.read()

    def _return_lease(self, head: TrailHead) -> None:
        """Let the next one in at once; should this be lost, the lease ends by itself."""
        if head.holder == self.holder:
            self.anchor.swap(head, head.after(holder="", lease_expires_ms=0))

    def _require_intact(self, head: TrailHead) -> None:
        """Never build on a log whose right edge is not the anchored one."""
        try:
            root = LogReader(self.store, head.size).root()
        except MissingTile as missing:
            raise Inconsistent(str(missing)) from None
        if root.hex() != (head.root or EMPTY_ROOT.hex()):
            message = f"{self.origin}: expected root {head.root} at {head.size}, got {root.hex()}"
            raise Inconsistent(message)

    def _put(self, head: TrailHead, segment: Segment) -> TrailHead:
        """Announce, store and finish `segment`, or whichever announced one was stored first."""
        head = self._announce(head, segment)
        self.store.put_if_absent(segment_key(head.size), segment.body)
        return self._finish(head)

    def _announce(self, head: TrailHead, segment: Segment) -> TrailHead:
        if any(each.sha256 == segment.sha256 for each in head.announced):
            return head
        if len(head.announced) >= ANNOUNCED_MAX:
            message = f"segment {head.size}: {ANNOUNCED_MAX} were announced and none was stored"
            raise Inconsistent(message)
        newest = next(newest_first(LogReader(self.store, head.size)), None)
        sealed_ms = max(self.clock.now_ms(), newest.sealed_ms if newest else 0)
        announced = (*head.announced, Announced(segment.sha256, sealed_ms))
        return self._swap(head, head.after(announced=announced))

    def _finish(self, head: TrailHead) -> TrailHead:
        """Bring the log over the segment that lies at its end; the same head when none does."""
        stored = self.store.get(segment_key(head.size))
        if stored is None:
            return head
        sha256 = sha256_of(stored.body)
        announced = next((each for each in head.announced if each.sha256 == sha256), None)
        if announced is None:
            message = f"{segment_key(head.size)}: nobody announced a segment with hash {sha256}"
            raise Inconsistent(message)
        manifest = self._manifest(head, stored.body, stored.version, announced)
        root = append_leaf(self.store, head.size, manifest.line())
        checkpoint = Checkpoint(self.origin, head.size + 1, root)
        note = sign(checkpoint, self.signer)
        self._publish(checkpoint, note)
        after = head.after(
            size=checkpoint.size,
            entries=head.entries + manifest.count,
            root=root.hex(),
            note=note.decode(),
            announced=(),
        )
        return self._swap(head, after)

    def _manifest(
        self, head: TrailHead, body: bytes, version: str, announced: Announced
    ) -> Manifest:
        try:
            segment = read(body)
        except (BadSegment, ValueError, KeyError) as error:
            message = f"{segment_key(head.size)}: {error}"
            raise Inconsistent(message) from None
        return segment.manifest(
            index=head.size,
            first_entry=head.entries,
            version=version,
            sealed_ms=announced.sealed_ms,
        )

    def _publish(self, checkpoint: Checkpoint, note: bytes) -> None:
        """Replace the checkpoint unless it is as new; never by an older one."""
        key = VerifierKey(self.origin, self.signer.public_key())
        for _ in range(_REPLACES_MAX):
            stored = self.store.get(CHECKPOINT)
            if stored is not None and self._size_of(stored.body, key) >= checkpoint.size:
                return
            if self.store.replace(CHECKPOINT, note, over=stored.tag if stored else None):
                return
        message = f"{CHECKPOINT} changed {_REPLACES_MAX} times while it was to be replaced"
        raise Transient(message)

    def _size_of(self, note: bytes, key: VerifierKey) -> int:
        try:
            return open_checkpoint(note, key).size
        except NoteRefused as refused:
            message = f"{CHECKPOINT}: {refused}"
            raise Inconsistent(message) from None

    def _swap(self, old: TrailHead, new: TrailHead) -> TrailHead:
        """Move the head; raise `Transient` when another sealer has moved it."""
        if self.anchor.swap(old, new):
            return new
        message = f"{self.origin}: another sealer moved the head at {old.size}; seal again"
        raise Transient(message)

    def _holds(self, head: TrailHead, index: int, segment: Segment) -> bool:
        """Whether it is `segment` that became the one with `index`."""
        leaf = LogReader(self.store, head.size).leaf(index)
        return Manifest.parse(leaf).sha256 == segment.sha256


def one_class(entries: Sequence[Entry]) -> list[Entry]:
    """The entries of one retention class, so that a segment can be let go as a whole."""
    first = min(entry.retention for entry in entries)
    return [entry for entry in entries if entry.retention == first]
