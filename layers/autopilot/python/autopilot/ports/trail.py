"""What a log of the trail needs: a store, a key that signs, an anchor elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from autopilot.domain.trail_head import TrailHead


@dataclass(frozen=True, slots=True)
class Stored:
    """What lies under a key."""

    body: bytes
    version: str  #: the store's id of this version; empty where it keeps none
    tag: str  #: changes whenever the body does; for `replace`


@dataclass(frozen=True, slots=True)
class Listed:
    """One key, as the store lists it."""

    key: str
    bytes: int
    version: str
    versions: int = 1  #: kept under this key, the present one and marks of deletion included
    deleted: bool = False  #: the newest version says that there is nothing
    md5: str = ""  #: of the newest version, as the store itself keeps it; empty where it has none


class TrailStore(Protocol):
    """Where a log and what waits for it lie: a bucket, a folder. Keys are below its prefix."""

    def put_if_absent(self, key: str, body: bytes) -> str | None:
        """Store `body` and return its version; None when something is there already."""
        ...

    def replace(self, key: str, body: bytes, *, over: str | None) -> bool:
        """Store `body` if what lies there has the tag `over` (None: if nothing does)."""
        ...

    def get(self, key: str) -> Stored | None:
        """What lies under `key`, or None."""
        ...

    def objects(self, prefix: str = "") -> Iterator[Listed]:
        """Every key that begins with `prefix`, in order of the keys' UTF-8 bytes.

        Keys whose newest version says that there is nothing are among them.
        """
        ...

    def present(self, prefix: str) -> Iterator[str]:
        """Every key that begins with `prefix` and has something under it, in the same order."""
        ...

    def remove(self, key: str) -> None:
        """Take away what lies under `key`, if anything does."""
        ...


class TrailMetrics(Protocol):
    """Publishes what happens to the trail where alarms of this region see it."""

    def publish(self, name: str, value: int) -> None:
        """Publish one value now."""
        ...


class Signer(Protocol):
    """Holds an Ed25519 key and does not give it away (RFC 8032)."""

    def public_key(self) -> bytes:
        """The 32 bytes of the public key."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature; the same message has the same one."""
        ...


class Anchor(Protocol):
    """Keeps the head of one log where whoever can write the bucket cannot."""

    def read(self) -> TrailHead:
        """The head as it stands; an empty one before the first change."""
        ...

    def swap(self, old: TrailHead, new: TrailHead) -> bool:
        """Put `new` where `old` stands; False when something else stands there now.

        A change that was applied though its answer was lost counts as applied.
        """
        ...
