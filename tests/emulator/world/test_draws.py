"""Draws depend on seed, stream and tick alone, and have the distributions they claim."""

from __future__ import annotations

from statistics import fmean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot_lab.emulator.world.draws import binomial, poisson, stream

UNIFORMS = st.floats(min_value=1e-9, max_value=1 - 1e-9)


def test_a_tick_draws_the_same_whatever_was_drawn_before() -> None:
    """Counter mode: there is no state to be disturbed."""
    one, other = stream(7, "arrivals"), stream(7, "arrivals")
    _ = [other(tick) for tick in range(50)]
    assert one(99) == other(99)


def test_streams_of_other_names_and_seeds_are_independent() -> None:
    """Neither the name nor the seed may be lost on the way into the key."""
    firsts = {stream(seed, name)(0) for seed in (1, 2) for name in ("arrivals", "failures")}
    assert len(firsts) == 4


def test_uniform_numbers_fill_the_unit_interval_evenly() -> None:
    """Ten bins of 10,000 numbers: none is more than five standard deviations off."""
    uniform = stream(3, "even")
    bins = [0] * 10
    for tick in range(10_000):
        bins[int(uniform(tick) * 10)] += 1
    assert all(abs(count - 1000) < 150 for count in bins)


@pytest.mark.parametrize("mean", [0.2, 3.0, 11.0, 40.0, 400.0])
def test_poisson_counts_have_their_mean_and_variance(mean: float) -> None:
    """The exact and the normal branch alike."""
    uniform = stream(5, f"poisson {mean}")
    counts = [poisson(mean, uniform(tick)) for tick in range(4000)]
    assert fmean(counts) == pytest.approx(mean, rel=0.06)
    assert pvariance(counts) == pytest.approx(mean, rel=0.12)


@pytest.mark.parametrize(
    "trials,probability", [(10, 0.3), (400, 0.001), (400, 0.3), (400, 0.9), (50, 0.5)]
)
def test_binomial_counts_have_their_mean_and_variance(trials: int, probability: float) -> None:
    """The exact, the normal and the mirrored branch alike."""
    uniform = stream(6, f"binomial {trials} {probability}")
    counts = [binomial(trials, probability, uniform(tick)) for tick in range(4000)]
    mean = trials * probability
    assert fmean(counts) == pytest.approx(mean, rel=0.08)
    assert pvariance(counts) == pytest.approx(mean * (1 - probability), rel=0.15)


@given(st.integers(0, 600), st.floats(0, 1), UNIFORMS)
def test_successes_are_between_none_and_all(trials: int, probability: float, u: float) -> None:
    """Whatever branch is taken."""
    assert 0 <= binomial(trials, probability, u) <= trials


@given(st.integers(0, 600), UNIFORMS)
def test_certain_and_impossible_outcomes_are_exact(trials: int, u: float) -> None:
    """No rounding at the edges: a dead route fails everything, a perfect one nothing."""
    assert binomial(trials, 1.0, u) == trials
    assert binomial(trials, 0.0, u) == 0


@given(st.integers(1, 80), st.floats(0.01, 0.14), UNIFORMS)
def test_more_requests_never_fail_less_on_the_same_number(trials: int, p: float, u: float) -> None:
    """Monotone in the trials, which is what makes two runs of one seed comparable."""
    assert binomial(trials, p, u) <= binomial(trials + 1, p, u)
