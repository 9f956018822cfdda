"""Judges a step while it bakes: go on, stop, or put it back. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from autopilot.domain.plan import ActKind, Plan
from autopilot.domain.verdict import State, Verdict, as_percent

if TYPE_CHECKING:
    from autopilot.domain.allocation import Route
    from autopilot.procedures.observation import Observation

#: A step that hurts shows in its first full period: it is looked at closely for this long.
CLOSE_LOOK_SECONDS: Final = 30
CLOSE_LOOK_POLL_SECONDS: Final = 5


def next_look_seconds(baked_seconds: int, poll_seconds: int) -> int:
    """When to look again; seldom once the step has shown no harm, because events are limited."""
    if baked_seconds < CLOSE_LOOK_SECONDS:
        return min(CLOSE_LOOK_POLL_SECONDS, poll_seconds)
    return poll_seconds


class Decision(StrEnum):
    """What follows a judgement."""

    BAKE_ON = "bake_on"  #: not long enough, or not enough seen yet
    NEXT_STEP = "next_step"
    FINISH = "finish"  #: the last step has proven itself
    MITIGATED = "mitigated"  #: the service is well again, further steps are not needed
    UNDO = "undo"
    BLIND = "blind"  #: nothing could be told for as long as the plan allows
    SUPERSEDED = "superseded"  #: somebody else moved the allocation meanwhile


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision and the sentence that explains it."""

    decision: Decision
    summary: str


def judge_step(
    plan: Plan, step_index: int, observation: Observation, *, baked_seconds: int, unmoved: bool
) -> Judgement:
    """Judge step `step_index` from what was observed since it took effect.

    The routes that gained are judged one by one. Harm is acted on at once; health only counts
    once the bake is over; and what cannot be told is waited for, within the plan's bound.
    """
    if not unmoved:
        return Judgement(Decision.SUPERSEDED, "Another change moved the allocation meanwhile.")
    step = plan.steps[step_index]
    gained = plan.before.gains(step.target)
    seen = {route: observation.evidence.verdict(route) for route in gained}
    if harmed := _with_state(seen, State.UNHEALTHY):
        return Judgement(Decision.UNDO, f"Traffic was moved onto harm. {_said(harmed)}")
    if baked_seconds < step.bake_seconds:
        left = step.bake_seconds - baked_seconds
        return Judgement(Decision.BAKE_ON, f"{left} s of the bake are left. {_said(seen)}")
    if unclear := _with_state(seen, State.UNKNOWN):
        return _unclear(plan, unclear, baked_seconds - step.bake_seconds)
    return _healthy(plan, step_index, observation.whole, _said(seen))


def _unclear(plan: Plan, unclear: dict[Route, Verdict | None], over_seconds: int) -> Judgement:
    limit = plan.bounds.unknown_seconds_max
    if over_seconds < limit:
        said = f"Paused for {over_seconds} s of at most {limit} s. {_said(unclear)}"
        return Judgement(Decision.BAKE_ON, said)
    return Judgement(
        Decision.BLIND,
        f"For {over_seconds} s after the bake nothing could be told. {_said(unclear)} "
        f"The allocation stays as it is: look at the routers' metrics, then start a new ramp.",
    )


def _healthy(plan: Plan, step_index: int, whole: Verdict, said: str) -> Judgement:
    rate = as_percent(whole.failures * 1_000_000 // max(1, whole.requests))
    service = f"{rate} of {whole.requests} requests of the service failed."
    if step_index + 1 == len(plan.steps):
        return Judgement(Decision.FINISH, f"The last step holds: {service} {said}")
    if plan.kind is ActKind.RAMP_DOWN and whole.state is State.HEALTHY:
        return Judgement(Decision.MITIGATED, f"Mitigated before the last step: {service} {said}")
    return Judgement(Decision.NEXT_STEP, f"Step {step_index + 1} holds: {service} {said}")


def _with_state(seen: dict[Route, Verdict | None], state: State) -> dict[Route, Verdict | None]:
    return {
        route: verdict
        for route, verdict in seen.items()
        if (verdict.state if verdict else State.UNKNOWN) is state
    }


def _said(seen: dict[Route, Verdict | None]) -> str:
    return " ".join(
        f"{route}: {verdict.reason if verdict else 'not observed'}."
        for route, verdict in seen.items()
    )
