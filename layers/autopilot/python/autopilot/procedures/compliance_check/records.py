"""What the ledger says that controls ask for. Parts that are not installed have no records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from autopilot.compliance.duties import BREACHES
from autopilot.domain.evidence.records import (
    Erasure,
    OpenBreach,
    Records,
    RestoreTried,
    RetentionReport,
    TrailState,
)
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


def read_records(gate: Gate) -> Found[Records]:
    """All of it; unread when the ledger does not answer, or has no such service."""
    try:
        return Known(_records(gate))
    except (Transient, Inconsistent) as error:
        return Unread(str(error))


def _records(gate: Gate) -> Records:
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
        restore=_restore(gate),
    )


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
