"""The input of regional_failover, as operators and incidents write it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from autopilot.domain.allocation import REGION_PATTERN
from autopilot.procedures.requests import IncidentId, Reason, Request


class RegionalFailoverRequest(Request):
    """Which region to leave. All of it can be left out: observation fills the gaps."""

    direction: Literal["away", "back"] | None = None
    #: The region to leave; by default the lost one, else the one that owns the writes.
    region: Annotated[str, Field(pattern=f"^{REGION_PATTERN}$", max_length=20)] | None = None
    lease_wait_seconds: Annotated[int, Field(ge=0, le=300)] = 0
    requested_by: Annotated[str, Field(max_length=256)] | None = None
    reason: Reason = ""
    #: The incident that this failover is run for: only the loss of a region is answered so.
    incident: IncidentId = ""
