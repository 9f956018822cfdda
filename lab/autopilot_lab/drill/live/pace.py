"""How fast virtual time passes for somebody who watches: slowly while something happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

#: Virtual seconds per real second while something happens.
CLOSE: Final = 6.0
#: Real seconds in which a whole drill passes in which nothing happens.
QUIET_WHOLE_SECONDS: Final = 10.0
#: Times as fast as `CLOSE`, while a run only waits.
_WAITING_TIMES: Final = 5.0
#: News is looked at this long, in virtual seconds; what the scenario does is awaited so long.
_AFTER_SECONDS: Final = 20.0
_BEFORE_SECONDS: Final = 5.0
FACTOR_MIN: Final = 1 / 16
FACTOR_MAX: Final = 64.0


class Pace:
    """Chooses the rate for each moment; whoever watches can stop time, or change it."""

    def __init__(self, *, speed: float | None, horizon: int, expected: Sequence[int]) -> None:
        """`speed` is in virtual seconds per real second, 0 for no waiting, None to choose itself.

        `expected` are the instants at which the scenario does something.
        """
        self._speed = speed
        self._quiet = max(horizon / QUIET_WHOLE_SECONDS, CLOSE * _WAITING_TIMES)
        self._expected = expected
        self._news_at = float("-inf")
        self.factor = 1.0
        self.paused = False

    def note_news(self, second: float) -> None:
        """Something has happened that people want to see."""
        self._news_at = second

    def faster(self) -> None:
        """Twice as fast."""
        self.factor = min(self.factor * 2, FACTOR_MAX)

    def slower(self) -> None:
        """Half as fast."""
        self.factor = max(self.factor / 2, FACTOR_MIN)

    def pause_or_go_on(self) -> None:
        """Stop time, or let it pass again."""
        self.paused = not self.paused

    def rate(self, second: float, *, is_run_open: bool) -> float | None:
        """Virtual seconds per real second at this moment; None for no waiting."""
        if self._speed == 0 or second < 0:
            return None
        return self.factor * (self._speed or self._chosen(second, is_run_open=is_run_open))

    def _chosen(self, second: float, *, is_run_open: bool) -> float:
        awaited = any(0 <= at - second <= _BEFORE_SECONDS for at in self._expected)
        if awaited or second - self._news_at <= _AFTER_SECONDS:
            return CLOSE
        return CLOSE * _WAITING_TIMES if is_run_open else self._quiet
