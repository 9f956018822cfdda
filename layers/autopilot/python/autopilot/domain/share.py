"""What is known about a share of requests from counts, against a line. Pure.

The bounds are exact at any sample size (see `binomial`), so that absence of data, or too little
of it, is unknown and neither good nor bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from autopilot.domain.binomial import PPM, lower_ppm, upper_ppm
from autopilot.domain.verdict import State, as_percent

#: More requests than this are scaled down, which only widens the bounds (see `binomial`).
_REQUESTS_MAX: Final = 10_000_000


@dataclass(frozen=True, slots=True)
class ShareVerdict:
    """Whether a share is above or below its line; rates are parts per million."""

    state: State  #: unhealthy: surely above; healthy: surely below
    requests: int
    missed: int
    lower_ppm: int
    upper_ppm: int
    line_ppm: int

    def to_dict(self) -> dict[str, Any]:
        """As evidence."""
        return {
            "requests": self.requests,
            "missed": self.missed,
            "at_least": as_percent(self.lower_ppm),
            "at_most": as_percent(self.upper_ppm),
            "line": as_percent(self.line_ppm),
        }

    def said(self, missed: str) -> str:
        """In words, with a word for those that missed: `3 of 100 requests were slow: ...`."""
        if self.requests == 0:
            return "no request was counted"
        words = {
            State.UNHEALTHY: "surely above",
            State.HEALTHY: "surely below",
            State.UNKNOWN: "too few to tell whether above",
        }
        line = f"{words[self.state]} {as_percent(self.line_ppm)}"
        return f"{self.missed} of {self.requests} requests {missed}: {line}"


def judge_share(requests: int, missed: int, line_ppm: int, confidence_ppm: int) -> ShareVerdict:
    """Compare the share `missed / requests` with the line, as surely as `confidence_ppm` says."""
    lower, upper = share_bounds(requests, missed, confidence_ppm)
    state = State.UNKNOWN
    if requests and lower > line_ppm:
        state = State.UNHEALTHY
    elif requests and upper < line_ppm:
        state = State.HEALTHY
    return ShareVerdict(state, requests, missed, lower, upper, line_ppm)


def share_bounds(requests: int, missed: int, confidence_ppm: int) -> tuple[int, int]:
    """Exact one-sided bounds of the share, in parts per million; everything without requests."""
    if requests == 0:
        return 0, PPM
    alpha = (PPM - confidence_ppm) / PPM
    scale = -(-requests // _REQUESTS_MAX)
    scaled = requests // scale
    fewest, most = min(missed // scale, scaled), min(-(-missed // scale), scaled)
    return lower_ppm(scaled, fewest, alpha), upper_ppm(scaled, most, alpha)
