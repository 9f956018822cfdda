"""Schedule expressions of EventBridge and its Scheduler: when does it fire next? Pure.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from autopilot_lab.emulator.aws_error import AwsError

_RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)s?\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
_MONTHS = {name.upper(): index for index, name in enumerate(calendar.month_abbr) if name}
_DAYS = {
    name: index + 1 for index, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))
}
DAYS_AHEAD_MAX = 366 * 5


@dataclass(frozen=True, slots=True)
class Timetable:
    """A parsed schedule expression, in a time zone."""

    expression: str
    zone: str = "UTC"

    def __post_init__(self) -> None:
        if not _is_expression(self.expression):
            raise AwsError("ValidationException", f"Invalid Schedule Expression {self.expression}")

    def after(self, instant: float, created_at: float) -> float | None:
        """The first firing after `instant`, or None. Rates count from `created_at`."""
        rate = _RATE.fullmatch(self.expression)
        if rate:
            seconds = int(rate[1]) * _UNITS[rate[2]]
            return created_at + seconds * ((instant - created_at) // seconds + 1)
        once = _AT.fullmatch(self.expression)
        if once:
            moment = datetime.fromisoformat(once[1]).replace(tzinfo=ZoneInfo(self.zone))
            return moment.timestamp() if moment.timestamp() > instant else None
        return self._next_cron(instant)

    def _next_cron(self, instant: float) -> float | None:
        match = _CRON.fullmatch(self.expression)
        if match is None:
            return None
        minutes, hours = _numbers(match[1], 0, 59, {}), _numbers(match[2], 0, 23, {})
        local = datetime.fromtimestamp(instant, UTC).astimezone(ZoneInfo(self.zone))
        day = local.replace(hour=0, minute=0, second=0, microsecond=0)
        for _ in range(DAYS_AHEAD_MAX):
            if _is_day(day, match):
                for hour in hours:
                    for minute in minutes:
                        moment = day.replace(hour=hour, minute=minute)
                        if moment.timestamp() > instant:
                            return moment.timestamp()
            day = (day + timedelta(days=1)).replace(hour=0)
        return None


def _is_expression(text: str) -> bool:
    cron, once = _CRON.fullmatch(text), _AT.fullmatch(text)
    if cron is not None:
        return _is_cron(*cron.groups())
    if once is not None:
        return _is_instant(once[1])
    return _RATE.fullmatch(text) is not None


def _is_instant(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_cron(minutes: str, hours: str, days: str, months: str, weekdays: str, years: str) -> bool:
    """Whether each field is within its bounds, and one of the two fields for days is "?"."""
    if (days == "?") == (weekdays == "?"):
        return False
    weekday, _, nth = weekdays.partition("#")
    fields: tuple[tuple[str, int, int, dict[str, int]], ...] = (
        (minutes, 0, 59, {}),
        (hours, 0, 23, {}),
        ("1" if days == "L" else days, 1, 31, {}),
        (months, 1, 12, _MONTHS),
        (weekday, 1, 7, _DAYS),
        (nth or "1", 1, 5, {}),
        (years, 1970, 2199, {}),
    )
    return all(_is_within(*field) for field in fields)


def _is_within(text: str, low: int, high: int, names: dict[str, int]) -> bool:
    try:
        found = _numbers(text, low, high, names)
    except ValueError:
        return False
    return bool(found) and low <= found[0] and found[-1] <= high


def _is_day(day: datetime, cron: re.Match[str]) -> bool:
    _, _, days, months, weekdays, years = cron.groups()
    if day.year not in _numbers(years, 1970, 2199, {}):
        return False
    if day.month not in _numbers(months, 1, 12, _MONTHS):
        return False
    last = calendar.monthrange(day.year, day.month)[1]
    if days not in ("?", "*"):
        wanted = [last] if days == "L" else _numbers(days, 1, 31, {})
        if day.day not in wanted:
            return False
    if weekdays in ("?", "*"):
        return True
    name, _, nth = weekdays.partition("#")
    if nth and (day.day - 1) // 7 + 1 != int(nth):
        return False
    return day.isoweekday() % 7 + 1 in _numbers(name, 1, 7, _DAYS)


def _numbers(text: str, low: int, high: int, names: dict[str, int]) -> list[int]:
    """The numbers that a cron field stands for, in order."""
    found: set[int] = set()
    for part in text.upper().split(","):
        base, _, step = part.partition("/")
        first, _, last = base.partition("-")
        if base in ("*", "?"):
            start, end = low, high
        else:
            start = names.get(first) or int(first)
            end = (names.get(last) or int(last)) if last else (high if step else start)
        found.update(range(start, end + 1, int(step or 1)))
    return sorted(found)
