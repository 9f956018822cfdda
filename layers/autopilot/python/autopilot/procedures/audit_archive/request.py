"""The input of audit_archive."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from autopilot.domain.erasure import Exemption, Hold
from autopilot.domain.personal import withheld
from autopilot.domain.retention import RetentionClass
from autopilot.errors import BadInput, Problem
from autopilot.procedures.requests import Request

RUNBOOK: Final = "audit_archive"
_BY: Final = r"^[A-Za-z0-9][A-Za-z0-9 ,._/:-]{0,63}$"


Class = Annotated[RetentionClass, Field(strict=False)]
Classes = Annotated[tuple[Class, ...], Field(strict=False, min_length=1)]  #: JSON has lists


def _instant(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        message = "an instant with its offset, such as 2026-11-23T09:00:00Z"
        raise ValueError(message)
    return text


class TrailHold(BaseModel):
    """Why entries may not be let go yet, who says so, and until when."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    exemption: Annotated[Exemption, Field(strict=False)]
    by: Annotated[str, Field(pattern=_BY), AfterValidator(withheld)]
    until: Annotated[str, Field(max_length=40), AfterValidator(_instant)]

    @property
    def hold(self) -> Hold:
        """As the domain has it."""
        until_ms = round(datetime.fromisoformat(self.until).timestamp() * 1000)
        return Hold(self.exemption, self.by, until_ms)


class ArchiveRequest(Request):
    """What to do with this region's trail; a hold is placed on those of all regions."""

    action: Literal["archive", "hold", "lift"] = "archive"
    classes: Classes = tuple(RetentionClass)
    hold: TrailHold | None = None

    def require_whole(self) -> None:
        """Raise `BadInput` for a hold without a reason."""
        if self.action == "hold" and self.hold is None:
            problem = Problem("hold", "exemption of Art. 17(3), by and until", "nothing")
            raise BadInput(f"the input of {RUNBOOK}", [problem], "Say who holds it, and why.")
