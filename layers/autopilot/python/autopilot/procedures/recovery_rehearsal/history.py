"""The rehearsals of the last months, as the ledger keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from autopilot.domain.rehearsal import Numbers

if TYPE_CHECKING:
    from autopilot.gate.gate import Gate

PREFIX: Final = "rehearsal/"
LAST: Final = "rehearsal-last/"  #: the newest one of each target, whole
TREND_MAX: Final = 12
_YEARS: Final = 2
_YEAR_MAX: Final = 100  #: rehearsals of a year that are looked at


def record_of(target: str, day: str) -> str:
    """The name of a rehearsal's record: by target, then by day."""
    return f"{PREFIX}{target}/{day}"


def before(gate: Gate, target: str, day: str) -> tuple[Numbers, ...]:
    """The rehearsals of the same move before a day, oldest first, at most twelve."""
    year = int(day[:4])
    found = [
        Numbers.of(one)
        for each in range(year - _YEARS + 1, year + 1)
        for one in gate.find_records(f"{PREFIX}{target}/{each}", limit=_YEAR_MAX)
    ]
    return tuple(one for one in found if one.day < day)[-TREND_MAX:]
