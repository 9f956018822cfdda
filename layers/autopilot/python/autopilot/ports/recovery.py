"""What rehearsals and restores need from the outside world."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from autopilot.domain.permit import TableCopy, TableCopyPermit
from autopilot.domain.rehearsal import Numbers, Rehearsal
from autopilot.domain.trail_head import TrailHead
from autopilot.ports import Record


class RehearsalShelf(Protocol):
    """Files reports of rehearsals."""

    def keep(self, rehearsal: Rehearsal, before: Sequence[Numbers], run: str) -> str:
        """File the report, with the trend of the rehearsals before; return where it is.

        Twice is once for a run.
        """
        ...


class CopyState(StrEnum):
    """How far a copy of a table is."""

    ABSENT = "absent"
    MAKING = "making"
    READY = "ready"


class TableCopies(Protocol):
    """Copies of the ledger's table as it was at an instant, in the region of the run."""

    def make(self, copy: TableCopy, permit: TableCopyPermit) -> None:
        """Begin to make the copy; twice is once.

        Raises `Refused` when there is another table of that name, or the instant cannot be had.
        """
        ...

    def state(self, copy: TableCopy) -> CopyState:
        """How far it is."""
        ...

    def read(self, copy: TableCopy, record: str) -> Record | None:
        """One of its records."""
        ...

    def begin_with(self, copy: TableCopy, prefix: str, *, after: str, limit: int) -> list[Record]:
        """Its records whose names begin so and come after a name, in order of name."""
        ...

    def remove(self, copy: TableCopy, permit: TableCopyPermit) -> None:
        """Remove the copy; one that is not there is removed."""
        ...


class TrailHeads(Protocol):
    """Reads the head of a region's log from the log itself."""

    def recovered(self, region: str, revision: int) -> TrailHead | None:
        """What its newest checkpoint tells, under that revision; None when it has none.

        Raises `Inconsistent` unless the log's own key has signed it, over the root that it has.
        """
        ...


class RecoveryDesk(Protocol):
    """What only rehearsals and restores need, each part built when it is first asked for."""

    @property
    def shelf(self) -> RehearsalShelf:
        """Files reports."""
        ...

    @property
    def copies(self) -> TableCopies:
        """Makes and reads copies of the ledger."""
        ...

    @property
    def heads(self) -> TrailHeads:
        """Reads heads of trails from the trails."""
        ...

    @property
    def ledger_table(self) -> str:
        """The name of the ledger's table."""
        ...
