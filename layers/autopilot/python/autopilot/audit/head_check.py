"""Which head of the log to verify against: the checkpoint in the store, held to the anchor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from autopilot.audit.damage import Damage, Kind
from autopilot.audit.layout import CHECKPOINT
from autopilot.audit.merkle import EMPTY_ROOT
from autopilot.audit.note import Checkpoint, NoteRefused, VerifierKey, open_checkpoint
from autopilot.audit.segment import Manifest
from autopilot.audit.tiles import LogReader, MissingTile
from autopilot.domain.trail_head import TrailHead
from autopilot.ports.trail import TrailStore


@dataclass(frozen=True, slots=True)
class Truth:
    """The newest head that the log's key has signed, and the one that was anchored."""

    size: int
    root: bytes
    anchored_size: int
    anchored_root: bytes


_BEFORE_THE_FIRST: Final = Truth(0, EMPTY_ROOT, 0, EMPTY_ROOT)


def establish(
    store: TrailStore,
    key: VerifierKey,
    anchor: TrailHead | None,
    last_segment: Callable[[], int],
) -> tuple[Truth | None, list[Damage]]:
    """The head to verify against, and what is wrong with those that were found.

    None when there is none that the key has signed. The anchored note stands in for a checkpoint
    that is missing, older or not believable, so that the rest can be verified all the same.
    """
    anchored, damages = _anchored(anchor, key)
    checkpoint, found = _published(store, key)
    damages += found
    if checkpoint is None and anchored is None:
        return (_BEFORE_THE_FIRST, []) if _has_not_begun(anchor, damages) else (None, damages)
    if anchored is None:
        anchored = Checkpoint(key.name, 0, EMPTY_ROOT)
    if checkpoint is None:
        if last_segment() < 0 and anchored.size:
            message = f"expected a log of {anchored.size} segments, got nothing at all"
            damages = [Damage(Kind.EMPTIED, CHECKPOINT, message, 0)]
        checkpoint = anchored
    elif checkpoint.size < anchored.size:
        damages.append(_older(store, checkpoint, anchored, last_segment()))
        checkpoint = anchored
    elif checkpoint.size == anchored.size and checkpoint.root != anchored.root:
        message = f"expected root {anchored.root.hex()}, got {checkpoint.root.hex()}"
        damages.append(Damage(Kind.FORKED, CHECKPOINT, message))
        checkpoint = anchored
    return Truth(checkpoint.size, checkpoint.root, anchored.size, anchored.root), damages


def newest_size(store: TrailStore, key: VerifierKey, anchor: TrailHead | None) -> int:
    """How many segments the newest head that the key has signed speaks of, at this instant."""
    heads = (_published(store, key)[0], _anchored(anchor, key)[0])
    return max((head.size for head in heads if head is not None), default=0)


def _published(store: TrailStore, key: VerifierKey) -> tuple[Checkpoint | None, list[Damage]]:
    stored = store.get(CHECKPOINT)
    if stored is None:
        message = "expected a signed checkpoint, got nothing"
        return None, [Damage(Kind.CHECKPOINT_MISSING, CHECKPOINT, message)]
    try:
        return open_checkpoint(stored.body, key), []
    except NoteRefused as refused:
        return None, [_refused(CHECKPOINT, refused)]


def _anchored(anchor: TrailHead | None, key: VerifierKey) -> tuple[Checkpoint | None, list[Damage]]:
    if anchor is None or not anchor.note:
        return None, []
    try:
        return open_checkpoint(anchor.note.encode(), key), []
    except NoteRefused as refused:
        return None, [_refused("anchor", refused)]


def _refused(key: str, refused: NoteRefused) -> Damage:
    kind = Kind.CHECKPOINT_MALFORMED if refused.key_known else Kind.WRONG_KEY
    return Damage(kind, key, str(refused))


def _older(
    store: TrailStore, checkpoint: Checkpoint, anchored: Checkpoint, last_segment: int
) -> Damage:
    message = f"expected a checkpoint of {anchored.size} segments, got one of {checkpoint.size}"
    kind = Kind.REPLAYED if last_segment >= checkpoint.size else Kind.TAIL_CUT
    return Damage(kind, CHECKPOINT, message, _entries(store, checkpoint.size))


def _entries(store: TrailStore, size: int) -> int | None:
    """How many entries a log of `size` segments has; None when it cannot be read."""
    try:
        last = Manifest.parse(LogReader(store, size).leaf(size - 1))
    except (MissingTile, ValueError):
        return None
    return last.first_entry + last.count


def _has_not_begun(anchor: TrailHead | None, damages: list[Damage]) -> bool:
    """Whether the ledger knows of no head yet, so that there need not be a checkpoint."""
    absent = all(each.kind is Kind.CHECKPOINT_MISSING for each in damages)
    return anchor is not None and anchor.size == 0 and absent
