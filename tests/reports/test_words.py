"""Numbers and instants in words."""

from __future__ import annotations

import pytest

from autopilot.reports import words
from tests.reports.made_up import STARTED_MS


@pytest.mark.parametrize(
    "at, said",
    [(94.0, "+00:34"), (60.0, "+00:00"), (30.0, "\N{MINUS SIGN}00:30"), (60 + 3725.0, "+1:02:05")],
)
def test_an_instant_is_told_from_zero(at: float, said: str) -> None:
    """Minutes and seconds, before and after; hours when there are any."""
    assert words.offset(at, 60.0) == said


def test_an_instant_is_told_in_utc() -> None:
    """Virtual time too, for people and for machines."""
    assert words.utc(347.0, STARTED_MS) == "08:05:47 UTC"
    assert words.iso(347.0, STARTED_MS) == "2026-01-05T08:05:47Z"
    assert words.date(STARTED_MS) == "Monday, 5 January 2026"


@pytest.mark.parametrize(
    "value, said",
    [(0, "0 %"), (0.004, "under 0.01 %"), (0.26, "0.26 %"), (14.88, "14.9 %"), (100, "100 %")],
)
def test_a_percentage_keeps_the_digits_that_matter(value: float, said: str) -> None:
    """And never rounds what is there down to nothing."""
    assert words.percent(value).replace(words.NO_BREAK, " ") == said


@pytest.mark.parametrize(
    "seconds, said",
    [(0, "0 s"), (4.8, "4.8 s"), (34.2, "34 s"), (312, "5 min 12 s"), (14_400, "4 h")],
)
def test_a_duration_has_units(seconds: float, said: str) -> None:
    """The parts that are not zero."""
    assert words.duration(seconds).replace(words.NO_BREAK, " ") == said


def test_a_unit_stays_with_its_number() -> None:
    """On one line, whatever the width."""
    assert words.typeset("1 % after 34 s of") == "1\u00a0% after 34\u00a0s of"


def test_counts_are_grouped() -> None:
    """By a narrow space, in every language."""
    assert words.count(1_204_000) == "1\u202f204\u202f000"
    assert words.plural(1, "entry", "entries") == "1 entry"
    assert words.plural(2, "entry", "entries") == "2 entries"
