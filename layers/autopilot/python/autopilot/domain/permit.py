"""Leave to make one change, by type: what every changing adapter demands and only the gate issues.

A permit names the very change it was issued for, so that it cannot be spent on another.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import Final

from autopilot.domain.switches import SwitchChange
from autopilot.domain.writes import ConditionalWrite
from autopilot.errors import Inconsistent

LEDGER: Final = "ledger"  #: record of the item whose attributes are effects and their rules
_ISSUER: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """Leave for one `act` on one `subject`; only the `issue_*` functions build it."""

    act: str
    subject: object
    issuer: InitVar[object]

    def __post_init__(self, issuer: object) -> None:
        """Raise `Inconsistent` when anything but this module builds a permit."""
        if issuer is not _ISSUER or type(self) is Permit:
            message = f"a permit for {self.act!r} was built outside the gate: expected the gate"
            raise Inconsistent(message)

    def demand(self, subject: object) -> None:
        """Raise `Inconsistent` unless this permit was issued for `subject`."""
        if self.subject != subject:
            message = f"permit for {self.act!r}: expected {self.subject!r}, got {subject!r}"
            raise Inconsistent(message)


class AllocationPermit(Permit):
    """Leave to change the allocation: advance, contain, undo."""

    __slots__ = ()


class LeasePermit(Permit):
    """Leave to take, renew or return a lease."""

    __slots__ = ()


class LeverPermit(Permit):
    """Leave to engage the stop lever, or to resume."""

    __slots__ = ()


class StandingPermit(Permit):
    """Leave to refresh the standing plans."""

    __slots__ = ()


class JournalPermit(Permit):
    """Leave to take exported entries out of the journal."""

    __slots__ = ()


class RecordPermit(Permit):
    """Leave to write a record that is no effect: a run, an outcome, a claim, an observation."""

    __slots__ = ()


class IntentPermit(Permit):
    """Leave to write down the intent to turn a switch."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class KeyErasure:
    """The destruction of one person's keys, and the run that was allowed to."""

    reference: str
    run: str


class ErasurePermit(Permit):
    """Leave to destroy the keys of one person."""

    __slots__ = ()


class SwitchPermit(Permit):
    """Leave to turn one switch outside the ledger, from exactly what was observed."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Removal:
    """The destruction of objects of a trail: each by key and version, and the run that does it."""

    objects: tuple[tuple[str, str], ...]
    run: str


class RemovalPermit(Permit):
    """Leave to destroy objects of a trail that lie elsewhere, or whose time is over."""

    __slots__ = ()


class RestorePermit(Permit):
    """Leave to put the whole ledger item back from a backup."""

    __slots__ = ()


#: Begins the name of every copy of a table, after the table's own.
COPY_SUFFIX: Final = "-copy-"


@dataclass(frozen=True, slots=True)
class TableCopy:
    """A copy of a table as it was at an instant (whole seconds), under a name of its own."""

    name: str
    source: str  #: the table that it is a copy of
    at_ms: int
    run: str


class TableCopyPermit(Permit):
    """Leave to make a copy of a table, or to remove that copy."""

    __slots__ = ()


def issue_restore(act: str, write: ConditionalWrite) -> RestorePermit:
    """Leave to make `write`, which replaces the whole ledger item."""
    return RestorePermit(act=act, subject=write, issuer=_ISSUER)


def issue_table_copy(act: str, copy: TableCopy) -> TableCopyPermit:
    """Leave to make `copy`, or to remove it."""
    return TableCopyPermit(act=act, subject=copy, issuer=_ISSUER)


def issue_intent(act: str, write: ConditionalWrite) -> IntentPermit:
    """Leave to make `write`, which puts an intent into the journal."""
    return IntentPermit(act=act, subject=write, issuer=_ISSUER)


def issue_switch(act: str, change: SwitchChange) -> SwitchPermit:
    """Leave to make `change`, whose intent is in the ledger."""
    return SwitchPermit(act=act, subject=change, issuer=_ISSUER)


def issue_allocation(act: str, write: ConditionalWrite) -> AllocationPermit:
    """Leave to make `write`, which changes the allocation."""
    return AllocationPermit(act=act, subject=write, issuer=_ISSUER)


def issue_lease(act: str, write: ConditionalWrite) -> LeasePermit:
    """Leave to make `write`, which changes who holds a lease."""
    return LeasePermit(act=act, subject=write, issuer=_ISSUER)


def issue_lever(act: str, write: ConditionalWrite) -> LeverPermit:
    """Leave to make `write`, which moves the stop lever."""
    return LeverPermit(act=act, subject=write, issuer=_ISSUER)


def issue_standing(act: str, write: ConditionalWrite) -> StandingPermit:
    """Leave to make `write`, which replaces the standing plans."""
    return StandingPermit(act=act, subject=write, issuer=_ISSUER)


def issue_journal(act: str, write: ConditionalWrite) -> JournalPermit:
    """Leave to make `write`, which removes exported entries."""
    return JournalPermit(act=act, subject=write, issuer=_ISSUER)


def issue_record(act: str, write: ConditionalWrite) -> RecordPermit:
    """Leave to make `write` to any item but the ledger's; raise `Inconsistent` for that one."""
    if write.record == LEDGER:
        message = f"permit for {act!r}: expected a record that is no effect, got {LEDGER!r}"
        raise Inconsistent(message)
    return RecordPermit(act=act, subject=write, issuer=_ISSUER)


def issue_erasure(act: str, erasure: KeyErasure) -> ErasurePermit:
    """Leave to carry out `erasure`, which nobody can undo."""
    return ErasurePermit(act=act, subject=erasure, issuer=_ISSUER)


def issue_removal(act: str, removal: Removal) -> RemovalPermit:
    """Leave to destroy what `removal` names, which nobody can undo."""
    return RemovalPermit(act=act, subject=removal, issuer=_ISSUER)
