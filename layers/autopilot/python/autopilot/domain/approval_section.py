"""The profile's section `approvals`: which runs ask a person first, and whom."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from autopilot.domain.allocation import WHOLE
from autopilot.domain.section import Section, Urgency
from autopilot.domain.severity import Severity

_P0_EXPIRY_MINUTES_MAX: Final = 15
_CALLER: Final = r"^(user|assumed-role)/[A-Za-z0-9+=,.@_*/-]+$"
Kind = Annotated[str, Field(pattern="^[a-z][a-z_]{0,31}$")]


class ApprovalRule(Section):
    """When a run of one kind asks a person first, and whom."""

    needed: bool
    above_points: int = Field(
        0, ge=0, lt=WHOLE, description="Only for a plan that moves more points than this in all."
    )
    severity: Urgency = Field(Severity.P1, description="How loudly approvers are paged.")
    expires_minutes: int = Field(
        ge=1, le=60, description="At most 15 for P0: an old yes is about another world."
    )
    approvers: tuple[Annotated[str, Field(pattern=_CALLER, max_length=128)], ...] = Field(
        min_length=1,
        max_length=16,
        description="Who may approve: assumed-role/<role>/<session> or user/<name>, with *.",
    )
    break_glass: bool = Field(
        description="Whether an approver may approve a request of their own; everybody is paged."
    )

    @model_validator(mode="after")
    def _urgent_expires_soon(self) -> Self:
        if self.severity is Severity.P0 and self.expires_minutes > _P0_EXPIRY_MINUTES_MAX:
            message = f"expires_minutes of at most {_P0_EXPIRY_MINUTES_MAX} for P0"
            raise ValueError(message)
        return self

    def asks_for(self, points: int) -> bool:
        """Whether a plan that moves `points` in all needs an approval."""
        return self.needed and points > self.above_points
