"""The log's Merkle tree in C2SP tiles: reading its hashes and leaves, and adding one leaf.

https://c2sp.org/tlog-tiles
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

from autopilot.audit.layout import LEVELS_MAX, TILE_WIDTH, Tile, bundle_of, tile_of
from autopilot.audit.merkle import HASH_BYTES, fold, leaf_hash, root_of, split
from autopilot.errors import Inconsistent
from autopilot.ports.trail import TrailStore

_LENGTH: Final = struct.Struct(">H")
_KEPT_MAX: Final = 64  #: tiles a reader remembers


class MissingTile(Exception):
    """A tile or bundle that the log must have is not there, or is not one."""

    def __init__(self, key: str, reason: str) -> None:
        """Name the object and what is wrong with it."""
        self.key = key
        super().__init__(f"{key}: {reason}")


def pack(leaves: Sequence[bytes]) -> bytes:
    """An entry bundle: each leaf behind its length in 16 bits, big-endian."""
    return b"".join(_LENGTH.pack(len(leaf)) + leaf for leaf in leaves)


def unpack(bundle: bytes) -> list[bytes]:
    """The leaves of an entry bundle; raise `ValueError` when lengths and bytes do not meet."""
    leaves, at = [], 0
    while at < len(bundle):
        if at + _LENGTH.size > len(bundle):
            message = f"byte {at}: a length is cut"
            raise ValueError(message)
        (length,) = _LENGTH.unpack_from(bundle, at)
        at += _LENGTH.size + length
        if at > len(bundle):
            message = f"byte {at - length}: a leaf of {length} bytes is cut"
            raise ValueError(message)
        leaves.append(bundle[at - length : at])
    return leaves


class LogReader:
    """Hashes and leaves of a log of a given size, each object fetched once while remembered."""

    def __init__(self, store: TrailStore, size: int) -> None:
        """Read the log of `size` leaves in `store`; nothing is fetched yet."""
        self.size = size
        self._store = store
        self._kept: dict[str, bytes] = {}

    def hashes(self, level: int, index: int) -> list[bytes]:
        """The hashes of one tile; raise `MissingTile` when it is not there."""
        tile = tile_of(level, index, self.size)
        body = self._fetch(tile, HASH_BYTES)
        return [body[at : at + HASH_BYTES] for at in range(0, tile.width * HASH_BYTES, HASH_BYTES)]

    def leaves(self, index: int) -> list[bytes]:
        """The leaves of one bundle; raise `MissingTile` when it is not there."""
        tile = bundle_of(index, self.size)
        body = self._fetch(tile, None)
        try:
            leaves = unpack(body)
        except ValueError as error:
            raise MissingTile(tile.key, str(error)) from None
        if len(leaves) < tile.width:
            raise MissingTile(tile.key, f"expected {tile.width} leaves, got {len(leaves)}")
        return leaves[: tile.width]

    def leaf(self, index: int) -> bytes:
        """One leaf."""
        return self.leaves(index // TILE_WIDTH)[index % TILE_WIDTH]

    def subtree(self, start: int, end: int) -> bytes:
        """The hash over the leaves `start` to `end`, a subtree as RFC 6962 makes them."""
        span = end - start
        if span & (span - 1):
            middle = start + split(span)
            return root_of([self.subtree(start, middle), self.subtree(middle, end)])
        level = min((span.bit_length() - 1) // 8, LEVELS_MAX - 1)
        first, hashes = start >> 8 * level, span >> 8 * level
        tile = self.hashes(level, first // TILE_WIDTH)
        return root_of(tile[first % TILE_WIDTH :][:hashes])

    def edge(self, level: int) -> list[bytes]:
        """The hashes of the partial tile at the right edge; none where there is no such tile."""
        hashes = self.size >> 8 * level
        return self.hashes(level, hashes // TILE_WIDTH) if hashes % TILE_WIDTH else []

    def root(self) -> bytes:
        """The root, from the right edge: one partial tile of each level."""
        return fold(self.edge(level) for level in range(LEVELS_MAX))

    def _fetch(self, tile: Tile, unit_bytes: int | None) -> bytes:
        """The tile, or the full one in its place: partial ones may be gone then."""
        if tile.key in self._kept:
            return self._kept[tile.key]
        stored = self._store.get(tile.key)
        if stored is None and tile.width < TILE_WIDTH:
            stored = self._store.get(Tile(tile.level, tile.index).key)
        if stored is None:
            raise MissingTile(tile.key, "it is not there")
        if unit_bytes and len(stored.body) not in {
            tile.width * unit_bytes,
            TILE_WIDTH * unit_bytes,
        }:
            message = f"expected {tile.width * unit_bytes} bytes, got {len(stored.body)}"
            raise MissingTile(tile.key, message)
        while len(self._kept) >= _KEPT_MAX:
            del self._kept[next(iter(self._kept))]
        self._kept[tile.key] = stored.body
        return stored.body


def append_leaf(store: TrailStore, size: int, leaf: bytes) -> bytes:
    """Store the bundle and the tiles of the log that `leaf` makes of one of `size`; its root.

    Doing it again, or finding it half done, changes nothing. Raise `Inconsistent` when something
    else lies in the place of a tile.
    """
    log = LogReader(store, size)
    index, before = size // TILE_WIDTH, size % TILE_WIDTH
    leaves = [*(log.leaves(index) if before else []), leaf]
    settle(store, Tile(None, index, len(leaves)).key, pack(leaves))
    added, edges = leaf_hash(leaf), []
    for level in range(LEVELS_MAX):
        hashes = [*log.edge(level), added]
        settle(
            store,
            Tile(level, (size >> 8 * level) // TILE_WIDTH, len(hashes)).key,
            b"".join(hashes),
        )
        if len(hashes) < TILE_WIDTH:
            edges.append(hashes)
            break
        edges.append([])
        added = root_of(hashes)
    edges += [log.edge(level) for level in range(len(edges), LEVELS_MAX)]
    return fold(edges)


def settle(store: TrailStore, key: str, body: bytes) -> None:
    """Store what must lie there; raise `Inconsistent` when something else does."""
    if store.put_if_absent(key, body) is not None:
        return
    found = store.get(key)
    if found is None or found.body != body:
        message = f"{key}: expected the bytes that follow from the log, got others"
        raise Inconsistent(message)
