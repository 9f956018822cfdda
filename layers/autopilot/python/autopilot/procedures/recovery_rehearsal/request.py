"""The input of a rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from autopilot.errors import BadInput, Problem
from autopilot.procedures.requests import Request, read_request

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

RUNBOOK: Final = "recovery_rehearsal"


class RehearsalRequest(Request):
    """Which region would take over. Without anything: the one that the run is in."""

    to: Annotated[str, Field(max_length=20)] | None = None


def read_rehearsal(message: Message, dependencies: Dependencies) -> RehearsalRequest:
    """The request in a machine's message; raise `BadInput` for a region that serves nobody."""
    request = read_request(
        RehearsalRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
    regions = dependencies.profile.regions
    if request.to not in (None, regions.home, regions.standby):
        problem = Problem("to", f"one of {regions.home}, {regions.standby}", str(request.to))
        raise BadInput(f"the input of {RUNBOOK}", [problem], "Name a region that serves.")
    return request
