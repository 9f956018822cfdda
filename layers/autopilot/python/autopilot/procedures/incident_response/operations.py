"""What the states of incident_response do: look, begin, tell, close."""

from __future__ import annotations

import hashlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from autopilot.errors import Refused
from autopilot.gate.incidents import Opening
from autopilot.procedures.cases import incident_id
from autopilot.procedures.incident_response.assessing import assess
from autopilot.procedures.incident_response.ending import close, find_late
from autopilot.procedures.incident_response.request import RUNBOOK, IncidentRequest
from autopilot.procedures.incident_response.telling import note
from autopilot.procedures.registry import Message, Operations, Trust
from autopilot.procedures.requests import read_request

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies


def begin(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Begin to work on the incident; `ours` is False when another run does already.

    An operator's run opens an incident; raises `Refused` naming the one that is open already.
    """
    request = read_request(
        IncidentRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
    run, runner = str(message["run"]), str(message["execution"])
    if request.incident is None:
        _open_by_hand(run, request, message, dependencies)
    claim = dependencies.gate.begin_incident(request.family, run, runner)
    return {
        "ours": claim.runner == runner and claim.is_open,
        "incident": {
            "incident": claim.incident,
            "family": claim.family,
            "generation": claim.generation,
            "run": run,
            "runner": runner,
        },
        "request": {
            "mode": "execute",
            "incident": claim.incident,
            "generation": claim.generation,
            "reason": request.reason,
        },
    }


def _open_by_hand(
    run: str, request: IncidentRequest, message: Message, dependencies: Dependencies
) -> None:
    key = hashlib.sha256(str(message["execution"]).encode()).hexdigest()[:12]
    incident = incident_id(request.family, int(message["assessed"]["memory"]["begun_ms"]), key)
    reason = request.reason or "started by hand"
    opening = Opening(request.family, incident, owner=key, reason=reason, run=run)
    stands = dependencies.gate.claim_incident(opening)
    if stands.run != run and not stands.is_open:
        stands = dependencies.gate.take_over_incident(stands, opening)
    if stands.run != run:
        raise Refused(
            f"incident {stands.incident} is open already, expected none of family "
            f"{request.family}: look at its run {stands.run}, which answers it."
        )


OPERATIONS: Final[Operations] = MappingProxyType(
    {
        Trust.PLAN: {},
        Trust.READ: {"assess": assess},
        Trust.CHANGE: {},
        Trust.REPORT: {"begin": begin, "note": note, "close": close, "find_late": find_late},
    }
)
