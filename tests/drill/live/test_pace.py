"""The pace of the live view: it lingers where something happens, and people can change it."""

from __future__ import annotations

import pytest

from autopilot_lab.drill.live.pace import CLOSE, FACTOR_MAX, FACTOR_MIN, Pace

HORIZON = 1800
FAULT = 313


def pace(speed: float | None = None) -> Pace:
    """Of half an hour with one fault."""
    return Pace(speed=speed, horizon=HORIZON, expected=[FAULT])


def test_a_drill_in_which_nothing_happens_takes_ten_seconds() -> None:
    """However long it is in virtual time."""
    assert pace().rate(100, is_run_open=False) == HORIZON / 10


@pytest.mark.parametrize("second", [FAULT - 5.0, FAULT])
def test_it_slows_down_before_the_scenario_does_something(second: float) -> None:
    """So that nobody misses the fault."""
    assert pace().rate(second, is_run_open=False) == CLOSE


def test_it_lingers_after_news_and_hurries_through_waiting() -> None:
    """Twenty seconds for news, then faster while a run goes on, then fastest."""
    shown = pace()
    shown.note_news(400.0)
    rates = [shown.rate(420.0, is_run_open=True), shown.rate(420.5, is_run_open=True)]
    assert rates == [CLOSE, CLOSE * 5]
    assert shown.rate(420.5, is_run_open=False) == HORIZON / 10


def test_the_warm_up_is_never_waited_for() -> None:
    """It is there for the alarms, not for people."""
    assert pace(3.0).rate(-1.0, is_run_open=False) is None


def test_speed_0_does_not_wait() -> None:
    """And any other speed is kept, news or not."""
    assert pace(0.0).rate(FAULT, is_run_open=True) is None
    assert [pace(9.0).rate(at, is_run_open=False) for at in (0.0, FAULT)] == [9.0, 9.0]


def test_each_key_doubles_or_halves_within_bounds() -> None:
    """A hundred times the same key is no mistake."""
    shown = pace(8.0)
    shown.faster()
    assert shown.rate(0.0, is_run_open=False) == 16.0
    for _ in range(100):
        shown.faster()
    assert shown.factor == FACTOR_MAX
    for _ in range(100):
        shown.slower()
    assert shown.factor == FACTOR_MIN
