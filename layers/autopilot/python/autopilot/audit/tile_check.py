"""Rebuilds the log's tree from its leaves, in bounded memory, and compares every tile with it."""

from __future__ import annotations

from collections.abc import Iterator

from autopilot.audit.damage import Damage, Kind
from autopilot.audit.layout import LEVELS_MAX, TILE_WIDTH, Tile, bundle_of, tile_of
from autopilot.audit.merkle import HASH_BYTES, fold, leaf_hashes, root_of
from autopilot.audit.segment import Manifest
from autopilot.audit.tiles import unpack
from autopilot.ports.trail import TrailStore


class TileCheck:
    """One walk over bundles and tiles. `damages` fills on the way; `root` is what came out.

    `manifests` yields those that could be read, in order, so that segments are checked in the
    same walk. When it has ended, `conclude` says whether leaves or tiles were changed.
    """

    def __init__(self, store: TrailStore, size: int) -> None:
        """Check the log of `size` leaves; read only what is there."""
        self.damages: list[Damage] = []
        self._store = store
        self._size = size
        self._leaf_view = _Tree()
        self._tile_view = _Tree()
        self._true_view = self._leaf_view
        self._disputed: list[tuple[Tile, Tile, int]] = []
        self._entries = 0

    def manifests(self) -> Iterator[Manifest]:
        """Walk the log; memory is one bundle and the right edge of the tree."""
        for index in range(-(-self._size // TILE_WIDTH)):
            leaves = self._leaves(bundle_of(index, self._size))
            hashes = self._hashes(tile_of(0, index, self._size))
            self._agree(index, leaves, hashes)
            for at, leaf in enumerate(leaves or ()):
                manifest = self._manifest(index * TILE_WIDTH + at, leaf)
                if manifest is not None:
                    yield manifest

    def conclude(self, root: bytes) -> bool:
        """Name what was changed, knowing the signed root; False when neither view has it."""
        if self._leaf_view.root() == root:
            self._blame(Kind.TILE_CHANGED, "the hashes are not those of the manifests")
        elif self._tile_view.root() == root:
            self._true_view = self._tile_view
            self._blame(Kind.MANIFEST_CHANGED, "the manifests are not those that were hashed")
        else:
            self._blame(Kind.MANIFEST_CHANGED, "manifests and hashes differ, neither was signed")
        self.damages += self._upper_tiles()
        return self._true_view.root() == root

    def root_at(self, size: int) -> bytes | None:
        """The root of the log when it had `size` leaves; None when it was not kept."""
        return self._true_view.kept.get(size)

    def keep(self, size: int) -> None:
        """Keep the root of the log at `size` on the way."""
        self._leaf_view.keep(size)
        self._tile_view.keep(size)

    def _leaves(self, tile: Tile) -> list[bytes] | None:
        stored = _either(self._store, tile)
        if stored is None:
            self._report(Kind.MANIFEST_MISSING, tile, "expected a bundle of manifests, got nothing")
            return None
        try:
            leaves = unpack(stored)
        except ValueError as error:
            self._report(Kind.MANIFEST_CHANGED, tile, str(error))
            return None
        if len(leaves) < tile.width:
            message = f"expected {tile.width} manifests, got {len(leaves)}"
            self._report(Kind.MANIFEST_CHANGED, tile, message)
            return None
        return leaves[: tile.width]

    def _hashes(self, tile: Tile) -> list[bytes] | None:
        stored = _either(self._store, tile)
        if stored is None:
            self._report(Kind.TILE_MISSING, tile, "expected a tile, got nothing")
            return None
        if len(stored) < tile.width * HASH_BYTES:
            message = f"expected {tile.width * HASH_BYTES} bytes, got {len(stored)}"
            self._report(Kind.TILE_CHANGED, tile, message)
            return None
        ends = range(HASH_BYTES, tile.width * HASH_BYTES + 1, HASH_BYTES)
        return [stored[end - HASH_BYTES : end] for end in ends]

    def _agree(self, index: int, leaves: list[bytes] | None, hashes: list[bytes] | None) -> None:
        """Feed both views, each with the other's where its own is missing."""
        made = leaf_hashes(leaves) if leaves is not None else hashes
        kept = hashes if hashes is not None else made
        if made is None or kept is None:
            return
        if made != kept:
            bundle, tile = bundle_of(index, self._size), tile_of(0, index, self._size)
            self._disputed.append((bundle, tile, self._entries))
        self._leaf_view.extend(made)
        self._tile_view.extend(kept)

    def _manifest(self, index: int, leaf: bytes) -> Manifest | None:
        bundle = bundle_of(index // TILE_WIDTH, self._size)
        try:
            manifest = Manifest.parse(leaf)
        except ValueError as error:
            self._report(Kind.MANIFEST_CHANGED, bundle, f"manifest {index}: {error}")
            return None
        if manifest.index != index or manifest.first_entry < self._entries:
            message = f"manifest {index}: got index {manifest.index}, entry {manifest.first_entry}"
            self._report(Kind.MANIFEST_CHANGED, bundle, message)
            return None
        self._entries = manifest.first_entry + manifest.count
        return manifest

    def _upper_tiles(self) -> Iterator[Damage]:
        """Compare the tiles above the leaves with those of the view that has the signed root."""
        for level, hashes in enumerate(self._true_view.levels[1:], start=1):
            for at in range(0, len(hashes), TILE_WIDTH):
                tile = tile_of(level, at // TILE_WIDTH, self._size)
                expected = b"".join(hashes[at : at + TILE_WIDTH])
                stored = _either(self._store, tile)
                if stored is None:
                    yield Damage(Kind.TILE_MISSING, tile.key, "expected a tile, got nothing")
                elif stored[: len(expected)] != expected:
                    yield Damage(Kind.TILE_CHANGED, tile.key, "the hashes are not the log's")

    def _blame(self, kind: Kind, message: str) -> None:
        for bundle, tile, first_entry in self._disputed:
            key = tile.key if kind is Kind.TILE_CHANGED else bundle.key
            self.damages.append(Damage(kind, key, message, first_entry))

    def _report(self, kind: Kind, tile: Tile, message: str) -> None:
        self.damages.append(Damage(kind, tile.key, message, self._entries))


class _Tree:
    """The hashes of every level above the leaves, and those of the leaves' partial tile.

    One hash for 256 segments: a million segments make 4,000.
    """

    def __init__(self) -> None:
        self.levels: list[list[bytes]] = [[]]
        self.size = 0
        self.kept: dict[int, bytes] = {}
        self._wanted: set[int] = set()

    def keep(self, size: int) -> None:
        """Remember the root at `size`, once it is reached."""
        self._wanted.add(size)

    def extend(self, hashes: list[bytes]) -> None:
        """Add the leaf hashes of one tile."""
        for size in self._wanted:
            if self.size < size < self.size + len(hashes):
                self.levels[0] = hashes[: size - self.size]
                self.kept[size] = self.root()
        self.size += len(hashes)
        self.levels[0] = hashes if len(hashes) < TILE_WIDTH else []
        if len(hashes) == TILE_WIDTH:
            self._promote(root_of(hashes))
        if self.size in self._wanted:
            self.kept[self.size] = self.root()

    def _promote(self, full: bytes) -> None:
        """Add the root of a full tile to the level above, and of that one if it is full now."""
        for level in range(1, LEVELS_MAX):
            if len(self.levels) == level:
                self.levels.append([])
            self.levels[level].append(full)
            if len(self.levels[level]) % TILE_WIDTH:
                return
            full = root_of(self.levels[level][-TILE_WIDTH:])

    def root(self) -> bytes:
        """The root of all leaves so far."""
        return fold(level[len(level) - len(level) % TILE_WIDTH :] for level in self.levels)


def _either(store: TrailStore, tile: Tile) -> bytes | None:
    """The tile, or the full one in its place: partial ones may be gone then."""
    stored = store.get(tile.key)
    if stored is None and tile.width < TILE_WIDTH:
        stored = store.get(Tile(tile.level, tile.index).key)
    return stored.body if stored else None
