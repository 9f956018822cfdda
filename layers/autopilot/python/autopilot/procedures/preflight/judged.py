"""What a check says of facts that were read."""

from __future__ import annotations

from dataclasses import dataclass

from autopilot.domain.preflight import Answer


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer of one check, what it rests on, and why."""

    answer: Answer
    observed: str
    reason: str


def go(observed: str, reason: str) -> Judged:
    """Nothing stands in the way."""
    return Judged(Answer.GO, observed, reason)


def warn(observed: str, reason: str) -> Judged:
    """No reason to stop, and somebody should look."""
    return Judged(Answer.WARN, observed, reason)


def no_go(observed: str, reason: str) -> Judged:
    """Traffic may not move."""
    return Judged(Answer.NO_GO, observed, reason)
