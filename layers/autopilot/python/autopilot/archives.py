"""What moving sealed segments into the archive, and letting them go at last, needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from autopilot.domain.permit import Removal, RemovalPermit
from autopilot.ports.trail import TrailStore


class Locks(Protocol):
    """Keeps objects of one bucket from everybody until an instant (S3 Object Lock, compliance)."""

    def lock(self, key: str, until_ms: int) -> None:
        """Lock what lies under `key`; a lock is only ever extended."""
        ...

    def locked_until_ms(self, key: str) -> int:
        """Until when it is locked; 0 when it is not."""
        ...


class Shredder(Protocol):
    """Destroys versions of objects of one bucket, so that nothing is left of them."""

    def destroy(self, removal: Removal, permit: RemovalPermit) -> None:
        """Destroy what `removal` names. Destroying it twice is destroying it once."""
        ...


@dataclass(frozen=True, slots=True)
class ArchiveCopy:
    """The archive of one region's log, as it lies in one region."""

    region: str  #: in which it lies
    store: TrailStore
    locks: Locks
    shredder: Shredder


class Archives(Protocol):
    """The log of this region, and its archive in every region that keeps one."""

    @property
    def log(self) -> TrailStore:
        """The log's own bucket."""
        ...

    @property
    def shredder(self) -> Shredder:
        """Destroys what was moved out of the log's bucket."""
        ...

    @property
    def copies(self) -> tuple[ArchiveCopy, ...]:
        """This region's copy first."""
        ...

    @property
    def inbox(self) -> TrailStore:
        """Where entries wait to be sealed into this region's log."""
        ...
