"""What every expectation has: a sentence, a window, a count, and a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from autopilot_lab.drill.evidence import Evidence
from autopilot_lab.drill.written import Count, Duration, Strict, format_duration


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether an expectation held, and what was seen."""

    held: bool
    detail: str


class Expected(Strict):
    """Something that must hold when the drill is over."""

    name: str = Field("", description="The sentence in the result; by default made from the keys.")

    @property
    def sentence(self) -> str:
        """What is expected, in words."""
        return self.name or self._sentence()

    def _sentence(self) -> str:
        raise NotImplementedError


class Windowed(Expected):
    """Something that must hold in a part of the drill."""

    since: Duration = Field(0, alias="from", description="Start; by default the drill's.")
    until: Duration | None = Field(None, description="End; by default the drill's.")

    def _end(self, evidence: Evidence) -> int:
        return evidence.seconds if self.until is None else self.until

    def _within(self, instants: Sequence[float], evidence: Evidence) -> int:
        return sum(self.since <= at <= self._end(evidence) for at in instants)

    def _when(self) -> str:
        start = f" from {format_duration(self.since)}" if self.since else ""
        return start + (f" until {format_duration(self.until)}" if self.until else "")


class Bounded(Expected):
    """So many of something."""

    exactly: Count | None = Field(None, description="This many, instead of the two bounds.")
    at_least: Count | None = Field(None, description="Fewest; by default 1 if no at_most is given.")
    at_most: Count | None = Field(None, description="Most; by default no bound.")

    def _bounds(self) -> tuple[int, int | None]:
        if self.exactly is not None:
            return self.exactly, self.exactly
        lowest = 1 if self.at_least is None and self.at_most is None else self.at_least or 0
        return lowest, self.at_most

    def _amount(self, what: str) -> str:
        low, high = self._bounds()
        if high == 0:
            return f"no {what}"
        amount = f"{low} to {high}" if high is not None else f"at least {low}"
        return f"{amount if low != high else low} {what}"

    def _judged(self, found: int, what: str) -> Finding:
        low, high = self._bounds()
        return Finding(low <= found and (high is None or found <= high), f"{found} {what}")


class Counted(Windowed, Bounded):
    """So many of something in a part of the drill."""

    def _counted(self, what: str) -> str:
        return f"{self._amount(what)}{self._when()}"

    def _judge(self, instants: Sequence[float], evidence: Evidence, what: str) -> Finding:
        return self._judged(self._within(instants, evidence), what)


def share_held(part: int, whole: int, percent_at_most: float | None) -> bool:
    """Whether a part is at most so many percent of the whole; any part without a bound."""
    return percent_at_most is None or part * 100 <= whole * percent_at_most
