"""Proofs that an entry is in the log, checked offline with the log's public key alone.

Two steps: the entry is in a segment (RFC 6962 in the segment), and the segment's manifest is in
the log. The second is a `c2sp.org/tlog-proof@v1`, which any C2SP tool accepts for the manifest as
it stands; the first is its `extra` line, opaque to such a tool.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from autopilot.audit.canonical import canonical
from autopilot.audit.entry import parse_line
from autopilot.audit.layout import CHECKPOINT, segment_key
from autopilot.audit.merkle import (
    HASH_BYTES,
    inclusion_proof,
    leaf_hash,
    leaf_hashes,
    root_from_inclusion,
    subtree_of,
)
from autopilot.audit.note import Checkpoint, NoteRefused, VerifierKey, open_checkpoint
from autopilot.audit.segment import Manifest, inflate
from autopilot.audit.tiles import LogReader, MissingTile
from autopilot.errors import BadInput, Inconsistent, Problem
from autopilot.ports.trail import TrailStore

HEADER: Final = "c2sp.org/tlog-proof@v1"
PROOF_BYTES_MAX: Final = 262_144
_PATH_MAX: Final = 63
_ADVICE: Final = "Give a file that `autopilot audit proof` has written."


class ProofRefused(Exception):
    """A proof does not prove what it says; the message names the step that fails."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One entry, its path in the segment, the manifest, its path in the log, the checkpoint."""

    entry: bytes
    entry_index: int  #: in the segment
    entry_path: tuple[bytes, ...]
    manifest: bytes
    index: int  #: of the manifest in the log
    path: tuple[bytes, ...]
    note: bytes

    def to_text(self) -> str:
        """The proof file."""
        extra: dict[str, Any] = {
            "entry": self.entry.decode(),
            "entry_index": self.entry_index,
            "entry_path": [_encoded(each) for each in self.entry_path],
            "manifest": self.manifest.decode(),
        }
        lines = [
            HEADER,
            f"extra {_encoded(canonical(extra).encode())}",
            f"index {self.index}",
            *map(_encoded, self.path),
        ]
        return "\n".join(lines) + "\n\n" + self.note.decode()

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Read a proof file; raise `BadInput` when it is none. Nothing is believed yet."""
        head, blank, note = text.partition("\n\n")
        lines = head.split("\n")
        if lines[0] != HEADER or not blank or len(text) > PROOF_BYTES_MAX:
            raise _no_proof(f"{HEADER} and a checkpoint", text)
        try:
            extra: Any = json.loads(_decoded(_after("extra ", lines[1])))
            return cls(
                extra["entry"].encode(),
                int(extra["entry_index"]),
                _path(extra["entry_path"]),
                extra["manifest"].encode(),
                int(_after("index ", lines[2])),
                _path(lines[3:]),
                note.encode(),
            )
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise _no_proof("a tlog-proof of an entry", str(error)) from None


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof has shown."""

    entry: dict[str, Any]
    number: int  #: of the entry in the whole log, from 0
    manifest: Manifest
    checkpoint: Checkpoint


def check(proof: Proof, key: VerifierKey) -> Proven:
    """Check every step; raise `ProofRefused` naming the one that fails. Reads no store."""
    try:
        checkpoint = open_checkpoint(proof.note, key)
    except NoteRefused as refused:
        message = f"checkpoint: {refused}"
        raise ProofRefused(message) from None
    _require(
        root_from_inclusion(proof.index, checkpoint.size, leaf_hash(proof.manifest), proof.path),
        checkpoint.root,
        "manifest in log",
    )
    try:
        manifest = Manifest.parse(proof.manifest)
        parse_line(proof.entry)
    except ValueError as error:
        message = f"form: {error}"
        raise ProofRefused(message) from None
    leaf = leaf_hash(proof.entry)
    root = root_from_inclusion(proof.entry_index, manifest.count, leaf, proof.entry_path)
    _require(root, bytes.fromhex(manifest.entries_root), "entry in segment")
    if manifest.index != proof.index:
        message = f"manifest: expected index {proof.index}, got {manifest.index}"
        raise ProofRefused(message)
    number = manifest.first_entry + proof.entry_index
    return Proven(json.loads(proof.entry), number, manifest, checkpoint)


def prove(store: TrailStore, key: VerifierKey, number: int) -> Proof:
    """The proof of the entry with this number in the whole log, counted from 0.

    Raise `BadInput` when the log has no such entry, `Inconsistent` when it is damaged there.
    """
    stored = store.get(CHECKPOINT)
    if stored is None:
        problem = Problem("store", "a log with a checkpoint", "none")
        raise BadInput("the proof", [problem], "Check --bucket or --folder and the region.")
    try:
        log = LogReader(store, open_checkpoint(stored.body, key).size)
        manifest = _find(log, number)
        proof = _proof(store, log, manifest, number, stored.body)
        check(proof, key)
    except (NoteRefused, MissingTile, ProofRefused, ValueError) as error:
        message = f"the log cannot prove entry {number}: {error}; run `autopilot audit verify`"
        raise Inconsistent(message) from None
    return proof


def number_of(store: TrailStore, key: VerifierKey, event: str) -> int:
    """The number of the entry with this event id, found by reading the log from its end.

    Raise `BadInput` when there is none.
    """
    stored = store.get(CHECKPOINT)
    size = open_checkpoint(stored.body, key).size if stored else 0
    log, wanted = LogReader(store, size), event.encode()
    for index in range(size - 1, -1, -1):
        manifest = Manifest.parse(log.leaf(index))
        segment = store.get(segment_key(index))
        lines = inflate(segment.body) if segment else []
        for at, line in enumerate(lines):
            if wanted in line and json.loads(line)["event"] == event:
                return manifest.first_entry + at
    problem = Problem("ENTRY", "the event id or number of an entry in the log", repr(event))
    raise BadInput("the proof", [problem], "Entries that wait to be sealed are not in it yet.")


def _proof(
    store: TrailStore, log: LogReader, manifest: Manifest, number: int, note: bytes
) -> Proof:
    segment = store.get(segment_key(manifest.index))
    if segment is None:
        message = f"{segment_key(manifest.index)} is missing"
        raise ProofRefused(message)
    lines, at = inflate(segment.body), number - manifest.first_entry
    entry_path = inclusion_proof(at, len(lines), subtree_of(leaf_hashes(lines)))
    path = inclusion_proof(manifest.index, log.size, log.subtree)
    return Proof(
        lines[at],
        at,
        tuple(entry_path),
        log.leaf(manifest.index),
        manifest.index,
        tuple(path),
        note,
    )


def _find(log: LogReader, number: int) -> Manifest:
    """The manifest of the segment that holds the entry, by halving."""
    low, high = 0, log.size
    while low < high:
        middle = (low + high) // 2
        manifest = Manifest.parse(log.leaf(middle))
        if number < manifest.first_entry:
            high = middle
        elif number >= manifest.first_entry + manifest.count:
            low = middle + 1
        else:
            return manifest
    problem = Problem("ENTRY", "the number of an entry in the log, from 0", str(number))
    raise BadInput("the proof", [problem], "Entries that wait to be sealed are not in it yet.")


def _no_proof(expected: str, got: str) -> BadInput:
    return BadInput("the proof", [Problem("file", expected, repr(got[:120]))], _ADVICE)


def _require(root: bytes | None, expected: bytes, step: str) -> None:
    if root != expected:
        got = root.hex() if root else "a path that cannot be one"
        message = f"{step}: expected root {expected.hex()}, got {got}"
        raise ProofRefused(message)


def _after(prefix: str, line: str) -> str:
    if not line.startswith(prefix):
        message = f"expected a line that begins with {prefix!r}, got {line[:40]!r}"
        raise ValueError(message)
    return line.removeprefix(prefix)


def _path(lines: Sequence[str]) -> tuple[bytes, ...]:
    path = tuple(_decoded(line) for line in lines)
    if len(path) > _PATH_MAX or any(len(each) != HASH_BYTES for each in path):
        message = f"expected at most {_PATH_MAX} hashes of {HASH_BYTES} bytes"
        raise ValueError(message)
    return path


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        message = f"expected base64: {error}"
        raise ValueError(message) from None
