"""The days that were checked, as the ledger keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from autopilot.domain.assessment import Day

if TYPE_CHECKING:
    from autopilot.gate.gate import Gate

PREFIX: Final = "compliance/"
TREND_DAYS: Final = 30


def day_record(day: str) -> str:
    """The name of the record of a day; days are those of UTC."""
    return f"{PREFIX}{day}"


def days_before(gate: Gate, day: str) -> tuple[Day, ...]:
    """The checked days of the last thirty before `day`, oldest first."""
    end = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    months = sorted({(end - timedelta(days=n)).strftime("%Y-%m") for n in range(TREND_DAYS + 1)})
    found = [Day.of(one) for month in months for one in gate.find_records(f"{PREFIX}{month}")]
    first = (end - timedelta(days=TREND_DAYS)).strftime("%Y-%m-%d")
    return tuple(one for one in found if first <= one.day < day)
