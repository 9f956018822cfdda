"""The input of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from autopilot.procedures.requests import Request, read_request

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

RUNBOOK: Final = "health_sweep"


class SweepRequest(Request):
    """How closely to look. Without anything: everything is shown, nothing is recorded."""

    kind: Literal["light", "full", "review"] = "full"


def read_sweep(message: Message, dependencies: Dependencies) -> SweepRequest:
    """The request in a machine's message."""
    return read_request(
        SweepRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
