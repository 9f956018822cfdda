"""What can be wrong with a trail, each kind with an exit code of its own that never changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

#: Exit code of a verification that found nothing wrong, and could not read a copy of the archive.
COPY_UNREAD: Final = 60


class Kind(Enum):
    """Kinds of damage, worst first; the value is the exit code of a verification that found it."""

    EMPTIED = 10  #: nothing is left of a log that the anchor knows
    CHECKPOINT_MISSING = 11
    CHECKPOINT_MALFORMED = 12
    WRONG_KEY = 13  #: the checkpoint is not signed by the log's key
    FORKED = 14  #: the log does not contain the one that was anchored
    TAIL_CUT = 15  #: the newest segments and the checkpoint over them are gone
    REPLAYED = 16  #: an old checkpoint lies in the place of the newest
    TILE_MISSING = 20
    TILE_CHANGED = 21
    MANIFEST_MISSING = 22
    MANIFEST_CHANGED = 23
    SEGMENT_MISSING = 30
    SEGMENT_SWAPPED = 31  #: another segment of this log lies in its place
    SEGMENT_APPENDED = 32  #: bytes follow the compressed frame
    ENTRIES_REORDERED = 33
    ENTRY_DUPLICATED = 34
    ENTRY_TRUNCATED = 35
    SEGMENT_CHANGED = 36  #: some byte; nothing more can be said
    VERSION_CHANGED = 37  #: the bytes are right, but it is not the version that was sealed
    EXTRA_OBJECT = 40  #: no part of the log
    # Of one copy of the archive, while the log is whole by another:
    COPY_MISSING = 50  #: the copy lacks a pack
    COPY_CHANGED = 51  #: what lies in a pack's place is none
    COPY_MISNAMED = 52  #: a pack of other segments than its name says, or of none of this log
    COPY_OVERLAPS = 53  #: a pack too many, of segments that lie in others
    COPY_EXTRA = 54  #: no pack of the log

    @property
    def is_of_a_copy(self) -> bool:
        """Whether the log itself lost nothing by it."""
        return self.value >= Kind.COPY_MISSING.value

    @property
    def label(self) -> str:
        """The kind in words."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class Damage:
    """One damage: in which object, of what kind, and from which entry on."""

    kind: Kind
    key: str
    message: str
    entry: int | None = None  #: number of the first entry it touches, counted over the whole log
    entries: int = 0  #: how many it touches, when that is known
    copy: str | None = None  #: which copy of the archive the object lies in; None: in the log

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "kind": self.kind.label,
            "code": self.kind.value,
            "copy": self.copy,
            "key": self.key,
            "entry": self.entry,
            "entries": self.entries,
            "message": self.message,
        }

    def __str__(self) -> str:
        where = "" if self.entry is None else f", from entry {self.entry}"
        place = self.key if self.copy is None else f"{self.copy}: {self.key}"
        return f"{place}: {self.kind.label}{where}: {self.message}"
