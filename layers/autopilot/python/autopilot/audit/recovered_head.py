"""The head of a log from its own signed checkpoint, for when the anchor that kept it is lost.

The anchor lies outside the bucket so that a cut tail shows. A head that was read from the bucket
cannot show that for what was sealed until now; from now on it can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopilot.audit.layout import CHECKPOINT
from autopilot.audit.note import NoteRefused, open_checkpoint
from autopilot.audit.segment import Manifest
from autopilot.audit.tiles import LogReader, MissingTile
from autopilot.domain.trail_head import TrailHead
from autopilot.errors import Inconsistent

if TYPE_CHECKING:
    from autopilot.audit.note import VerifierKey
    from autopilot.ports.trail import TrailStore


def recovered_head(store: TrailStore, key: VerifierKey, revision: int) -> TrailHead | None:
    """The head that the log's newest checkpoint tells, under a new revision; None without one.

    Raises `Inconsistent` unless the log's key has signed it and the log has that very root.
    """
    stored = store.get(CHECKPOINT)
    if stored is None:
        return None
    try:
        checkpoint = open_checkpoint(stored.body, key)
        reader = LogReader(store, checkpoint.size)
        root, last = reader.root(), Manifest.parse(reader.leaf(checkpoint.size - 1))
    except (NoteRefused, MissingTile, ValueError) as wrong:
        message = f"the head of {key.name} cannot be recovered: {wrong}"
        raise Inconsistent(message) from None
    if root != checkpoint.root:
        message = f"{key.name}: expected root {checkpoint.root.hex()}, got {root.hex()}"
        raise Inconsistent(message)
    return TrailHead(
        revision=revision,
        size=checkpoint.size,
        entries=last.first_entry + last.count,
        root=root.hex(),
        note=stored.body.decode(),
    )
