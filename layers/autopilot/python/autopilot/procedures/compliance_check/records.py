"""What the ledger says that controls ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from autopilot.compliance.duties import BREACHES
from autopilot.domain.evidence.evidence import OpenBreach, Records
from autopilot.domain.known import Found, Known, Unread
from autopilot.errors import Inconsistent, Transient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autopilot.gate.gate import Gate
    from autopilot.gate.ledger import LedgerView


def read_records(gate: Gate) -> Found[Records]:
    """Journal and incidents; unread when the ledger does not answer, or has no such service."""
    try:
        view = gate.read()
        incidents = gate.find_incidents()
    except (Transient, Inconsistent) as error:
        return Unread(str(error))
    return Known(
        Records(
            journal_oldest_ms=min(_instants(view), default=None),
            breaches=tuple(
                OpenBreach(one.incident, one.family, one.opened_ms)
                for one in incidents
                if one.is_open and one.family in BREACHES
            ),
        )
    )


def _instants(view: LedgerView) -> Iterator[int]:
    """When each entry that waits for export was written."""
    causes = view.item["causes"]
    return (int(causes[entry_id]["at_ms"]) for _, entry_id, _ in view.journal())
