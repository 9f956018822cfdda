"""Who is called when nobody answers: roles one after the other, then everybody each hour. Pure.

For the severities that are `around_the_clock` minutes are minutes; for the others they count
while people are at work, in the calendar of the profile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from autopilot.domain.calendar import BusinessHours
from autopilot.domain.severity import Severity

REPEATS_MAX: Final = 24  #: after the last role, each an hour later than the one before
_REPEAT_MINUTES: Final = 60
_MINUTE_MS: Final = 60_000

Urgency = Annotated[Severity, Field(strict=False)]  #: TOML has text, no enumerations


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Role(_Section):
    """Somebody who is called, by role: persons and numbers are the pager's."""

    name: str = Field(min_length=1, max_length=64)
    after_minutes: int = Field(ge=1, le=1_440, description="Since the incident was opened.")


class Tier(_Section):
    """A tier of support, and when somebody of it answers."""

    name: str = Field(min_length=1, max_length=64)
    hours: Literal["business", "always"]
    severities: tuple[Urgency, ...] = Field(min_length=1, max_length=4)


class Matrix(_Section):
    """The profile's `[escalation]`."""

    severities: tuple[Urgency, ...] = Field(
        min_length=1, max_length=4, description="Incidents of any other escalate to nobody."
    )
    around_the_clock: tuple[Urgency, ...] = Field(
        max_length=4, description="For these minutes also pass at night."
    )
    roles: tuple[Role, ...] = Field(min_length=1, max_length=8)
    tiers: tuple[Tier, ...] = Field(min_length=1, max_length=5)

    @model_validator(mode="after")
    def _roles_in_order(self) -> Self:
        minutes = [role.after_minutes for role in self.roles]
        if minutes != sorted(set(minutes)):
            message = "roles that are called one after the other"
            raise ValueError(message)
        return self


@dataclass(frozen=True, slots=True)
class Step:
    """One call for help; the same level of an incident is the same call."""

    level: int  #: from 1; beyond the roles it counts the hours
    at_ms: int  #: when it is due
    who: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """The matrix in the calendar of the service."""

    matrix: Matrix
    hours: BusinessHours

    def steps(self, severity: Severity, opened_ms: int) -> Iterator[Step]:
        """The whole matrix for an incident, in order of time; it ends a day after its roles."""
        if severity not in self.matrix.severities:
            return
        roles = self.matrix.roles
        for level, role in enumerate(roles, start=1):
            yield Step(level, self._after(severity, opened_ms, role.after_minutes), role.name)
        everybody = " and ".join(role.name for role in roles)
        last_ms = self._after(severity, opened_ms, roles[-1].after_minutes)
        for repeat in range(1, REPEATS_MAX + 1):
            at_ms = self._after(severity, last_ms, repeat * _REPEAT_MINUTES)
            yield Step(len(roles) + repeat, at_ms, everybody)

    def next_steps(
        self,
        severity: Severity,
        *,
        opened_ms: int,
        acked: bool,
        told: Collection[int],
        now_ms: int,
    ) -> list[Step]:
        """The steps that are due and were not taken.

        Of the hourly ones only the latest: after a silence of our own one call is enough.
        """
        if acked:
            return []
        due = [step for step in self.steps(severity, opened_ms) if step.at_ms <= now_ms]
        named = len(self.matrix.roles)
        chosen = [*due[:named], *due[named:][-1:]]
        return [step for step in chosen if step.level not in told]

    def tier(self, severity: Severity, at_ms: int) -> Tier | None:
        """The first tier that is there for such incidents and at work then, or None."""
        is_open = self.hours.is_open(at_ms)
        there = (
            tier
            for tier in self.matrix.tiers
            if severity in tier.severities and (is_open or tier.hours == "always")
        )
        return next(there, None)

    def _after(self, severity: Severity, at_ms: int, minutes: int) -> int:
        if severity in self.matrix.around_the_clock:
            return at_ms + minutes * _MINUTE_MS
        return self.hours.after(at_ms, minutes)
