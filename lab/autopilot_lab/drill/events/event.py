"""What every event of a timeline has: when it happens, and how it is said."""

from __future__ import annotations

from pydantic import Field

from autopilot_lab.drill.written import Duration, Strict


class Fault(Strict):
    """Something goes wrong at an instant, and lasts."""

    at: Duration = Field(description="When it starts, counted from the start of the drill.")
    until: Duration | None = Field(None, description="When it ends; by default never.")

    def sentence(self) -> str:
        """What a person would say."""
        raise NotImplementedError


class Action(Strict):
    """Somebody does something at an instant."""

    at: Duration = Field(description="When it is done, from the start of the drill.")

    def sentence(self) -> str:
        """What a person would say."""
        raise NotImplementedError
