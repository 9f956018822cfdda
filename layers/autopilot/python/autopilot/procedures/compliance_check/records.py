"""What the ledger says that controls ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopilot.compliance.duties import BREACHES
from autopilot.domain.evidence.evidence import OpenBreach, Records
from autopilot.domain.known import Found, Known, Unread
from autopilot.errors import Inconsistent, Transient

if TYPE_CHECKING:
    from autopilot.gate.gate import Gate


def read_records(gate: Gate) -> Found[Records]:
    """Journal and incidents; unread when the ledger does not answer, or has no such service."""
    try:
        entries = [int(entry["at_ms"]) for _, _, entry in gate.read().journal()]
        incidents = gate.find_incidents()
    except (Transient, Inconsistent) as error:
        return Unread(str(error))
    return Known(
        Records(
            journal_oldest_ms=min(entries, default=None),
            breaches=tuple(
                OpenBreach(one.incident, one.family, one.opened_ms)
                for one in incidents
                if one.is_open and one.family in BREACHES
            ),
        )
    )
