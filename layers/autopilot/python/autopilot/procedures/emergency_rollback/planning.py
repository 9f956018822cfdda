"""Plans a rollback: which release, why that one, and which switches are turned. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from autopilot.domain.release_section import EMERGENCY
from autopilot.domain.releases import Register, Release, Served, last_good
from autopilot.domain.switches import Span, SwitchPlan, SwitchStep

if TYPE_CHECKING:
    from autopilot.domain.profile import Profile
    from autopilot.domain.release_section import ReleaseSection

RUNBOOK: Final = "emergency_rollback"
_MINUTE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Choice:
    """The plan and the release it leads to; both None when no release is known to be good."""

    plan: SwitchPlan | None
    goal: Served | None
    why: str


def plan_rollback(
    present: Release,
    register: Register,
    release: ReleaseSection,
    profile: Profile,
    *,
    emergency: str,
    base_turn: int,
) -> Choice:
    """Back to the good release that served last; `emergency` is what its switch shows, "" if none.

    Emergency mode comes first, so that the service is careful while switches disagree. The others
    are turned in the profile's order, region by region.
    """
    good_ms_min = release.good_minutes_min * _MINUTE_MS
    goal = last_good(register, present, good_ms_min)
    if goal is None:
        return Choice(None, None, _no_good_release(register, present, release.good_minutes_min))
    turns = [
        (name, present.switches[name], goal.release.switches[name], Span.LASTING)
        for name in profile.release_switches
        if present.switches[name] != goal.release.switches[name]
    ]
    if emergency == "off":
        turns.insert(0, (EMERGENCY, "off", "on", Span.TEMPORARY))
    brake = profile.brakes.rollback
    plan = SwitchPlan(
        runbook=RUNBOOK,
        service=profile.service.name,
        base_turn=base_turn,
        goal=goal.release.id,
        steps=tuple(SwitchStep(index, *each) for index, each in enumerate(turns)),
        runs_max=brake.runs_max,
        window_seconds=brake.window_minutes * 60,
    )
    return Choice(plan, goal, _why(goal))


def words(switches: Mapping[str, str]) -> str:
    """A release as a person reads it."""
    return ", ".join(f"{name}={value}" for name, value in sorted(switches.items()))


def turns_in_words(plan: SwitchPlan) -> str:
    """What the plan changes, in its order."""
    return "; ".join(
        f"{step.switch}: {step.before} → {step.to}"
        + (" (until it is verified)" if step.span is Span.TEMPORARY else "")
        for step in plan.steps
    )


def _why(goal: Served) -> str:
    minutes = goal.healthy_ms // _MINUTE_MS
    return (
        f"Release {goal.release.id} ({words(goal.release.switches)}) served healthily for "
        f"{minutes} min, {goal.healthy} healthy looks and {goal.unhealthy} unhealthy ones, and "
        f"was never judged bad."
    )


def _no_good_release(register: Register, present: Release, minutes_min: int) -> str:
    others = [each for each in register.served.values() if each.release.id != present.id]
    seen = "; ".join(_verdict(each, register) for each in others) or "no other release was seen"
    return (
        f"No release other than the present one ({present.id}) is known to be good: expected "
        f"{minutes_min} min of healthy service and never judged bad, got {seen}."
    )


def _verdict(served: Served, register: Register) -> str:
    bad = register.bad.get(served.release.id)
    minutes = served.healthy_ms // _MINUTE_MS
    return f"{served.release.id}: {f'bad, {bad}' if bad else f'{minutes} min healthy'}" + (
        f", {served.unhealthy} unhealthy looks" if served.unhealthy else ""
    )
