"""The input of a pre-flight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from autopilot.procedures.requests import Request, read_request

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

RUNBOOK: Final = "preflight"
RegionName = Annotated[str, Field(max_length=20)]


class PreflightRequest(Request):
    """Which move to look at. Without anything: to the region of the function that is asked."""

    to: RegionName | None = Field(None, description="The region that is moved to.")
    lost: bool = Field(
        default=False, description="Judge as if the other region were lost, and do not ask it."
    )


def read_preflight(message: Message, dependencies: Dependencies) -> PreflightRequest:
    """The request in a message."""
    return read_request(
        PreflightRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
