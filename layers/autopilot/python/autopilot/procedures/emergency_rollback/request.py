"""The input of emergency_rollback, as operators and incidents write it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from autopilot.procedures.requests import IncidentId, Reason, Request


class EmergencyRollbackRequest(Request):
    """What to roll back is found by evidence; nothing has to be said."""

    although_healthy: bool = False  #: roll back although the service shows no harm
    lease_wait_seconds: Annotated[int, Field(ge=0, le=300)] = 0
    reason: Reason = ""
    #: The incident that this rollback is run for: it pages the success.
    incident: IncidentId = ""
