"""RFC 6962 Merkle trees over SHA-256: roots, inclusion and consistency proofs.

Trees are computed from leaf *hashes*, and never from more of them than one segment or one tile
has: larger trees are folded from their right edge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from operator import add
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

#: The hash of the subtree over the leaves `start` to `end`, for whoever can look it up.
Subtree: TypeAlias = Callable[[int, int], bytes]

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()  #: RFC 6962 section 2.1: of the empty list
LEAF: Final = b"\x00"
NODE: Final = b"\x01"

_sha256 = hashlib.sha256
_LEAF_BEGUN: Final = _sha256(LEAF)
_NODE_BEGUN: Final = _sha256(NODE)


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of one leaf."""
    return _sha256(LEAF + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return _sha256(NODE + left + right).digest()


def leaf_hashes(leaves: Iterable[bytes]) -> list[bytes]:
    """The hashes of many leaves."""
    return _hashes(_LEAF_BEGUN, leaves)


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, level by level."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    while len(level) > 1:
        above = _hashes(_NODE_BEGUN, map(add, level[::2], level[1::2]))
        if len(level) & 1:
            above.append(level[-1])
        level = above
    return level[0]


def _hashes(begun: Hash, texts: Iterable[bytes]) -> list[bytes]:
    """SHA-256 of each text behind what is begun: this is where a verification spends its time.

    A copy is made in less time than a new hash, for which OpenSSL looks its algorithm up again.
    """
    copy, hashes = begun.copy, []
    for text in texts:
        hashing = copy()
        hashing.update(text)
        hashes.append(hashing.digest())
    return hashes


def root_of_leaves(leaves: Iterable[bytes]) -> bytes:
    """The root over leaves."""
    return root_of(leaf_hashes(leaves))


def split(size: int) -> int:
    """The largest power of two that is smaller than `size`, where RFC 6962 splits a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def subtree_of(hashes: Sequence[bytes]) -> Subtree:
    """Look subtrees up in a list of leaf hashes."""
    return lambda start, end: root_of(hashes[start:end])


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1, from the leaf's sibling up."""
    if not 0 <= index < size:
        message = f"expected an index below the tree's size {size}, got {index}"
        raise ValueError(message)
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2; empty when there is nothing to prove."""
    if not 0 <= old <= new:
        message = f"expected an old size of at most {new}, got {old}"
        raise ValueError(message)
    if old in {0, new}:
        return []
    path, start, end, whole = [], 0, new, True
    while old != end:
        middle = start + split(end - start)
        if old <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end))
    return path[::-1]


def root_from_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that the path leads to (RFC 9162 section 2.1.3.2), None when it cannot be one."""
    if not 0 <= index < size:
        return None
    node, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    return root if last == 0 else None


def is_consistent(
    old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the path shows that the larger tree extends the smaller (RFC 9162, 2.1.4.2)."""
    if old == new:
        return old_root == new_root and not path
    if old == 0:
        return old_root == EMPTY_ROOT and not path
    if not 0 < old < new or not path:
        return False
    rest = list(path) if old & (old - 1) else [old_root, *path]
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


def fold(levels: Iterable[Sequence[bytes]]) -> bytes:
    """The root of a tree from the complete subtrees at its right edge, lowest level first.

    Each level's hashes are of subtrees 256 times as large as those of the level before it.
    """
    below: list[bytes] = []
    for hashes in levels:
        nodes = [*hashes, *below]
        below = [root_of(nodes)] if nodes else []
    return below[0] if below else EMPTY_ROOT
