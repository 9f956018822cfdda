"""What rehearsals and restores need from the outside world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from autopilot.domain.rehearsal import Numbers, Rehearsal


class RehearsalShelf(Protocol):
    """Files reports of rehearsals."""

    def keep(self, rehearsal: Rehearsal, before: Sequence[Numbers], run: str) -> str:
        """File the report, with the trend of the rehearsals before; return where it is.

        Twice is once for a run.
        """
        ...


class RecoveryDesk(Protocol):
    """What only rehearsals and restores need, each part built when it is first asked for."""

    @property
    def shelf(self) -> RehearsalShelf:
        """Files reports."""
        ...
