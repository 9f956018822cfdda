"""When the first response is due, whatever the calendar and the clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from autopilot.domain.calendar import BusinessHours, Calendar, Weekday
from autopilot.domain.severity import Severity

WEEK: tuple[Weekday, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def hours(
    *holidays: date,
    time_zone: str = "Europe/Berlin",
    days: tuple[Weekday, ...] = WEEK,
    opens: time = time(9),
) -> BusinessHours:
    """A five-day week from nine to five, unless told otherwise."""
    calendar = Calendar(working_days=days, opens=opens, closes=time(17), holidays=holidays)
    return BusinessHours(calendar, time_zone)


def instant(text: str) -> int:
    """Unix milliseconds of an ISO instant in UTC."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    "severity, minutes", [(Severity.P0, 5), (Severity.P1, 15), (Severity.P2, 60)]
)
def test_urgent_pages_are_due_in_minutes_at_any_hour(severity: Severity, minutes: int) -> None:
    """Also at night, on a Sunday."""
    at_ms = instant("2026-11-22T02:00")
    assert hours().response_due(severity, at_ms) == at_ms + minutes * 60_000


#: Now, when a P3 is due, and what makes the case special; Berlin, both in UTC.
NEXT_BUSINESS_DAYS = {
    "in the middle of a working day": ("2026-11-23T10:00", "2026-11-24T08:00"),
    "on a working day before it opens": ("2026-11-23T03:00", "2026-11-24T08:00"),
    "on Friday evening": ("2026-11-27T20:00", "2026-11-30T08:00"),
    "on Sunday, when it is Monday in Berlin": ("2026-11-29T23:30", "2026-12-01T08:00"),
    "over the change to summer time": ("2026-03-27T20:00", "2026-03-30T07:00"),
    "over the change to winter time": ("2026-10-23T20:00", "2026-10-26T08:00"),
    "into 29 February, a working day": ("2028-02-28T12:00", "2028-02-29T08:00"),
    "over 28 February of another year": ("2027-02-26T12:00", "2027-03-01T08:00"),
    "over the end of the year": ("2026-12-31T22:00", "2027-01-01T08:00"),
}


@pytest.mark.parametrize("case", NEXT_BUSINESS_DAYS)
def test_a_p3_is_due_when_the_next_business_day_opens(case: str) -> None:
    """In the time zone of the service."""
    now, due = NEXT_BUSINESS_DAYS[case]
    assert hours().response_due(Severity.P3, instant(now)) == instant(due)


def test_holidays_are_no_business_days() -> None:
    """Christmas on a Friday, then a weekend, then a company's own free Monday."""
    closed = hours(date(2026, 12, 25), date(2026, 12, 26), date(2026, 12, 28))
    due = closed.response_due(Severity.P3, instant("2026-12-24T12:00"))
    assert due == instant("2026-12-29T08:00")


def test_a_week_that_begins_on_sunday_is_one_too() -> None:
    """The calendar says which days people work."""
    days: tuple[Weekday, ...] = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday")
    due = hours(days=days).response_due(Severity.P3, instant("2026-11-27T12:00"))
    assert due == instant("2026-11-29T08:00")


def test_an_opening_that_the_clocks_skip_is_an_instant_all_the_same() -> None:
    """At 02:30 on 29 March it is never 02:30 in Berlin: 01:30 UTC, which reads 03:30."""
    sunday = hours(days=("Sunday",), opens=time(2, 30))
    due = sunday.response_due(Severity.P3, instant("2026-03-28T12:00"))
    assert due == instant("2026-03-29T01:30")
    assert sunday.words(due) == "Sun 2026-03-29 03:30 CEST (01:30 UTC)"


def test_an_opening_that_the_clocks_repeat_is_the_first_of_the_two() -> None:
    """At 02:30 on 25 October, in summer time."""
    due = hours(days=("Sunday",), opens=time(2, 30)).response_due(
        Severity.P3, instant("2026-10-24T12:00")
    )
    assert due == instant("2026-10-25T00:30")


@given(
    at=st.datetimes(datetime(2024, 1, 1), datetime(2033, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis adds the zone
    time_zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"]),
    holidays=st.frozensets(st.dates(date(2024, 1, 1), date(2034, 6, 1)), max_size=40),
)
def test_whatever_the_calendar_a_p3_is_due_later_and_while_people_work(
    at: datetime, time_zone: str, holidays: frozenset[date]
) -> None:
    """At most the holidays and a long weekend away."""
    at_ms = round(at.timestamp()) * 1000
    open_hours = hours(*holidays, time_zone=time_zone)
    due = open_hours.response_due(Severity.P3, at_ms)
    assert at_ms < due <= at_ms + (4 + 2 * len(holidays)) * 86_400_000
    assert open_hours.is_open(due)
    assert not open_hours.is_open(due - 1000)


def test_people_read_an_instant_in_their_zone_and_in_utc() -> None:
    """The day is repeated only where it differs."""
    assert hours().words(instant("2026-11-23T10:05")) == "Mon 2026-11-23 11:05 CET (10:05 UTC)"
    far = hours(time_zone="America/New_York").words(instant("2026-11-24T02:00"))
    assert far == "Mon 2026-11-23 21:00 EST (2026-11-24 02:00 UTC)"


def test_a_calendar_that_closes_before_it_opens_is_refused() -> None:
    """Night shifts belong into the matrix of who is called, not here."""
    with pytest.raises(ValidationError, match="a time after opens"):
        Calendar(working_days=WEEK, opens=time(9), closes=time(9))
