"""Which release a rollback goes to, in which order, and how it is judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopilot.domain.profile import Profile
from autopilot.domain.release_section import EMERGENCY
from autopilot.domain.releases import Register, Release, Served
from autopilot.domain.switches import Span, SwitchPlan, SwitchStep
from autopilot.domain.verdict import State, Verdict
from autopilot.errors import BadInput
from autopilot.procedures.emergency_rollback.judging import Decision, judge_rollback
from autopilot.procedures.emergency_rollback.planning import Choice, plan_rollback

ROOT = Path(__file__).resolve().parents[2]
PROFILE = Profile.load((ROOT / "layers/profile/profile/profile.toml").read_text("utf-8"))
DAY_MS = 86_400_000


def release(alias: str, configuration: str = "c1", ranker: str = "off") -> Release:
    """The same in every region."""
    kinds = {"alias": alias, "configuration": configuration, "ranker": ranker}
    return Release({name: kinds[name.partition("/")[2]] for name in PROFILE.release_switches})


def remembered(*good: Release) -> Register:
    """A register of releases that served well for a day, one after the other."""
    served = {
        each.id: Served(each, day * DAY_MS, (day + 1) * DAY_MS, healthy_ms=DAY_MS, healthy=144)
        for day, each in enumerate(good)
    }
    return Register(served, good[-1].id if good else "", 0, DAY_MS)


def planned(present: Release, register: Register, *, emergency: str = "off") -> Choice:
    """What would be turned."""
    assert PROFILE.release is not None
    return plan_rollback(
        present, register, PROFILE.release, PROFILE, emergency=emergency, base_turn=4
    )


def steps(choice: Choice) -> list[tuple[str, str, str]]:
    """Switch, before and after of each turn."""
    assert choice.plan is not None
    return [(step.switch, step.before, step.to) for step in choice.plan.steps]


def test_only_what_differs_is_turned_settings_first_and_the_alias_last() -> None:
    """In one region after the other, in emergency mode."""
    choice = planned(release("2", ranker="on"), remembered(release("1")))

    assert steps(choice) == [
        (EMERGENCY, "off", "on"),
        ("eu-central-1/ranker", "on", "off"),
        ("eu-central-1/alias", "2", "1"),
        ("eu-west-1/ranker", "on", "off"),
        ("eu-west-1/alias", "2", "1"),
    ]
    assert choice.plan is not None
    assert [step.span for step in choice.plan.steps] == [Span.TEMPORARY] + [Span.LASTING] * 4
    assert choice.plan.base_turn == 4


def test_emergency_mode_that_is_on_already_is_left_on() -> None:
    """Whoever turned it on turns it off."""
    choice = planned(release("2"), remembered(release("1")), emergency="on")
    assert EMERGENCY not in [switch for switch, _, _ in steps(choice)]


def test_a_flag_that_was_turned_later_goes_back_alone() -> None:
    """The newest software served well without it."""
    choice = planned(release("2", ranker="on"), remembered(release("1"), release("2")))
    assert [switch for switch, _, _ in steps(choice)] == [
        EMERGENCY,
        "eu-central-1/ranker",
        "eu-west-1/ranker",
    ]


def test_without_a_good_release_there_is_no_plan_and_it_says_what_was_seen() -> None:
    """What is known of the others is in the sentence."""
    bad = release("1")
    register = Register(remembered(bad).served, bad.id, bad={bad.id: "run by-hand"})
    choice = planned(release("2"), register)

    assert choice.plan is None
    assert f"{bad.id}: bad, run by-hand" in choice.why


def test_a_plan_is_the_same_after_a_journey_as_json() -> None:
    """Its digest is what an approval binds."""
    plan = planned(release("2"), remembered(release("1"))).plan
    assert plan is not None
    assert SwitchPlan.from_dict(plan.to_dict()) == plan
    assert SwitchPlan.from_dict(plan.to_dict()).digest() == plan.digest()


@pytest.mark.parametrize(
    "steps, expected",
    [
        ((SwitchStep(0, "a", "1", "1", Span.LASTING),), "another value"),
        ((SwitchStep(1, "a", "1", "2", Span.LASTING),), "expected 0, got 1"),
        ((SwitchStep(0, "a", "1", "x" * 49, Span.LASTING),), "1 to 48 bytes"),
        (
            (
                SwitchStep(0, "a", "1", "2", Span.LASTING),
                SwitchStep(1, "a", "2", "3", Span.LASTING),
            ),
            "each switch once",
        ),
        ((), "1 to 12"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(
    steps: tuple[SwitchStep, ...], expected: str
) -> None:
    """Whoever made it."""
    with pytest.raises(BadInput, match=expected):
        SwitchPlan("emergency_rollback", "s", 0, "goal", steps, 1, 60)


def verdict(state: State) -> Verdict:
    """Of the whole service since the last turn."""
    return Verdict(state, 1000, 0, 0, 0, 5, state.value)


@pytest.mark.parametrize(
    "state, waited_seconds, decision",
    [
        (State.HEALTHY, 59, Decision.LOOK_AGAIN),
        (State.HEALTHY, 60, Decision.HELPED),
        (State.UNHEALTHY, 59, Decision.LOOK_AGAIN),
        (State.UNHEALTHY, 60, Decision.NOT_HELPED),
        (State.UNKNOWN, 60, Decision.LOOK_AGAIN),
        (State.UNKNOWN, 359, Decision.LOOK_AGAIN),
        (State.UNKNOWN, 360, Decision.BLIND),
    ],
)
def test_nothing_counts_before_its_time_and_unknown_is_waited_for(
    state: State, waited_seconds: int, decision: Decision
) -> None:
    """Health and harm after a minute, blindness after five more."""
    judged = judge_rollback(
        verdict(state),
        "",
        waited_seconds=waited_seconds,
        judge_seconds=60,
        unknown_seconds_max=300,
    )
    assert judged.decision is decision


def test_a_switch_that_somebody_else_turned_ends_the_judging() -> None:
    """What is judged is no longer what the run turned."""
    judged = judge_rollback(
        verdict(State.UNHEALTHY),
        "eu-central-1/alias shows 3, not 1",
        waited_seconds=300,
        judge_seconds=60,
        unknown_seconds_max=300,
    )
    assert judged.decision is Decision.SUPERSEDED
