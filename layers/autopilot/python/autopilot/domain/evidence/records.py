"""Facts that the ledger keeps: what waits, what was verified, what was promised to persons."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenBreach:
    """An incident that may be a breach of personal data, and is not closed."""

    incident: str
    family: str
    opened_ms: int


@dataclass(frozen=True, slots=True)
class TrailState:
    """The trail of one region, once it has a segment or was verified."""

    region: str
    verified_ms: int | None  #: None: never
    whole: bool  #: the last verification found no damage


@dataclass(frozen=True, slots=True)
class RetentionReport:
    """What the last archiving of one region left."""

    region: str
    at_ms: int
    waiting: int  #: packs that were due and are not archived
    over: int  #: classes of which something is older than its limit


@dataclass(frozen=True, slots=True)
class Erasure:
    """The erasure of a person's data, by the person's reference."""

    reference: str
    begun_ms: int
    is_done: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A person's request, by its number, and the day by which it is answered."""

    number: str
    due_ms: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class RestoreTried:
    """The last restore of the ledger from its backup, or since when none was tried."""

    at_ms: int  #: of the try; without one, of the first rehearsal, which has asked for it
    is_tried: bool
    is_sound: bool  #: the copy verified


@dataclass(frozen=True, slots=True)
class Records:
    """What the ledger says; a part that is not installed has nothing here."""

    journal_oldest_ms: int | None = None  #: the oldest entry that waits for export
    breaches: tuple[OpenBreach, ...] = ()
    trails: tuple[TrailState, ...] = ()
    retention: tuple[RetentionReport, ...] = ()
    erasures: tuple[Erasure, ...] = ()
    requests: tuple[Request, ...] = ()
    restore: RestoreTried | None = None
