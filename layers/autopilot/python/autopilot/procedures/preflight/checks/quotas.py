"""Whether the target's quotas carry the peak of both regions together, with a margin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from autopilot.domain.allocation import WHOLE
from autopilot.domain.share import judge_share
from autopilot.domain.verdict import State
from autopilot.procedures.preflight.judged import Judged, go, no_go, warn

if TYPE_CHECKING:
    from autopilot.domain.inventory import Peak, Use
    from autopilot.domain.sweep_section import BedrockModel
    from autopilot.procedures.preflight.move import Move


@dataclass(frozen=True, slots=True)
class Need:
    """What would be used of one quota, before the margin."""

    unit: str  #: requests a minute, tokens a minute, tokens a day
    code: str
    whole: int  #: the most that both regions used of it together


def needs(model: BedrockModel, peak: Peak) -> tuple[Need, ...]:
    """One for each quota that the profile names: any of them may be the one that binds."""
    day = model.day_tokens_quota
    found = (
        Need("requests a minute", model.requests_quota, peak.requests),
        Need("tokens a minute", model.tokens_quota, peak.tokens),
    )
    if day is None:
        return found
    return (*found, Need("tokens a day", day, peak.day_tokens))


def carries(move: Move, need: Need, quota: float) -> int:
    """Percent of the whole load that a quota carries with the margin, at most 100."""
    if not need.whole:
        return WHOLE
    usable = quota * WHOLE / (WHOLE + move.profile.preflight.margin_percent)
    return min(WHOLE, int(WHOLE * usable / need.whole))


def fits(move: Move, need: Need, quota: float | None) -> Judged:
    """A region that is lost may be left for one that carries a part, with a warning."""
    margin = move.profile.preflight.margin_percent
    if quota is None:
        return no_go("no such quota", f"expected {need.code} in this account: see bedrock.models")
    both = f"{need.whole:,}, the most of {move.source} and {move.target} together"
    observed = f"{quota:,.0f} {need.unit}"
    part = carries(move, need, quota)
    if part >= WHOLE:
        return go(observed, f"carries {both}, and {margin} % more")
    short = f"carries {part} % of {both}, with a margin of {margin} %"
    floor = move.profile.rails.healthy_capacity_floor_percent
    if move.is_lost and part >= floor:
        return warn(observed, f"{short}: what is over it is turned away, ask for an increase")
    return no_go(observed, f"{short}: ask for an increase (1 to 3 business days)")


def unseen(move: Move) -> Judged:
    """No use of the model was seen in either region."""
    reason = (
        f"no use of it was seen in {move.source} or {move.target} under any spelling of its name: "
        "nobody knows what would come"
    )
    return no_go("no metric of its use", reason)


def throttles(move: Move, use: Use) -> Judged:
    """None is well. There is no such metric before the first one, so its absence means none."""
    minutes = move.profile.preflight.throttle_minutes
    throttled, invoked = use.throttled or 0, use.invoked or 0
    observed = f"{throttled} of {throttled + invoked} in {minutes} min"
    if not throttled:
        return go(observed, "nothing was throttled" if invoked else "nothing was invoked either")
    budget = move.profile.budget
    state = judge_share(throttled + invoked, throttled, budget.ppm, budget.confidence_ppm).state
    if state is State.UNHEALTHY:
        return no_go(observed, "its own load already exceeds its quotas: more would be lost")
    return warn(observed, "a few were throttled: its quotas are close")
