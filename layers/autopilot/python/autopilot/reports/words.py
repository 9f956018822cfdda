"""Numbers and instants as people read them, with their units."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from autopilot.reports.model import Report

_MINUTE: Final = 60
_HOUR: Final = 3600
_TENTHS_BELOW: Final = 10
_HUNDREDTHS_BELOW: Final = 0.1
_MINUS: Final = "\N{MINUS SIGN}"
_TIMES: Final = "\N{MULTIPLICATION SIGN}"
NARROW: Final = "\N{NARROW NO-BREAK SPACE}"
NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_UNIT: Final = re.compile(r"(?<=\d) (?=(?:%|s|ms|min|h)(?!\w))")


def offset(at: float, zero: float) -> str:
    """`+00:34`, minutes and seconds after `zero`; hours in front when there are any."""
    seconds = round(at - zero)
    sign = _MINUS if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), _HOUR)
    clock = f"{rest // _MINUTE:02d}:{rest % _MINUTE:02d}"
    return f"{sign}{hours}:{clock}" if hours else f"{sign}{clock}"


def utc(at: float, started_ms: int) -> str:
    """`08:05:47 UTC` of an instant that many seconds after the start."""
    return f"{_moment(at, started_ms):%H:%M:%S} UTC"


def date(started_ms: int) -> str:
    """`Monday, 5 January 2026`."""
    moment = _moment(0, started_ms)
    return f"{moment:%A}, {moment.day} {moment:%B %Y}"


def iso(at: float, started_ms: int) -> str:
    """`2026-01-05T08:05:47Z`, for machines."""
    return f"{_moment(at, started_ms):%Y-%m-%dT%H:%M:%SZ}"


def _moment(at: float, started_ms: int) -> datetime:
    return datetime.fromtimestamp(started_ms // 1000 + round(at), tz=UTC)


def count(number: int) -> str:
    """`720 000`: digits in groups of three, which no language reads as a decimal mark."""
    return f"{number:,}".replace(",", NARROW)


def percent(value: float) -> str:
    """`14.3 %`: two digits that matter, whole numbers above 10 with one decimal."""
    if value == 0:
        return f"0{NO_BREAK}%"
    digits = 1 if abs(value) >= _TENTHS_BELOW else 2
    if abs(value) < 0.01:  # noqa: PLR2004 - below the second decimal there is only "less than"
        return f"under 0.01{NO_BREAK}%"
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") + f"{NO_BREAK}%"


def share(part: int, whole: int) -> str:
    """`part` of `whole` as a percentage."""
    return percent(100 * part / whole) if whole else f"0{NO_BREAK}%"


def times(part: int, whole: int) -> str:
    """`7.2` and a sign: how many times `whole` it is; "" when there is nothing to measure it by."""
    if not whole:
        return ""
    ratio = part / whole
    tenths = f"{ratio:.1f}" if ratio >= _HUNDREDTHS_BELOW else f"{ratio:.2f}"
    said = count(round(ratio)) if ratio >= _TENTHS_BELOW else tenths.removesuffix(".0")
    return f"{said}{NO_BREAK}{_TIMES}"


def ppm(value: int) -> str:
    """Parts per million as a percentage: 9970 is `0.997 %`."""
    return f"{value / 10_000:.3g}{NO_BREAK}%"


def duration(seconds: float) -> str:
    """`4.8 s` below ten seconds, `34 s`, `5 min 12 s`, `4 h`."""
    if abs(seconds) < _TENTHS_BELOW and round(seconds) != seconds:
        return f"{seconds:.1f}{NO_BREAK}s".replace("-", _MINUS)
    whole = round(seconds)
    parts = ((whole // _HOUR, "h"), (whole // _MINUTE % _MINUTE, "min"), (whole % _MINUTE, "s"))
    return " ".join(f"{n}{NO_BREAK}{unit}" for n, unit in parts if n) or f"0{NO_BREAK}s"


def part_seconds(seconds: float) -> str:
    """`15.00 s`: the same decimals in a whole column, so that it adds up for the eye."""
    return f"{seconds:.2f}{NO_BREAK}s".replace("-", _MINUS)


def plural(number: int, one: str, many: str = "") -> str:
    """`1 effect`, `2 effects`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def words(name: str) -> str:
    """`ramp_down` as `ramp down`."""
    return name.replace("_", " ")


def when(report: Report, at: float) -> str:
    """`+00:34 (08:05:47 UTC)`."""
    return f"{offset(at, report.zero)} ({utc(at, report.started_ms)})"


def typeset(sentence: str) -> str:
    """The sentence with no line end between a number and its unit."""
    return _UNIT.sub(NO_BREAK, sentence)
