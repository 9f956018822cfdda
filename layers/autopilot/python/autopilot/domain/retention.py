"""How long what is in the trail is kept, by class; what is due to be moved, and to be gone. Pure.

GDPR Art. 5(1)(e): no longer than the purpose needs; Art. 5(2): and proven. Periods count from the
end of the UTC day on which an entry was sealed, so that one day's entries of a class end together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final

from autopilot.domain.erasure import Hold
from autopilot.domain.instants import day_of, start_ms

#: What is over its limit for longer than this has not been dealt with: runs are daily.
GRACE_DAYS: Final = 2
DAY_MS: Final = 86_400_000  #: days are those of UTC: instant // DAY_MS numbers them


class RetentionClass(StrEnum):
    """How long an entry is kept; the profile gives each class its days."""

    OPERATIONS = "operations"
    SECURITY = "security"
    LEGAL = "legal"


@dataclass(frozen=True, slots=True)
class Periods:
    """Days that entries stay in the log's own bucket, and that each class is kept in all."""

    hot_days: int
    days: Mapping[RetentionClass, int]

    def is_settled(self, sealed_on: str, now_ms: int) -> bool:
        """Whether what was sealed that day is to be in the archive by now."""
        return _shifted(sealed_on, self.hot_days + 1) <= day_of(now_ms)

    def locked_until_ms(self, kept: RetentionClass, sealed_on: str) -> int:
        """Until when nobody may delete what was sealed that day."""
        return start_ms(_shifted(sealed_on, self.days[kept] + 1))

    def ends_before(self, kept: RetentionClass, now_ms: int) -> str:
        """The day before which everything of the class that was sealed has come to its end."""
        return _shifted(day_of(now_ms), -self.days[kept])


@dataclass(frozen=True, slots=True)
class Ending:
    """How far a class was let go in one region's trail, and what holds the rest."""

    kept: RetentionClass
    sealed_before_ms: int = 0  #: everything sealed before this is gone, or about to be
    hold: Hold | None = None

    @classmethod
    def of(cls, kept: RetentionClass, item: Mapping[str, Any] | None) -> Ending:
        """Read the record; one that is not there says that nothing was let go."""
        found = item or {}
        hold = found.get("hold") or None
        return cls(
            kept,
            int(found.get("sealed_before_ms", 0)),
            Hold.of(hold) if hold else None,
        )


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest object of a class in one place, against its limit."""

    place: str  #: where: log or archive
    kept: RetentionClass
    sealed_on: str  #: "" when there is none
    limit_days: int
    age_days: int
    held: bool

    @property
    def is_over(self) -> bool:
        """Whether it should be gone from there, and nothing holds it."""
        late = self.age_days > self.limit_days + GRACE_DAYS
        return bool(self.sealed_on) and late and not self.held

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "place": self.place,
            "class": self.kept.value,
            "oldest": self.sealed_on,
            "age_days": self.age_days,
            "limit_days": self.limit_days,
            "held": self.held,
            "over": self.is_over,
        }


def age_days(day: str, now_ms: int) -> int:
    """Whole days since the end of a day; 0 on the day itself."""
    return max((now_ms - start_ms(day)) // DAY_MS - 1, 0)


def _shifted(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
