"""Schedule expressions, against instants worked out by hand."""

from __future__ import annotations

from datetime import datetime

import pytest

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.timetable import Timetable


def instant(text: str) -> float:
    """Unix seconds of an ISO date."""
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    "expression, zone, after, expected",
    [
        ("rate(5 minutes)", "UTC", "2026-01-01T00:07:00+00:00", "2026-01-01T00:10:00+00:00"),
        (
            "at(2026-03-01T08:00:00)",
            "UTC",
            "2026-01-01T00:00:00+00:00",
            "2026-03-01T08:00:00+00:00",
        ),
        ("cron(0 6 * * ? *)", "UTC", "2026-01-01T06:00:00+00:00", "2026-01-02T06:00:00+00:00"),
        (
            "cron(0 6 * * ? *)",
            "Europe/Berlin",
            "2026-07-01T00:00:00+00:00",
            "2026-07-01T04:00:00+00:00",
        ),
        ("cron(0/15 * * * ? *)", "UTC", "2026-01-01T00:46:00+00:00", "2026-01-01T01:00:00+00:00"),
        ("cron(0 9 ? * MON *)", "UTC", "2026-01-01T00:00:00+00:00", "2026-01-05T09:00:00+00:00"),
        ("cron(0 9 ? * 2#1 *)", "UTC", "2026-01-06T00:00:00+00:00", "2026-02-02T09:00:00+00:00"),
        ("cron(0 0 L * ? *)", "UTC", "2026-02-01T00:00:00+00:00", "2026-02-28T00:00:00+00:00"),
        ("cron(0 8 1 1,7 ? *)", "UTC", "2026-02-01T00:00:00+00:00", "2026-07-01T08:00:00+00:00"),
    ],
)
def test_the_next_firing_is_the_one_worked_out_by_hand(
    expression: str, zone: str, after: str, expected: str
) -> None:
    """Rates count from midnight here."""
    created = instant("2026-01-01T00:00:00+00:00")
    assert Timetable(expression, zone).after(instant(after), created) == instant(expected)


def test_an_instant_that_has_passed_never_fires() -> None:
    """A one-time schedule is over after its time."""
    once = Timetable("at(2026-01-01T00:00:00)")
    assert once.after(instant("2026-01-01T00:00:00+00:00"), 0.0) is None


@pytest.mark.parametrize("expression", ["banana(1)", "rate(5 fortnights)", "cron(* * *)"])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    """By name."""
    with pytest.raises(AwsError, match="Invalid Schedule Expression"):
        Timetable(expression)
