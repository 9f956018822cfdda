"""The bounds of a failure rate against exact arithmetic, and the verdict's good manners."""

from __future__ import annotations

from fractions import Fraction
from math import comb

from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.binomial import PPM, lower_ppm, upper_ppm
from autopilot.domain.verdict import State, Thresholds, judge
from tests.property.strategies import counts, thresholds

ALPHAS = (Fraction(1, 20), Fraction(1, 100), Fraction(1, 1000))
SMALL = st.integers(1, 120).flatmap(
    lambda requests: st.tuples(st.just(requests), st.integers(0, requests))
)


def at_least(failures: int, requests: int, rate_ppm: int) -> Fraction:
    """The exact chance of this many failures or more at a rate, summed term by term."""
    good, bad = PPM - rate_ppm, rate_ppm
    terms = (
        comb(requests, k) * bad**k * good ** (requests - k) for k in range(failures, requests + 1)
    )
    return Fraction(sum(terms), PPM**requests)


@given(SMALL, st.sampled_from(ALPHAS))
def test_the_lower_bound_is_exact_to_the_part_per_million(
    seen: tuple[int, int], alpha: Fraction
) -> None:
    """It is the largest whole ppm at which so many failures or more have a chance within alpha."""
    requests, failures = seen
    bound = lower_ppm(requests, failures, float(alpha))
    assert at_least(failures, requests, bound) <= alpha or failures == 0
    assert failures == 0 or at_least(failures, requests, bound + 1) > alpha


@given(SMALL, st.sampled_from(ALPHAS))
def test_the_upper_bound_is_exact_to_the_part_per_million(
    seen: tuple[int, int], alpha: Fraction
) -> None:
    """It is the smallest whole ppm at which so few failures have a chance within alpha."""
    requests, failures = seen
    bound = upper_ppm(requests, failures, float(alpha))
    if failures == requests:
        assert bound == PPM
        return
    assert 1 - at_least(failures + 1, requests, bound) <= alpha
    assert 1 - at_least(failures + 1, requests, bound - 1) > alpha


@given(st.integers(1, 2_000_000), st.data())
def test_bounds_hold_the_observed_rate_at_any_size(requests: int, data: st.DataObject) -> None:
    """The observed rate lies between the bounds, and both lie between nothing and everything."""
    failures = data.draw(st.integers(0, requests))
    low, high = lower_ppm(requests, failures, 0.05), upper_ppm(requests, failures, 0.05)
    assert 0 <= low <= failures * PPM / requests <= high <= PPM


@given(counts, thresholds)
def test_one_more_failure_never_looks_better(seen: tuple[int, int], lines: Thresholds) -> None:
    """Both bounds rise with failures, and no verdict turns towards healthy."""
    requests, failures = seen
    if failures == requests:
        return
    order = [State.HEALTHY, State.UNKNOWN, State.UNHEALTHY]
    now, worse = judge(requests, failures, lines, 0), judge(requests, failures + 1, lines, 0)
    assert now.lower_ppm <= worse.lower_ppm
    assert now.upper_ppm <= worse.upper_ppm
    assert order.index(now.state) <= order.index(worse.state)


@given(counts, thresholds, st.integers(1, 10_000))
def test_old_counts_say_nothing(
    seen: tuple[int, int], lines: Thresholds, seconds_late: int
) -> None:
    """Past its age, evidence of any kind is unknown."""
    verdict = judge(*seen, lines, lines.fresh_seconds + seconds_late)
    assert verdict.state is State.UNKNOWN


@given(counts, thresholds)
def test_a_verdict_follows_its_own_bounds(seen: tuple[int, int], lines: Thresholds) -> None:
    """What is reported is what was decided by."""
    verdict = judge(*seen, lines, 0)
    unhealthy = verdict.lower_ppm > lines.guard_ppm
    healthy = verdict.upper_ppm < lines.tolerance_ppm and verdict.requests >= lines.sample_min
    assert (verdict.state is State.UNHEALTHY) == unhealthy
    assert (verdict.state is State.HEALTHY) == (healthy and not unhealthy)
