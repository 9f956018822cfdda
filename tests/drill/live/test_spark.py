"""Sparklines: the objective is the line between two rows, whatever is over it stands above."""

from __future__ import annotations

import pytest

from autopilot_lab.drill.live.spark import spark


def rows(*values: float | None) -> tuple[str, str]:
    """Upper and lower row, for an objective of 10 and two decades above it."""
    upper, lower = spark(values, objective=10.0, decades=2.0, style="green")
    return upper.plain, lower.plain


def test_the_lower_row_is_in_proportion_up_to_the_objective() -> None:
    """Nothing at all still stands on the ground line."""
    assert rows(0.0, 5.0, 9.9) == ("╌╌╌", "▁▄█")


def test_what_is_over_the_objective_stands_on_a_full_lower_row() -> None:
    """The scale above is logarithmic, and ends at a full block."""
    assert rows(10.0, 100.0, 1000.0, 1e6) == ("▁▄██", "████")


def test_what_is_not_known_is_left_blank() -> None:
    """Absence of data is not 0; the objective's line goes on."""
    assert rows(None, 1.0) == ("╌╌", " ▁")


@pytest.mark.parametrize("value,style", [(9.0, "green"), (11.0, "bold red")])
def test_colour_repeats_what_the_height_says(value: float, style: str) -> None:
    """It is never the only sign."""
    _, lower = spark([value], objective=10.0, decades=2.0, style="green")
    assert [str(span.style) for span in lower.spans] == [style]
