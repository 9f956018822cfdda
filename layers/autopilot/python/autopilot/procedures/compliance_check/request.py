"""The input of a compliance check."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import Field

from autopilot.domain.compliance_section import ControlId
from autopilot.procedures.requests import Request, read_request

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

RUNBOOK: Final = "compliance_check"


class ComplianceRequest(Request):
    """Which controls. Without anything: all of them, shown, and nothing is recorded."""

    controls: list[ControlId] = Field(default_factory=list, max_length=100)
    once_a_day: bool = Field(
        default=False, description="Leave it when this day's check is recorded: the other region."
    )


def read_compliance(message: Message, dependencies: Dependencies) -> ComplianceRequest:
    """The request in a machine's message."""
    return read_request(
        ComplianceRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
