"""What is known about a route from counts: healthy, unhealthy, or not enough to say.

Unknown is never healthy and never a reason to act. The bounds are exact at any sample size
(see `binomial`), so that a quiet service is not called unhealthy for one unlucky request.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

from autopilot.domain.binomial import PPM, lower_ppm, upper_ppm
from autopilot.errors import BadInput, Problem

_PPM_PER_PERCENT: Final = 10_000


class State(StrEnum):
    """The three things that can be said of a route, a region or a service."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Where the lines are. Rates are parts per million of requests."""

    guard_ppm: int  #: unhealthy when the failure rate is surely above
    tolerance_ppm: int  #: healthy when it is surely below
    sample_min: int  #: fewest requests that can show health
    fresh_seconds: int  #: older counts say nothing
    confidence_ppm: int = 950_000  #: how sure "surely" is, one-sided

    def __post_init__(self) -> None:
        """Raise `BadInput` with everything that is out of its range."""
        ranges = {
            "guard_ppm": (0, PPM - 1),
            "tolerance_ppm": (1, PPM),
            "sample_min": (1, 10_000_000),
            "fresh_seconds": (1, 86_400),
            "confidence_ppm": (500_000, PPM - 1),
        }
        problems = [
            Problem(name, f"a whole number from {least} to {most}", repr(getattr(self, name)))
            for name, (least, most) in ranges.items()
            if type(getattr(self, name)) is not int or not least <= getattr(self, name) <= most
        ]
        if not problems and self.tolerance_ppm > self.guard_ppm:
            expected = f"at most guard_ppm, {self.guard_ppm}"
            problems = [Problem("tolerance_ppm", expected, str(self.tolerance_ppm))]
        if problems:
            raise BadInput("thresholds", problems, "Correct the profile's verdict section.")


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state with its evidence and the age of it; rates are parts per million."""

    state: State
    requests: int
    failures: int
    lower_ppm: int  #: the failure rate is surely at least this
    upper_ppm: int  #: and surely at most this
    age_seconds: int | None  #: of the newest counts; None when there were none
    reason: str


def judge(requests: int, failures: int, thresholds: Thresholds, age_seconds: int | None) -> Verdict:
    """The verdict on a route that answered `requests`, `failures` of them wrongly.

    `sample_min` asks more of health only: what proves harm is the lower bound, which already
    accounts for the size of the sample. Takes less than a millisecond up to a million requests.
    """
    _check_counts(requests, failures, age_seconds)
    alpha = (PPM - thresholds.confidence_ppm) / PPM
    lower = lower_ppm(requests, failures, alpha) if requests else 0
    upper = upper_ppm(requests, failures, alpha) if requests else PPM
    verdict = partial(
        Verdict,
        requests=requests,
        failures=failures,
        lower_ppm=lower,
        upper_ppm=upper,
        age_seconds=age_seconds,
    )
    if age_seconds is None or requests == 0:
        return verdict(State.UNKNOWN, reason="no request was counted")
    if age_seconds > thresholds.fresh_seconds:
        older = f"counts are {age_seconds} s old, older than {thresholds.fresh_seconds} s"
        return verdict(State.UNKNOWN, reason=older)
    state, why = _compare(requests, lower, upper, thresholds)
    return verdict(state, reason=f"{failures} of {requests} requests failed: {why}")


def _compare(requests: int, lower: int, upper: int, lines: Thresholds) -> tuple[State, str]:
    if lower > lines.guard_ppm:
        return State.UNHEALTHY, f"surely above {as_percent(lines.guard_ppm)}"
    if upper >= lines.tolerance_ppm:
        between = f"between {as_percent(lower)} and {as_percent(upper)}"
        return State.UNKNOWN, f"{between}, too wide to tell"
    if requests < lines.sample_min:
        return State.UNKNOWN, f"too few, {lines.sample_min} are needed"
    return State.HEALTHY, f"surely below {as_percent(lines.tolerance_ppm)}"


def _check_counts(requests: int, failures: int, age_seconds: int | None) -> None:
    problems = []
    if requests < 0:
        problems.append(Problem("requests", "a whole number from 0", str(requests)))
    if not 0 <= failures <= requests:
        problems.append(Problem("failures", f"from 0 to requests, {requests}", str(failures)))
    if age_seconds is not None and age_seconds < 0:
        problems.append(Problem("age_seconds", "0 or more", str(age_seconds)))
    if problems:
        raise BadInput("counts", problems, "Look at what the router publishes.")


def as_percent(ppm: int) -> str:
    """Parts per million as a person reads them: 9970 is `0.997 %`."""
    return f"{ppm / _PPM_PER_PERCENT:g} %"
