"""Judges a failover once every switch is turned: have clients and writes followed? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from autopilot.domain.verdict import State, Verdict

LOOK_SECONDS: Final = 10


class Decision(StrEnum):
    """What follows a judgement."""

    LOOK_AGAIN = "look_again"
    DONE = "done"
    UNVERIFIED = "unverified"  #: all is turned, and nobody could tell in time
    SUPERSEDED = "superseded"  #: somebody else moved something meanwhile


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision and the sentence that explains it."""

    decision: Decision
    summary: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a finished failover shows."""

    whole: Verdict  #: every request in the target's metrics since the admission was turned
    takes_writes: bool | None  #: as the target says itself; None when it says nothing
    moved: Sequence[str]  #: what shows something else than the plan left, in words
    waited_seconds: int


def judge_failover(seen: Seen, *, settle_seconds: int, verify_seconds_max: int) -> Judgement:
    """Done once the target serves well and takes writes; never undone: there is no way back."""
    if seen.moved:
        said = f"Somebody else moved things meanwhile: {', '.join(seen.moved)}."
        return Judgement(Decision.SUPERSEDED, said)
    said = f"{seen.whole.reason}; writes: {_WRITES[seen.takes_writes]}."
    if seen.waited_seconds < settle_seconds:
        return Judgement(Decision.LOOK_AGAIN, f"Writes and clients are on their way: {said}")
    if seen.whole.state is State.HEALTHY and seen.takes_writes:
        return Judgement(Decision.DONE, f"The target serves and takes writes: {said}")
    if seen.waited_seconds < verify_seconds_max:
        return Judgement(Decision.LOOK_AGAIN, f"Not verified yet: {said}")
    return Judgement(
        Decision.UNVERIFIED, f"Not verified after {seen.waited_seconds} s: {said} It stays so."
    )


_WRITES: Final = {True: "taken", False: "refused", None: "the region does not say"}
