"""The input of a restore of the ledger, and the plan that travels through its machine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from autopilot.domain.instants import instant
from autopilot.domain.permit import TableCopy
from autopilot.procedures.requests import Reason, Request, read_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

RUNBOOK: Final = "ledger_restore"
_MS: Final = 1000


def _instant(text: str) -> str:
    """RFC 3339 in UTC, to the second."""
    try:
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        message = "an instant such as 2026-11-03T09:30:00Z"
        raise ValueError(message) from None
    return text


class RestoreRequest(Request):
    """What to do with which instant. Without anything: shows what would be verified."""

    #: verify makes a copy, verifies it, measures how long that takes, and removes it.
    action: Literal["verify", "restore"] = "verify"
    #: The instant to go back to; by default the newest that can be restored.
    at: Annotated[str, Field(max_length=20), AfterValidator(_instant)] | None = None
    #: A copy that people have made, such as of the backup of a table that was deleted; it is kept.
    from_table: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{3,255}$")] | None = None
    requested_by: Annotated[str, Field(max_length=256)] | None = None
    reason: Reason = ""

    @property
    def at_ms(self) -> int | None:
        """The instant, in Unix milliseconds."""
        if self.at is None:
            return None
        moment = datetime.strptime(self.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return int(moment.timestamp()) * _MS


def read_restore(message: Message, dependencies: Dependencies) -> RestoreRequest:
    """The request in a machine's message."""
    return read_request(
        RestoreRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )


def source_in_words(planned: Mapping[str, Any]) -> str:
    """What is gone back to: an instant, or what a table holds that people have made."""
    at_ms = int(planned["at_ms"])
    return f"of {instant(at_ms)}" if at_ms else f"in table {planned['copy']}"


def copy_of(message: Message) -> TableCopy:
    """The copy that the run works with."""
    planned: dict[str, Any] = message["restore"]
    return TableCopy(
        name=str(planned["copy"]),
        source=str(planned["table"]),
        at_ms=int(planned["at_ms"]),
        run=str(message["run"]),
    )
