"""Verdicts at the numbers that people quote."""

from __future__ import annotations

import math
import time

import pytest

from autopilot.domain.binomial import PPM, lower_ppm, upper_ppm
from autopilot.domain.verdict import State, Thresholds, as_percent, judge
from autopilot.errors import BadInput

LINES = Thresholds(guard_ppm=50_000, tolerance_ppm=10_000, sample_min=299, fresh_seconds=60)


@pytest.mark.parametrize("requests, failures", [(20_000, 37), (5_000, 150), (4_000, 2_000)])
def test_bounds_of_large_samples_agree_with_exact_arithmetic(requests: int, failures: int) -> None:
    """The tail crosses 0.05 between the bound and the next part per million."""
    low, high = lower_ppm(requests, failures, 0.05), upper_ppm(requests, failures, 0.05)
    limit = PPM**requests // 20
    assert _fewer(failures, requests, PPM - low, low) >= PPM**requests - limit
    assert _fewer(failures, requests, PPM - low - 1, low + 1) < PPM**requests - limit
    assert _fewer(failures + 1, requests, PPM - high, high) <= limit
    assert _fewer(failures + 1, requests, PPM - high + 1, high - 1) > limit


def _fewer(failures: int, requests: int, good: int, bad: int) -> int:
    """The chance of fewer failures, times a million to the power of requests: whole numbers."""
    term = good**requests
    total = 0
    for seen in range(failures):
        total += term
        term = term * (requests - seen) * bad // ((seen + 1) * good)
    return total


@pytest.mark.parametrize("requests", [1, 2, 59, 299, 10_000])
def test_bounds_at_the_ends_are_the_closed_form(requests: int) -> None:
    """Clopper and Pearson: without a failure the upper bound is 1 - alpha ** (1 / n)."""
    expected = math.ceil(PPM * (1 - 0.05 ** (1 / requests)))
    assert upper_ppm(requests, 0, 0.05) == expected
    assert lower_ppm(requests, requests, 0.05) == PPM - expected
    assert (lower_ppm(requests, 0, 0.05), upper_ppm(requests, requests, 0.05)) == (0, PPM)


def test_299_requests_without_a_failure_are_the_fewest_that_show_less_than_one_percent() -> None:
    """At 95 %: 0.99 to the power of 299 is the first such power below 0.05."""
    assert upper_ppm(299, 0, 0.05) == 9_970
    assert upper_ppm(298, 0, 0.05) == 10_003
    assert judge(299, 0, LINES, 5).state is State.HEALTHY
    assert judge(298, 0, LINES, 5).state is State.UNKNOWN


def test_a_small_sample_is_not_healthy_however_low_its_bound() -> None:
    """The profile asks for a smallest sample beside the bound."""
    strict = Thresholds(50_000, 50_000, sample_min=500, fresh_seconds=60)
    verdict = judge(400, 0, strict, 5)
    assert verdict.state is State.UNKNOWN
    assert verdict.reason == "0 of 400 requests failed: too few, 500 are needed"


def test_a_brownout_is_unhealthy_although_the_sample_is_small() -> None:
    """The lower bound accounts for the sample, so `sample_min` does not delay a retreat."""
    verdict = judge(40, 12, LINES, 5)
    assert verdict.state is State.UNHEALTHY
    assert verdict.reason == "12 of 40 requests failed: surely above 5 %"


def test_a_bound_on_the_line_is_neither() -> None:
    """Healthy is below its line and unhealthy above it; on it nothing is sure."""
    on_tolerance = Thresholds(50_000, upper_ppm(400, 1, 0.05), 1, 60)
    assert judge(400, 1, on_tolerance, 5).state is State.UNKNOWN
    on_guard = Thresholds(lower_ppm(40, 12, 0.05), 10_000, 1, 60)
    assert judge(40, 12, on_guard, 5).state is State.UNKNOWN


def test_one_unlucky_request_proves_nothing() -> None:
    """One of one failed: the rate may be as low as five percent."""
    assert judge(1, 1, LINES, 5).state is State.UNKNOWN


def test_no_request_is_unknown_with_the_widest_bounds() -> None:
    """Absence of data is never health and never harm."""
    verdict = judge(0, 0, LINES, None)
    assert (verdict.state, verdict.lower_ppm, verdict.upper_ppm) == (State.UNKNOWN, 0, 1_000_000)
    assert verdict.reason == "no request was counted"


def test_the_last_fresh_second_counts() -> None:
    """Fresh means at most so old."""
    assert judge(1_000, 0, LINES, 60).state is State.HEALTHY
    stale = judge(1_000, 0, LINES, 61)
    assert (stale.state, stale.reason) == (State.UNKNOWN, "counts are 61 s old, older than 60 s")


@pytest.mark.parametrize(
    "requests, failures, age, key",
    [(-1, 0, 0, "requests"), (5, 6, 0, "failures"), (5, -1, 0, "failures"), (5, 1, -2, "age")],
)
def test_counts_that_cannot_be_are_refused(
    requests: int, failures: int, age: int, key: str
) -> None:
    """More failures than requests is a fault of the counter, not of the route."""
    with pytest.raises(BadInput, match=key):
        judge(requests, failures, LINES, age)


def test_thresholds_out_of_range_are_named_together() -> None:
    """Both wrong numbers in one refusal."""
    with pytest.raises(BadInput) as refused:
        Thresholds(guard_ppm=2_000_000, tolerance_ppm=0, sample_min=1, fresh_seconds=1)
    keys = [problem.key for problem in refused.value.problems]
    assert keys == ["guard_ppm", "tolerance_ppm"]


def test_a_tolerance_above_the_guard_is_refused() -> None:
    """A route could be healthy and unhealthy at once."""
    with pytest.raises(BadInput, match="tolerance_ppm: expected at most guard_ppm, 10"):
        Thresholds(guard_ppm=10, tolerance_ppm=11, sample_min=1, fresh_seconds=1)


@pytest.mark.parametrize("failures", [0, 1, 50, 3_000, 50_000, 300_000, 500_000, 999_999])
def test_a_million_requests_are_judged_in_a_millisecond(failures: int) -> None:
    """The fastest of twenty, so that a busy machine does not decide."""
    fastest = min(_seconds(failures) for _ in range(20))
    assert fastest < 0.001


def _seconds(failures: int) -> float:
    start = time.perf_counter()
    judge(1_000_000, failures, LINES, 5)
    return time.perf_counter() - start


def test_rates_read_as_percent() -> None:
    """Four decimals at most, and no more zeros than needed."""
    assert [as_percent(ppm) for ppm in (9_970, 50_000, 1)] == ["0.997 %", "5 %", "0.0001 %"]
