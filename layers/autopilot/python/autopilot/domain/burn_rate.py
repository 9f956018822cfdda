"""How fast the error budget is spent, over pairs of windows, with exact bounds. Pure.

A burn rate of 1 spends the whole budget in just the objective's period. Google's "Site
Reliability Workbook", chapter 5, "Multiwindow, Multi-Burn-Rate Alerts", names the pairs: the long
window says that it matters, the short one that it still goes on, and both must exceed. Its advice
for low traffic is manual; here the bounds are exact, so that a quiet service is `unknown` rather
than burning for one unlucky request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autopilot.domain.binomial import PPM
from autopilot.domain.severity import Severity
from autopilot.domain.share import share_bounds
from autopilot.domain.verdict import State

#: A budget so wide that a factor times it passes this is burning at this: half of all requests.
_LINE_PPM_MAX: Final = 500_000
_TENTHS: Final = 10


@dataclass(frozen=True, slots=True)
class Pair:
    """Two windows and the burn rate that both must surely exceed."""

    name: str
    factor_tenths: int  #: the burn rate, in tenths: 144 is 14.4 times the budget
    long_seconds: int
    short_seconds: int
    severity: Severity


FAST: Final = Pair("14.4x", 144, 3_600, 300, Severity.P1)  #: 2 % of a month's budget in an hour
SLOW: Final = Pair("6x", 60, 21_600, 1_800, Severity.P2)  #: 5 % in six hours
TRICKLE: Final = Pair("1x", 10, 259_200, 21_600, Severity.P3)  #: 10 % in three days
PAIRS: Final = (FAST, SLOW, TRICKLE)


@dataclass(frozen=True, slots=True)
class Budget:
    """What may fail, and how sure a verdict must be. Rates are parts per million."""

    ppm: int  #: the share of requests that may fail
    confidence_ppm: int
    failures_min: int = 2  #: fewer failures than this never show burning, at any rate

    @classmethod
    def of(
        cls,
        *,
        availability_ppm: int,
        error_rate_ppm: int,
        confidence_ppm: int,
        failures_min: int,
    ) -> Budget:
        """The stricter of the two objectives; at least one in a million."""
        ppm = max(1, min(PPM - availability_ppm, error_rate_ppm))
        return cls(ppm, confidence_ppm, failures_min)


@dataclass(frozen=True, slots=True)
class Window:
    """What was counted in one window that ends now."""

    seconds: int
    requests: int
    failures: int


@dataclass(frozen=True, slots=True)
class Burn:
    """A window's burn rate with its bounds, in hundredths of the budget's rate."""

    window: Window
    state: State  #: unhealthy: surely above the line; healthy: surely below
    hundredths: int
    lower_hundredths: int
    upper_hundredths: int

    def to_dict(self) -> dict[str, Any]:
        """As evidence: counts, and rates as people say them."""
        return {
            "seconds": self.window.seconds,
            "requests": self.window.requests,
            "failures": self.window.failures,
            "state": self.state.value,
            "burn": _said(self.hundredths),
            "at_least": _said(self.lower_hundredths),
            "at_most": _said(self.upper_hundredths),
        }


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """What both windows of a pair say together."""

    pair: Pair
    state: State
    long: Burn
    short: Burn
    reason: str


def judge_pairs(
    count: Callable[[int], Window], budget: Budget, pairs: Sequence[Pair] = PAIRS
) -> tuple[PairVerdict, ...]:
    """The verdict of every pair; `count` gives the counts of the last so many seconds."""
    return tuple(
        judge_pair(pair, count(pair.long_seconds), count(pair.short_seconds), budget)
        for pair in pairs
    )


def judge_pair(pair: Pair, long: Window, short: Window, budget: Budget) -> PairVerdict:
    """Burning when both windows surely exceed; calm when one surely does not, and both have data.

    More failures among the same requests never make a verdict calmer.
    """
    burns = (burn_of(long, pair, budget), burn_of(short, pair, budget))
    state = _together(burns)
    return PairVerdict(pair, state, *burns, reason=_reason(pair, state, burns))


def burn_of(window: Window, pair: Pair, budget: Budget) -> Burn:
    """One window against the pair's line."""
    lower, upper = share_bounds(window.requests, window.failures, budget.confidence_ppm)
    line = min(pair.factor_tenths * budget.ppm // _TENTHS, _LINE_PPM_MAX)
    rate = PPM * window.failures // window.requests if window.requests else 0
    return Burn(
        window=window,
        state=_state(window, lower, upper, line, budget.failures_min),
        hundredths=100 * rate // budget.ppm,
        lower_hundredths=100 * lower // budget.ppm,
        upper_hundredths=100 * upper // budget.ppm,
    )


def _state(window: Window, lower: int, upper: int, line: int, failures_min: int) -> State:
    if window.requests == 0:
        return State.UNKNOWN
    if lower > line and window.failures >= failures_min:
        return State.UNHEALTHY
    return State.HEALTHY if upper < line else State.UNKNOWN


def _together(burns: Sequence[Burn]) -> State:
    states = {burn.state for burn in burns}
    if any(burn.window.requests == 0 for burn in burns):
        return State.UNKNOWN
    if states == {State.UNHEALTHY}:
        return State.UNHEALTHY
    return State.HEALTHY if State.HEALTHY in states else State.UNKNOWN


def _reason(pair: Pair, state: State, burns: Sequence[Burn]) -> str:
    words = {
        State.UNHEALTHY: "surely above in both",
        State.HEALTHY: "surely below in one",
        State.UNKNOWN: "too few requests to tell",
    }
    said = words[state]
    if any(burn.window.requests == 0 for burn in burns):
        said = "no request was counted in one"
    parts = "; ".join(
        f"{burn.window.failures} of {burn.window.requests} failed in "
        f"{spoken(burn.window.seconds)}: {_said(burn.hundredths)}x "
        f"({_said(burn.lower_hundredths)} to {_said(burn.upper_hundredths)})"
        for burn in burns
    )
    return f"burn rate {pair.name}: {said} ({parts})"


def spoken(seconds: int) -> str:
    """A window as people say it: 259200 is `3 d`."""
    units: Mapping[str, int] = {"d": 86_400, "h": 3_600, "min": 60}
    for unit, size in units.items():
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _said(hundredths: int) -> str:
    return f"{hundredths / 100:g}"
