"""The load is a base rate times a piecewise linear shape."""

from __future__ import annotations

import pytest

from autopilot_lab.emulator.world.load import Load, LoadPoint

SHAPED = Load(100.0, [LoadPoint(60, 1.0), LoadPoint(120, 2.0)])


def test_without_a_shape_the_rate_is_constant() -> None:
    """At any second."""
    assert {Load(50.0).rate_at(second) for second in (0, 10, 10_000)} == {50.0}


@pytest.mark.parametrize("second,rate", [(0, 100), (60, 100), (90, 150), (120, 200), (999, 200)])
def test_between_two_points_the_rate_changes_in_a_straight_line(second: int, rate: float) -> None:
    """Before the first and after the last point it stays."""
    assert SHAPED.rate_at(second) == pytest.approx(rate)
