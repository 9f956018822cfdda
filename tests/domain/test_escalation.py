"""Who is called, and when, while nobody answers."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from autopilot.domain.calendar import BusinessHours, Calendar
from autopilot.domain.escalation import REPEATS_MAX, Escalation, Matrix, Role
from autopilot.domain.profile import Profile
from autopilot.domain.severity import Severity

PROFILE = Path(__file__).parents[2] / "layers" / "profile" / "profile" / "profile.toml"
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
LEVELS = 3 + REPEATS_MAX


def at(text: str) -> int:
    """Unix milliseconds of an ISO instant in UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.fixture(scope="module")
def escalation() -> Escalation:
    """The matrix of the reference profile."""
    return Profile.load(PROFILE.read_text(encoding="utf-8")).matrix


def test_a_p0_calls_one_role_after_the_other_at_any_hour(escalation: Escalation) -> None:
    """Operations manager, AI operations lead, engineering manager; then all, hourly for a day."""
    opened = at("2026-11-22T02:00")
    steps = list(escalation.steps(Severity.P0, opened))
    assert [(step.who, (step.at_ms - opened) // MINUTE_MS) for step in steps[:4]] == [
        ("operations manager", 15),
        ("AI operations lead", 30),
        ("engineering manager", 60),
        ("operations manager and AI operations lead and engineering manager", 120),
    ]
    assert len(steps) == LEVELS
    assert steps[-1].at_ms - steps[2].at_ms == 24 * HOUR_MS


def test_a_p2_waits_for_people_to_be_at_work(escalation: Escalation) -> None:
    """Half past four on Friday: a quarter of an hour later, then half an hour, then Monday."""
    steps = list(escalation.steps(Severity.P2, at("2026-11-27T15:30")))[:3]
    assert [step.at_ms for step in steps] == [
        at("2026-11-27T15:45"),
        at("2026-11-27T16:00"),
        at("2026-11-30T08:30"),
    ]


def test_a_p3_escalates_to_nobody(escalation: Escalation) -> None:
    """It is due on the next business day, and no manager is called for it."""
    assert list(escalation.steps(Severity.P3, at("2026-11-23T10:00"))) == []


def test_whoever_acknowledges_ends_it(escalation: Escalation) -> None:
    """Nobody else is called."""
    opened = at("2026-11-23T10:00")
    late = opened + 5 * HOUR_MS
    assert not escalation.next_steps(
        Severity.P0, opened_ms=opened, acked=True, told=(), now_ms=late
    )


@given(minutes=st.lists(st.integers(0, 1_800), min_size=1, max_size=60))
def test_looking_at_any_minutes_calls_each_level_at_most_once_and_never_early(
    escalation: Escalation, minutes: list[int]
) -> None:
    """However late or often somebody looks."""
    opened = at("2026-11-23T10:00")
    due = {step.level: step.at_ms for step in escalation.steps(Severity.P0, opened)}
    told: list[int] = []
    for minute in sorted(minutes):
        now_ms = opened + minute * MINUTE_MS
        steps = escalation.next_steps(
            Severity.P0, opened_ms=opened, acked=False, told=told, now_ms=now_ms
        )
        assert all(due[step.level] <= now_ms for step in steps)
        told += [step.level for step in steps]
    assert len(told) == len(set(told))
    assert {1, 2, 3} <= set(told) or max(minutes) < 60


def test_looking_every_minute_walks_the_whole_matrix_and_ends(escalation: Escalation) -> None:
    """Each level in the minute it is due; after a day nobody is called any more."""
    opened = at("2026-11-23T10:00")
    told: list[int] = []
    for minute in range(48 * 60):
        steps = escalation.next_steps(
            Severity.P0,
            opened_ms=opened,
            acked=False,
            told=told,
            now_ms=opened + minute * MINUTE_MS,
        )
        assert all(step.at_ms == opened + minute * MINUTE_MS for step in steps)
        told += [step.level for step in steps]
    assert told == list(range(1, LEVELS + 1))


def test_after_a_silence_of_our_own_the_missed_hours_are_one_call(escalation: Escalation) -> None:
    """The roles are all called; of the hourly calls only the latest."""
    opened = at("2026-11-23T10:00")
    steps = escalation.next_steps(
        Severity.P0, opened_ms=opened, acked=False, told=(), now_ms=opened + 6 * HOUR_MS
    )
    assert [step.level for step in steps] == [1, 2, 3, 8]


@pytest.mark.parametrize(
    "severity, instant, tier",
    [
        (Severity.P0, "2026-11-22T02:00", "tier 3"),
        (Severity.P0, "2026-11-23T10:00", "tier 3"),
        (Severity.P1, "2026-11-23T10:00", "tier 1"),
        (Severity.P1, "2026-11-23T20:00", "tier 2"),
        (Severity.P3, "2026-11-23T20:00", None),
    ],
)
def test_a_page_names_the_tier_that_is_there(
    escalation: Escalation, severity: Severity, instant: str, tier: str | None
) -> None:
    """Tier 3 for P0 at any hour; the others by their hours."""
    found = escalation.tier(severity, at(instant))
    assert (found.name if found else None) == tier


def test_business_minutes_are_counted_over_nights_and_holidays() -> None:
    """From before opening, within a day, over a day's end, and to the very minute of closing."""
    calendar = Calendar(
        working_days=("Monday", "Tuesday"), opens=time(9), closes=time(17), holidays=()
    )
    hours = BusinessHours(calendar, "UTC")
    assert hours.after(at("2026-11-23T03:00"), 30) == at("2026-11-23T09:30")
    assert hours.after(at("2026-11-23T10:00"), 7 * 60) == at("2026-11-23T17:00")
    assert hours.after(at("2026-11-23T16:00"), 61) == at("2026-11-24T09:01")
    assert hours.after(at("2026-11-24T16:00"), 120) == at("2026-11-30T10:00")
    assert hours.after(at("2026-11-26T16:00"), 10 * 60) == at("2026-12-01T11:00")


def test_roles_in_no_order_are_refused(escalation: Escalation) -> None:
    """Two at once would be one."""
    known = escalation.matrix
    roles = (Role(name="a", after_minutes=10), Role(name="b", after_minutes=10))
    with pytest.raises(ValidationError, match="one after the other"):
        Matrix(
            severities=known.severities,
            around_the_clock=known.around_the_clock,
            roles=roles,
            tiers=known.tiers,
        )
