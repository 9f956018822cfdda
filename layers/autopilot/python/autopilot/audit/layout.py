"""Where everything lies below a log's prefix: C2SP tlog-tiles, and the segments beside them.

https://c2sp.org/tlog-tiles. `checkpoint` is the one object that is replaced; all others are
written once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

TILE_WIDTH: Final = 256
LEVELS_MAX: Final = 8  #: 256 ** 8 leaves: more than a byte-exact JSON number can count
CHECKPOINT: Final = "checkpoint"
ENTRIES: Final = "entries"  #: in the place of a level: the bundles of leaves
TILES: Final = "tile/"
SEGMENTS: Final = "segment/"
_TILE = re.compile(r"tile/(entries|[0-7])/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")
_SEGMENT = re.compile(r"segment/((?:x\d{3}/)*\d{3})\.jsonl\.zst")


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile of hashes, or one bundle of leaves when `level` is None."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def key(self) -> str:
        """Its key below the log's prefix."""
        level = ENTRIES if self.level is None else self.level
        suffix = f".p/{self.width}" if self.width < TILE_WIDTH else ""
        return f"tile/{level}/{number(self.index)}{suffix}"


def number(index: int) -> str:
    """A number as path elements of three digits, all but the last beginning with `x`."""
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])


def segment_key(index: int) -> str:
    """Where the segment lies that the manifest with this index describes."""
    return f"{SEGMENTS}{number(index)}.jsonl.zst"


def segment_index(key: str) -> int | None:
    """The index of the segment at `key`; None when no segment can lie there."""
    found = _SEGMENT.fullmatch(key)
    index = _index(found[1]) if found else None
    return index if index is not None and segment_key(index) == key else None


def tile_at(key: str) -> Tile | None:
    """The tile or bundle at `key`; None when none can lie there."""
    found = _TILE.fullmatch(key)
    if found is None:
        return None
    level = None if found[1] == ENTRIES else int(found[1])
    tile = Tile(level, _index(found[2]), int(found[3]) if found[3] else TILE_WIDTH)
    return tile if tile.key == key else None


def tile_of(level: int, index: int, size: int) -> Tile:
    """The tile at that place in a log of `size` leaves; it may be partial."""
    return Tile(level, index, min(TILE_WIDTH, (size >> 8 * level) - index * TILE_WIDTH))


def bundle_of(index: int, size: int) -> Tile:
    """The bundle at that place in a log of `size` leaves; it may be partial."""
    return Tile(None, index, min(TILE_WIDTH, size - index * TILE_WIDTH))


def _index(path: str) -> int:
    return int(path.replace("x", "").replace("/", ""))
