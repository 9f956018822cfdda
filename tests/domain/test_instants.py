"""Instants as dates and texts, in UTC."""

from __future__ import annotations

import pytest

from autopilot.domain.instants import day_of, instant, month_of, start_ms

LAST_MS = 1_798_761_599_999  #: the last millisecond of 2026


@pytest.mark.parametrize(
    "at_ms, month, day, second",
    [
        (0, "1970-01", "1970-01-01", "1970-01-01T00:00:00Z"),
        (LAST_MS, "2026-12", "2026-12-31", "2026-12-31T23:59:59Z"),
        (LAST_MS + 1, "2027-01", "2027-01-01", "2027-01-01T00:00:00Z"),
    ],
)
def test_an_instant_lies_in_its_month_day_and_second(
    at_ms: int, month: str, day: str, second: str
) -> None:
    """Its last millisecond still belongs to a day; nothing is rounded up."""
    assert (month_of(at_ms), day_of(at_ms), instant(at_ms)) == (month, day, second)


def test_a_day_begins_at_its_first_millisecond() -> None:
    """The one before it belongs to the day before."""
    begins = start_ms("2027-01-01")
    assert (begins, day_of(begins - 1)) == (LAST_MS + 1, "2026-12-31")
