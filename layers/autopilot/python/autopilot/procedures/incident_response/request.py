"""The input of incident_response, as cases and operators write it."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from autopilot.domain.family import Family
from autopilot.domain.personal import withheld
from autopilot.procedures.requests import Request

RUNBOOK: Final = "incident_response"
REASON_MAX: Final = 96
_ID: Final = rf"^incident-({'|'.join(Family)})-\d{{8}}T\d{{6}}Z-[0-9a-f]{{12}}$"


def _kept(reason: str) -> str:
    """It goes into records and pages, for as long as the trail is kept."""
    return withheld(reason)[:REASON_MAX]


class IncidentRequest(Request):
    """Which incident to answer. Without one, an incident of the traffic family is opened."""

    incident: Annotated[str, Field(pattern=_ID)] | None = None
    generation: Annotated[int, Field(ge=1, le=1_000)] = 1
    reason: Annotated[str, Field(max_length=REASON_MAX), AfterValidator(_kept)] = ""

    @property
    def family(self) -> Family:
        """The family that the incident's id names; traffic when an operator names none."""
        return Family(self.incident.split("-")[1]) if self.incident else Family.TRAFFIC
