"""What the ledger and the trails hold when the drill ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from autopilot_lab.drill.checks.expected import Bounded, Expected, Finding
from autopilot_lab.drill.evidence import Evidence


class LeaseFree(Expected):
    """Nobody holds the lease when the drill ends."""

    check: Literal["lease_free"]

    def _sentence(self) -> str:
        return "the lease is free at the end"

    def judge(self, evidence: Evidence) -> Finding:
        """Look at the ledger."""
        holder = evidence.ledger.lease_holder
        return Finding(not holder, f"held by {holder}" if holder else "free")


class LeverEngaged(Expected):
    """Whether the stop lever is engaged when the drill ends."""

    check: Literal["lever"]
    engaged: bool

    def _sentence(self) -> str:
        return f"the stop lever is {'' if self.engaged else 'not '}engaged at the end"

    def judge(self, evidence: Evidence) -> Finding:
        """Look at the ledger."""
        engaged = evidence.ledger.lever_engaged
        return Finding(engaged == self.engaged, "engaged" if engaged else "not engaged")


class TrailVerified(Expected):
    """Every effect is sealed in a trail, and every byte and entry of the trails verifies."""

    check: Literal["trail_verified"]

    def _sentence(self) -> str:
        return "the sealed trail holds every effect and verifies against key and anchor"

    def judge(self, evidence: Evidence) -> Finding:
        """Look at the verification, and that no effect is missing."""
        trail, effects = evidence.trail, len(evidence.effects) + len(evidence.turned)
        held = trail.verified and trail.entries >= effects
        seen = f"{trail.entries} entries for {effects} effects"
        return Finding(held, f"{seen}; {trail.problem}" if trail.problem else seen)


class Record(Bounded):
    """How many records of the ledger there are, or have a value, when the drill ends."""

    check: Literal["record"]
    record: str = Field(description="Such as incident/*; * stands for any characters.")
    field: str | None = Field(None, description="Only with this field; dots lead inside.")
    equals: Any = Field(None, description="Only with this value in the field; by default any.")

    @model_validator(mode="after")
    def _names_a_field(self) -> Self:
        if self.equals is not None and self.field is None:
            raise ValueError("a field for equals")
        return self

    def _sentence(self) -> str:
        value = f" that is {self.equals}" if self.equals is not None else ""
        field = f" with {self.field}{value}" if self.field else ""
        return self._amount(f"records {self.record}{field} at the end")

    def judge(self, evidence: Evidence) -> Finding:
        """Look through the ledger's items."""
        named = [one for one in evidence.records if fnmatchcase(one["record"], self.record)]
        fit = [one for one in named if self._fits(one)]
        return self._judged(len(fit), f"records, of {len(named)} with that name")

    def _fits(self, record: Mapping[str, Any]) -> bool:
        if self.field is None:
            return True
        value = _inside(record, self.field.split("."))
        return value is not None if self.equals is None else bool(value == self.equals)


def _inside(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
