"""Signed notes and checkpoints: the trail's head, as C2SP signed-note and tlog-checkpoint say.

https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint. Ed25519 only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from autopilot.audit.merkle import HASH_BYTES
from autopilot.errors import BadInput, Problem
from autopilot.ports.trail import Signer

ED25519: Final = b"\x01"  #: signature type of signed-note
KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
SIGNATURES_MAX: Final = 64
NOTE_BYTES_MAX: Final = 65_536
_KEY_ID_BYTES: Final = 4
_DASH: Final = "\u2014 "
_ADVICE: Final = "Give the verifier key as it was published: <origin>+<8 hex digits>+<base64>."


class NoteRefused(Exception):
    """A note cannot be believed; the message says why."""

    def __init__(self, message: str, *, key_known: bool = True) -> None:
        """Say why; `key_known` is False when no trusted key signed the note at all."""
        self.key_known = key_known
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and an Ed25519 public key that is trusted under it."""

    name: str
    public_key: bytes

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read `<name>+<key id>+<base64 of type and key>`; raise `BadInput` for anything else."""
        parts = text.strip().split("+", 2)
        try:
            name, key_id, encoded = parts
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            raise _bad_key("three parts: <name>+<key id>+<base64>", text) from None
        if raw[:1] != ED25519 or len(raw) != 1 + KEY_BYTES:
            raise _bad_key("an Ed25519 key: 33 bytes that begin with 01", raw.hex())
        key = cls(name, raw[1:])
        if key_id != key.key_id.hex():
            raise _bad_key(f"key id {key.key_id.hex()}", key_id)
        return key

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, signature type and public key."""
        preimage = self.name.encode() + b"\n" + ED25519 + self.public_key
        return hashlib.sha256(preimage).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        encoded = base64.b64encode(ED25519 + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: how many leaves, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """The signed note; the key's name is the log's origin."""
    text = checkpoint.text()
    key = VerifierKey(checkpoint.origin, signer.public_key())
    signature = base64.b64encode(key.key_id + signer.sign(text.encode())).decode()
    return f"{text}\n{_DASH}{key.name} {signature}\n".encode()


def open_checkpoint(note: bytes, key: VerifierKey) -> Checkpoint:
    """The checkpoint that `key` has signed; raise `NoteRefused` unless it has, as its own log."""
    text = verified_text(note, key)
    checkpoint = _checkpoint(text)
    if checkpoint.origin != key.name:
        message = f"expected origin {key.name}, got {checkpoint.origin}"
        raise NoteRefused(message)
    return checkpoint


def verified_text(note: bytes, key: VerifierKey) -> str:
    """The text of a note, once the signature of `key` over it has been verified."""
    text, signatures = _parts(note)
    mine = [
        signature
        for name, signature in signatures
        if name == key.name and signature[:_KEY_ID_BYTES] == key.key_id
    ]
    if not mine:
        names = ", ".join(sorted({name for name, _ in signatures}))
        message = f"expected a signature of {key.name} {key.key_id.hex()}, got those of {names}"
        raise NoteRefused(message, key_known=False)
    public = Ed25519PublicKey.from_public_bytes(key.public_key)
    for signature in mine:
        try:
            public.verify(signature[_KEY_ID_BYTES:], text.encode())
        except InvalidSignature:
            message = f"the signature of {key.name} is not of this text"
            raise NoteRefused(message) from None
    return text


def _parts(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > NOTE_BYTES_MAX:
        message = f"expected at most {NOTE_BYTES_MAX} bytes, got {len(note)}"
        raise NoteRefused(message)
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise NoteRefused("expected UTF-8") from None
    text, blank, signed = whole.rpartition("\n\n")
    lines = signed.split("\n")
    well_formed = blank and lines.pop() == "" and 0 < len(lines) <= SIGNATURES_MAX
    if not well_formed or any(char < " " and char != "\n" for char in whole):
        raise NoteRefused("expected a text, an empty line and signature lines")
    return text + "\n", [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    dash, (name, _, encoded) = line[: len(_DASH)], line[len(_DASH) :].partition(" ")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    if dash != _DASH or not name or len(raw) <= _KEY_ID_BYTES:
        message = f"expected a signature line, got {line[:80]!r}"
        raise NoteRefused(message)
    return name, raw


def _checkpoint(text: str) -> Checkpoint:
    lines = text.split("\n")
    try:
        origin, size, encoded = lines[:3]
        root = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise NoteRefused("expected the lines origin, size and root") from None
    canonical = size.isascii() and size.isdigit() and str(int(size)) == size
    if not origin or not canonical or len(root) != HASH_BYTES:
        message = f"expected an origin, a size and 32 bytes of root, got {lines[:3]}"
        raise NoteRefused(message)
    return Checkpoint(origin, int(size), root)


def _bad_key(expected: str, got: str) -> BadInput:
    return BadInput("the verifier key", [Problem("key", expected, repr(got[:120]))], _ADVICE)
