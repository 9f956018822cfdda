"""What the keys of persons, and requests of persons, need; the adapters provide it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from autopilot.domain.permit import ErasurePermit, KeyErasure
from autopilot.ports.trail import Signer, TrailStore


@dataclass(frozen=True, slots=True)
class WrappedKeys:
    """One person's keys, readable only through the key that wraps them."""

    key_id: str  #: random; names these keys and nobody else's
    wrapped: bytes
    created_ms: int


class Vault(Protocol):
    """Keeps the wrapped keys of persons, by their reference, for every region at once.

    All methods raise `Transient` when no replica answers.
    """

    def find(self, reference: str) -> WrappedKeys | None:
        """The keys as they stand in every region, or None."""
        ...

    def keep(self, reference: str, keys: WrappedKeys) -> WrappedKeys:
        """Keep `keys` unless there are some already; answers with those that stand."""
        ...

    def erase(self, erasure: KeyErasure, permit: ErasurePermit) -> None:
        """Destroy the keys, in every region. Destroying them twice is destroying them once."""
        ...


class KeyWrapper(Protocol):
    """Makes and unwraps keys of persons; a reference binds what it wraps to one of them."""

    def make(self, reference: str) -> tuple[bytearray, bytes]:
        """64 fresh random bytes, and the same wrapped. The caller wipes the first."""
        ...

    def unwrap(self, wrapped: bytes, reference: str) -> bytearray:
        """What was wrapped for `reference`; raise `Refused` for any other. The caller wipes it."""
        ...


class References(Protocol):
    """Names persons by a keyed hash, which nobody without the key can compute or undo."""

    def reference(self, subject: str) -> str:
        """The reference of the service's own id of a person: the same in every region."""
        ...


class ErasureRegister(Protocol):
    """Knows whose keys were destroyed, and when."""

    def erased_ms(self, reference: str) -> int:
        """When the erasure of a person last began; 0 when there was none."""
        ...


class Reader(Protocol):
    """Opens the entries of one person."""

    @property
    def pseudonym(self) -> str:
        """The person's name in the trail."""
        ...

    def fields(self, *, event: str, key: str, sealed: Mapping[str, str]) -> Mapping[str, str]:
        """Fields of the entry `event`, sealed under `key`, in the clear; or raise `Refused`."""
        ...


class Opener(Protocol):
    """Opens what was sealed about a person, while the person's keys exist."""

    def opened(self, reference: str) -> AbstractContextManager[Reader]:
        """What reads a person's entries until the exit; raise `Refused` without keys."""
        ...


class Disclosures(Protocol):
    """Where what is held about a person is handed out, for a few days."""

    def put(self, key: str, body: bytes) -> str:
        """Store `body` and return where it lies; the same key again replaces it."""
        ...


class Persons(Protocol):
    """Everything that requests of persons need, each built when it is first asked for."""

    @property
    def vault(self) -> Vault:
        """Where the wrapped keys of persons are."""
        ...

    @property
    def opener(self) -> Opener:
        """Opens what was sealed about a person."""
        ...

    @property
    def trails(self) -> Mapping[str, TrailStore]:
        """The log of each region that acts, by region."""
        ...

    @property
    def inbox(self) -> TrailStore:
        """Where entries wait to be sealed into this region's log."""
        ...

    @property
    def disclosures(self) -> Disclosures:
        """Where what is held about a person is handed out."""
        ...

    @property
    def receipt_signer(self) -> Signer:
        """Signs receipts of erasures."""
        ...
