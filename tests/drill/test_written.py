"""Durations are written with their units and read back exactly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot_lab.drill.written import format_duration, parse_duration


@given(st.integers(0, 10**6))
def test_a_duration_reads_back_what_was_written(seconds: int) -> None:
    """For every whole number of seconds."""
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    "text,seconds", [("90s", 90), ("5m", 300), ("1h30m", 5400), ("2h5s", 7205)]
)
def test_units_add_up(text: str, seconds: int) -> None:
    """In the order hours, minutes, seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("wrong", ["", "5", "m", "5 m", "30m1h", "-5s", "1.5h", 300, None, True])
def test_anything_else_is_no_duration(wrong: object) -> None:
    """A bare number has no unit, so nobody knows what it means."""
    with pytest.raises(ValueError, match="a duration such as"):
        parse_duration(wrong)
