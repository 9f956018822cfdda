"""What the ledger says that controls ask for. Parts that are not installed have no records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from autopilot.compliance.duties import BREACHES
from autopilot.domain.erasure import DUE
from autopilot.domain.evidence.records import (
    Erasure,
    OpenBreach,
    Records,
    Request,
    RestoreTried,
    RetentionReport,
    TrailState,
)
from autopilot.domain.instants import month_of
from autopilot.domain.known import Found, Known, Unread
from autopilot.errors import Inconsistent, Transient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autopilot.gate.gate import Gate
    from autopilot.gate.ledger import LedgerView

#: Records of other runbooks, by the beginning of their names: docs/trail.md, docs/erasure.md.
_VERIFIED: Final = "trail-verified/"
_HEAD: Final = "log/"
_RETENTION: Final = "retention-report/"
_ERASURE: Final = "erasure/"
_RESTORED: Final = "restore/last"  #: docs/rehearsal.md
_REHEARSED: Final = "rehearsal/"
_DONE: Final = "done"
_OPEN: Final = "open"
_MONTH_MS: Final = 30 * 86_400_000
#: Requests are listed by the month in which they are due: a year back, and as far ahead as an
#: extended one can be (Art. 12(3): three months in all).
_MONTHS: Final = range(-12, 5)


def read_records(gate: Gate, now_ms: int) -> Found[Records]:
    """All of it; unread when the ledger does not answer, or has no such service."""
    try:
        return Known(_records(gate, now_ms))
    except (Transient, Inconsistent) as error:
        return Unread(str(error))


def _records(gate: Gate, now_ms: int) -> Records:
    return Records(
        journal_oldest_ms=min(_instants(gate.read()), default=None),
        breaches=tuple(
            OpenBreach(one.incident, one.family, one.opened_ms)
            for one in gate.find_incidents()
            if one.is_open and one.family in BREACHES
        ),
        trails=tuple(_trails(gate)),
        retention=tuple(
            RetentionReport(
                region=str(one["record"]).removeprefix(_RETENTION),
                at_ms=int(one["at_ms"]),
                waiting=int(one.get("left_in_all", 0)),
                over=int(one.get("over", 0)),
            )
            for one in gate.find_records(_RETENTION)
        ),
        erasures=tuple(
            Erasure(
                reference=str(one["record"]).removeprefix(_ERASURE),
                begun_ms=int(one["begun_ms"]),
                is_done=one["progress"] == _DONE,
            )
            for one in gate.find_records(_ERASURE)
            if one.get("progress")  # without it there is a hold, and no erasure
        ),
        requests=tuple(_requests(gate, now_ms)),
        restore=_restore(gate),
    )


def _requests(gate: Gate, now_ms: int) -> Iterator[Request]:
    for month in sorted({month_of(now_ms + step * _MONTH_MS) for step in _MONTHS}):
        for one in gate.find_records(f"{DUE}{month}/"):
            yield Request(str(one["request"]), int(one["due_ms"]), one["state"] == _OPEN)


def _restore(gate: Gate) -> RestoreTried | None:
    """The last try; None before the first rehearsal has asked for one."""
    tried = gate.find_record(_RESTORED)
    if tried is not None:
        return RestoreTried(int(tried["ended_ms"]), is_tried=True, is_sound=bool(tried["verified"]))
    asked = [int(one["observed_ms"]) for one in gate.find_records(_REHEARSED)]
    return RestoreTried(min(asked), is_tried=False, is_sound=False) if asked else None


def _instants(view: LedgerView) -> Iterator[int]:
    """When each entry that waits for export was written."""
    causes = view.item["causes"]
    return (int(causes[entry_id]["at_ms"]) for _, entry_id, _ in view.journal())


def _trails(gate: Gate) -> Iterator[TrailState]:
    """The trails that have segments, or were verified."""
    verified = {
        str(one["record"]).removeprefix(_VERIFIED): one for one in gate.find_records(_VERIFIED)
    }
    begun = {
        str(one["record"]).removeprefix(_HEAD) for one in gate.find_records(_HEAD) if one["size"]
    }
    for region in sorted(begun | verified.keys()):
        found = verified.get(region)
        yield TrailState(
            region=region,
            verified_ms=int(found["verified_ms"]) if found else None,
            whole=bool(found["verified"]) if found else True,
        )
