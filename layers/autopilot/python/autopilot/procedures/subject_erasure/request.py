"""The input of subject_erasure. It names a person by reference, never by an id others know.

Step Functions keeps a run's input for 90 days after the run (docs/privacy.md), and what an erasure
leaves behind must not name who was erased.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from autopilot.domain.erasure import Exemption, IdentityCheck
from autopilot.domain.personal import withheld
from autopilot.procedures.requests import Request

RUNBOOK: Final = "subject_erasure"
_BY: Final = r"^[A-Za-z0-9][A-Za-z0-9 ,._/:-]{0,63}$"


def _instant(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = "an instant with its offset, such as 2026-11-23T09:00:00Z"
        raise ValueError(message)
    return text


def at_ms(text: str) -> int:
    """An instant of the input in Unix milliseconds."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


Instant = Annotated[str, Field(max_length=40), AfterValidator(_instant)]
Who = Annotated[str, Field(pattern=_BY), AfterValidator(withheld)]  #: a role or a ticket, no person


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Identity(_Part):
    """How it was made sure that who asks is the person (Art. 12(6)); never what was shown."""

    method: Annotated[str, Field(pattern="^[a-z][a-z0-9-]{1,39}$")]
    by: Who
    at: Instant

    @property
    def check(self) -> IdentityCheck:
        """As the domain has it."""
        return IdentityCheck(self.method, self.by, at_ms(self.at))


class Holding(_Part):
    """Why the data may not be erased yet, who says so, and until when."""

    exemption: Annotated[Exemption, Field(strict=False)]
    by: Who
    until: Instant


class Extension(_Part):
    """Two more months, told to the person within the first one (Art. 12(3))."""

    reason: Literal["complexity", "number of requests"]
    told: Instant


class ErasureRequest(Request):
    """What to do about whose data, and on which request."""

    action: Literal["erase", "hold", "lift"] = "erase"
    request: Annotated[str, Field(pattern="^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$")] | None = None
    subject: Annotated[str, Field(pattern="^[a-z2-7]{52}$")] | None = None  #: a reference
    received: Instant | None = None
    identity: Identity | None = None
    export: bool = False  #: hand out what is held first (Art. 15, 20)
    extension: Extension | None = None
    hold: Holding | None = None
    requested_by: Annotated[str, Field(max_length=256)] | None = None  #: where approval is asked

    @property
    def lacks(self) -> tuple[str, ...]:
        """What the action needs and was not given, in words."""
        needed = _NEEDED[self.action]
        return tuple(said for name, said in needed.items() if getattr(self, name) is None)


_SUBJECT: Final = "subject: the person's reference, from `aws kms generate-mac` (docs/erasure.md)"
_NEEDED: Final = {
    "erase": {
        "request": "request: the number of the ticket, which names nobody",
        "subject": _SUBJECT,
        "received": "received: when the request came, such as 2026-11-23T09:00:00Z",
        "identity": "identity: method, by and at of the check of who asks (Art. 12(6))",
    },
    "hold": {
        "subject": _SUBJECT,
        "hold": "hold: exemption of Art. 17(3), by and until",
    },
    "lift": {"subject": _SUBJECT},
}
