"""Latency is log-normal and grows as a route fills up."""

from __future__ import annotations

from math import exp

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot_lab.emulator.world.latency import busy_factor, histogram, percentile


@given(st.floats(0, 5), st.floats(0, 5))
def test_a_busier_route_is_never_faster(one: float, other: float) -> None:
    """And at most half as slow again, waiting not counted."""
    low, high = sorted((one, other))
    assert 1.0 <= busy_factor(low) <= busy_factor(high) <= 1.5


@given(st.floats(1, 5000), st.integers(0, 5000))
def test_a_histogram_counts_every_request_once(median_ms: float, requests: int) -> None:
    """In order of latency, with no empty pair."""
    pairs = histogram(median_ms, requests)
    assert sum(count for _, count in pairs) == requests
    assert pairs == sorted(pairs)
    assert all(count > 0 for _, count in pairs)


def test_the_95th_percentile_is_that_of_the_distribution() -> None:
    """Log-normal with sigma 0.5: the median times e to the 0.5 times 1.645."""
    assert percentile(histogram(350.0, 4000), 0.95) == pytest.approx(350 * exp(0.5 * 1.645), 0.01)


def test_no_requests_have_no_percentile() -> None:
    """None, not zero: nothing was measured."""
    assert percentile([], 0.95) is None
