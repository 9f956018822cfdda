"""When the first response to a page is due: working days, opening hours, holidays. Pure.

Local times are of the profile's zone, instants are Unix milliseconds. A local time that a change
of the clocks skips counts by the offset before the change, one that it repeats is the first of
the two (PEP 495, `fold=0`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, model_validator

from autopilot.domain.instants import moment
from autopilot.domain.severity import Severity

Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

_MINUTE_MS: Final = 60_000
_WEEK_DAYS: Final = 7
_WEEKDAYS: Final[tuple[Weekday, ...]] = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)
#: How long a first response may take, in minutes; P3 waits for the next business day.
RESPONSE_MINUTES: Final[Mapping[Severity, int]] = MappingProxyType(
    {Severity.P0: 5, Severity.P1: 15, Severity.P2: 60}
)


class Calendar(BaseModel):
    """The profile's `[calendar]`: when people work, in the time zone of the service."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    working_days: tuple[Weekday, ...] = Field(min_length=1, max_length=7)
    opens: time = Field(description="Local time; the first response to a P3 is due then.")
    closes: time = Field(description="Local time, later on the same day.")
    holidays: tuple[Annotated[date, Field()], ...] = Field(
        default=(), max_length=200, description="Days that are no working days."
    )

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Self:
        if self.closes <= self.opens:
            message = f"a time after opens, {self.opens}"
            raise ValueError(message)
        return self


@dataclass(frozen=True)
class BusinessHours:
    """A calendar in its time zone."""

    calendar: Calendar
    time_zone: str  #: an IANA name

    def response_due(self, severity: Severity, at_ms: int) -> int:
        """When somebody must have answered what was told at `at_ms`.

        A P3 is due at the opening of the next business day, which is a later day than that of
        `at_ms`, wherever the working day stands.
        """
        if severity in RESPONSE_MINUTES:
            return at_ms + RESPONSE_MINUTES[severity] * _MINUTE_MS
        day = self._business_day_after(self._local(at_ms).date())
        return self._at(day, self.calendar.opens)

    def is_open(self, at_ms: int) -> bool:
        """Whether people are at work then."""
        local = self._local(at_ms)
        inside = self.calendar.opens <= local.time() < self.calendar.closes
        return inside and self._is_business_day(local.date())

    def after(self, at_ms: int, minutes: int) -> int:
        """The instant by which people have been at work for so many minutes since `at_ms`."""
        left_ms = minutes * _MINUTE_MS
        day = self._local(at_ms).date()
        while True:
            if self._is_business_day(day):
                begins_ms = max(at_ms, self._at(day, self.calendar.opens))
                open_ms = max(0, self._at(day, self.calendar.closes) - begins_ms)
                if left_ms <= open_ms:
                    return begins_ms + left_ms
                left_ms -= open_ms
            day = self._business_day_after(day)

    def words(self, at_ms: int) -> str:
        """An instant for people, in the zone of the service and in UTC."""
        local = self._local(at_ms)
        utc = local.astimezone(UTC)
        apart = "" if utc.date() == local.date() else f"{utc:%Y-%m-%d }"
        return f"{local:%a %Y-%m-%d %H:%M %Z} ({apart}{utc:%H:%M} UTC)"

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def _local(self, at_ms: int) -> datetime:
        return moment(at_ms).astimezone(self._zone)

    def _at(self, day: date, local: time) -> int:
        return round(datetime.combine(day, local, tzinfo=self._zone).timestamp()) * 1000

    def _business_day_after(self, day: date) -> date:
        """Each holiday hides at most one working day, so the search ends."""
        for ahead in range(1, _WEEK_DAYS * (len(self.calendar.holidays) + 1) + 1):
            if self._is_business_day(day + timedelta(days=ahead)):
                return day + timedelta(days=ahead)
        raise AssertionError(day)  # pragma: no cover - a calendar has a working day in each week

    def _is_business_day(self, day: date) -> bool:
        works = _WEEKDAYS[day.weekday()] in self.calendar.working_days
        return works and day not in self.calendar.holidays
