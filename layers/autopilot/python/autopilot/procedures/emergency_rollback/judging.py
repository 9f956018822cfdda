"""Judges a rollback once all switches are turned: does it help? Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from autopilot.domain.verdict import State, Verdict

LOOK_SECONDS: Final = 10
UNKNOWN_SECONDS_MAX: Final = 900  #: however long the profile would wait


class Decision(StrEnum):
    """What follows a judgement."""

    LOOK_AGAIN = "look_again"
    HELPED = "helped"
    NOT_HELPED = "not_helped"
    BLIND = "blind"  #: nothing could be told for as long as the profile allows
    SUPERSEDED = "superseded"  #: somebody else turned a switch meanwhile


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision and the sentence that explains it."""

    decision: Decision
    summary: str


def judge_rollback(
    whole: Verdict,
    moved: str,
    *,
    waited_seconds: int,
    judge_seconds: int,
    unknown_seconds_max: int,
) -> Judgement:
    """Judge from what the whole service showed since the last turn.

    `moved` names the switches that no longer show what the run made of them. Nothing counts
    before `judge_seconds` are over, because a release that fails slowly looks well at first.
    """
    if moved:
        said = f"Somebody else turned switches meanwhile: {moved}."
        return Judgement(Decision.SUPERSEDED, said)
    seen = f"{whole.reason} in the {waited_seconds} s since the last turn."
    if waited_seconds < judge_seconds:
        return Judgement(Decision.LOOK_AGAIN, f"Too early to judge: {seen}")
    if whole.state is State.HEALTHY:
        return Judgement(Decision.HELPED, f"The service is healthy: {seen}")
    if whole.state is State.UNHEALTHY:
        return Judgement(Decision.NOT_HELPED, f"The rollback does not help: {seen}")
    if waited_seconds < judge_seconds + min(unknown_seconds_max, UNKNOWN_SECONDS_MAX):
        return Judgement(Decision.LOOK_AGAIN, f"Nothing can be told yet: {seen}")
    return Judgement(
        Decision.BLIND,
        f"Nothing could be told: {seen} The good release stays: look at the routers' metrics.",
    )
