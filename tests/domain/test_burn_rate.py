"""Burn rates: both windows must surely exceed, and a quiet service is never called burning."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.burn_rate import (
    FAST,
    PAIRS,
    TRICKLE,
    Budget,
    Pair,
    Window,
    judge_pair,
    judge_pairs,
)
from autopilot.domain.verdict import State

BUDGET = Budget(ppm=1_000, confidence_ppm=950_000, failures_min=3)
CALMNESS = {State.UNHEALTHY: 0, State.UNKNOWN: 1, State.HEALTHY: 2}
pairs = st.sampled_from(PAIRS)
requests = st.integers(1, 200_000)


def state_of(pair: Pair, long: tuple[int, int], short: tuple[int, int]) -> State:
    """The state for (requests, failures) of both windows."""
    windows = Window(pair.long_seconds, *long), Window(pair.short_seconds, *short)
    return judge_pair(pair, *windows, BUDGET).state


def test_the_pairs_are_those_of_the_workbook() -> None:
    """14.4 times over 1 h and 5 min, 6 over 6 h and 30 min, 1 over 3 d and 6 h."""
    assert [(p.factor_tenths, p.long_seconds, p.short_seconds) for p in PAIRS] == [
        (144, 3_600, 300),
        (60, 21_600, 1_800),
        (10, 259_200, 21_600),
    ]
    assert [str(p.severity) for p in PAIRS] == ["P1", "P2", "P3"]


@pytest.mark.parametrize(
    "long, short, state",
    [
        ((100_000, 3_000), (9_000, 300), State.UNHEALTHY),
        ((100_000, 3_000), (9_000, 0), State.HEALTHY),
        ((100_000, 10), (9_000, 300), State.HEALTHY),
        ((100_000, 1_440), (9_000, 300), State.UNKNOWN),
        ((0, 0), (0, 0), State.UNKNOWN),
        ((100_000, 0), (0, 0), State.UNKNOWN),
        ((40, 1), (3, 1), State.UNKNOWN),
    ],
    ids=["both", "over by now", "only now", "on the line", "nothing", "stopped", "one unlucky"],
)
def test_a_pair_burns_when_both_windows_surely_exceed(
    long: tuple[int, int], short: tuple[int, int], state: State
) -> None:
    """One calm window is enough for calm; a window without data is unknown."""
    assert state_of(FAST, long, short) is state


@given(pairs, requests, requests, st.integers(0, 2))
def test_fewer_failures_than_the_least_never_burn(
    pair: Pair, long: int, short: int, failures: int
) -> None:
    """However few the requests and however high the rate: one unlucky request is no fire."""
    counts = (long, min(failures, long)), (short, min(failures, short))
    assert state_of(pair, *counts) is not State.UNHEALTHY


@given(pairs, st.data(), requests, requests)
def test_more_failures_never_calm(pair: Pair, data: st.DataObject, long: int, short: int) -> None:
    """Among the same requests a further failure, in either window, is never better news."""
    few = data.draw(st.integers(0, long)), data.draw(st.integers(0, short))
    many = data.draw(st.integers(few[0], long)), data.draw(st.integers(few[1], short))
    before = state_of(pair, (long, few[0]), (short, few[1]))
    after = state_of(pair, (long, many[0]), (short, many[1]))
    assert CALMNESS[after] <= CALMNESS[before]


@given(st.integers(10_000_000, 2_000_000_000), st.integers(0, 1_000))
def test_days_of_heavy_traffic_are_judged_too(total: int, failures_ppm: int) -> None:
    """Three days may hold a thousand million requests: scaled counts only widen the bounds."""
    failures = total * failures_ppm // 1_000_000
    burn = judge_pair(
        TRICKLE, Window(259_200, total, failures), Window(21_600, total, failures), BUDGET
    ).long
    assert burn.lower_hundredths <= burn.hundredths + 1
    assert burn.hundredths <= burn.upper_hundredths
    assert burn.state is not State.UNHEALTHY or failures_ppm >= 1_000


def test_the_stricter_objective_is_the_budget() -> None:
    """99.95 % availability leaves less than an error rate of 0.1 %; none leaves the least."""
    given_ = {"confidence_ppm": 950_000, "failures_min": 2}
    assert Budget.of(availability_ppm=999_500, error_rate_ppm=1_000, **given_).ppm == 500
    assert Budget.of(availability_ppm=990_000, error_rate_ppm=1_000, **given_).ppm == 1_000
    assert Budget.of(availability_ppm=1_000_000, error_rate_ppm=1_000, **given_).ppm == 1


def test_everything_failing_burns_even_a_wide_budget() -> None:
    """14.4 times a budget of 10 % is more than all requests: half of them is burning enough."""
    wide = Budget(ppm=100_000, confidence_ppm=950_000, failures_min=3)
    windows = Window(3_600, 10_000, 10_000), Window(300, 1_000, 1_000)
    assert judge_pair(FAST, *windows, wide).state is State.UNHEALTHY


def test_the_evidence_shows_counts_rates_and_bounds() -> None:
    """Whoever is paged sees what was counted, and how sure it is."""
    (fast, *_) = judge_pairs(lambda seconds: Window(seconds, 100_000, 2_000), BUDGET)
    evidence = fast.long.to_dict()
    assert (evidence["requests"], evidence["failures"], evidence["burn"]) == (100_000, 2_000, "20")
    assert float(evidence["at_least"]) < 20 < float(evidence["at_most"])
    assert "2000 of 100000 failed in 1 h: 20x" in fast.reason
