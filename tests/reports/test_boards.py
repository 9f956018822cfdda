"""Panels of dashboards, drawn from made-up data."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from autopilot.reports.axes import Canvas
from autopilot.reports.boards import AlarmNow, Board, Boards, Line, Panel, View
from autopilot.reports.boards_page import paragraphs, to_html
from autopilot.reports.panels import drawn, round_up, series_class, spoken

CANVAS = Canvas("one", 400.0, 200.0)
NONE: Mapping[str, float] = {}


def panel(*lines: Line, view: View = View.LINES, limits: Mapping[str, float] = NONE) -> Panel:
    """A panel with these lines."""
    return Panel("Title", view, lines, limits=limits)


def line(*values: float, label: str = "a", step: float = 60.0) -> Line:
    """A line with a value each minute."""
    return Line(label, [(number * step, value) for number, value in enumerate(values)])


def page(*panels: Panel) -> str:
    """A page with one dashboard of these panels."""
    board = Board("overview", panels)
    return to_html(Boards("service", "A drill", 1_767_600_000_000, 600.0, [board]))


@pytest.mark.parametrize(
    "value, said",
    [
        (0, "0"),
        (1, "1"),
        (0.00417, "0.00417"),
        (46.62, "46.6"),
        (977, "977"),
        (5_549, "5549"),
        (24_120, "24.1k"),
        (9_600_000, "9.6M"),
        (2e9, "2G"),
        (-3.5, "-3.5"),
    ],
)
def test_a_value_is_said_shortly(value: float, said: str) -> None:
    """In as many digits as people compare."""
    assert spoken(value) == said


@pytest.mark.parametrize("value", [0, 0.0004, 0.97, 1, 9.9, 314, 24_000, 1e7])
def test_an_axis_ends_a_little_above_what_it_shows(value: float) -> None:
    """Never below it, and never at more than three times as much."""
    top = round_up(value)
    assert top > value
    assert value == 0 or top <= 3 * value


def test_no_line_is_drawn_over_a_gap() -> None:
    """A missing point is no value between its neighbours; a lone point is a dot."""
    gap = Line("a", [(0.0, 1.0), (60.0, 2.0), (300.0, 3.0)])
    svg = drawn(panel(gap), CANVAS, start=0.0, end=600.0)

    [path] = re.findall(r'd="([^"]+)" class="series', svg)
    assert path.count("L") == 1
    assert svg.count("<circle") == 1


def test_areas_lie_on_each_other() -> None:
    """The upper edge of one is the lower edge of the next; their sum fits on the axis."""
    both = panel(line(10, 10), line(30, 30, label="b"), view=View.AREAS)
    svg = drawn(both, CANVAS, start=0.0, end=60.0)
    lower, upper = (
        re.findall(r"[\d.]+ ([\d.]+)", path)
        for path in re.findall(r'd="([^"]+)" class="band"', svg)
    )

    assert lower[:2] == upper[2:]
    assert float(upper[0]) < float(lower[0])


def test_a_limit_far_above_everything_does_not_flatten_the_lines() -> None:
    """It is left out rather than drawn where nobody looks."""
    near, far = panel(line(10), limits={"near": 12.0}), panel(line(1), limits={"far": 100.0})
    assert "near 12" in drawn(near, CANVAS, start=0.0, end=60.0)
    assert "far 100" not in drawn(far, CANVAS, start=0.0, end=60.0)


def test_a_chart_says_in_words_what_it_shows() -> None:
    """For those who do not see it."""
    svg = drawn(panel(line(1, 4, 2)), CANVAS, start=0.0, end=600.0)
    assert "a: 1 to 4, last 2." in svg


def test_eighteen_lines_look_different() -> None:
    """By colour and by dashes."""
    assert len({series_class(index) for index in range(18)}) == 18


def test_what_has_no_data_says_so() -> None:
    """An empty graph would look like zero."""
    assert "Nothing was published in this drill." in page(panel(Line("a", [])))


def test_alarms_show_their_state_by_shape_word_and_colour() -> None:
    """In each region."""
    alarm = AlarmNow("burning", {"eu-central-1": "ALARM", "eu-west-1": "OK"})
    shown = page(Panel("Alarms", View.ALARMS, alarms=[alarm]))

    assert not alarm.is_quiet
    assert 'class="state unhealthy"><span aria-hidden="true">✕</span> alarm' in shown
    assert 'class="state healthy"><span aria-hidden="true">✓</span> ok' in shown


def test_words_are_escaped_and_commands_set_apart() -> None:
    """The heading stands above the dashboard already."""
    assert paragraphs("# Heading\nRun `autopilot status` <b>") == [
        "Run <code>autopilot status</code> &lt;b&gt;"
    ]


def test_the_newest_value_is_what_a_number_shows() -> None:
    """Without a chart."""
    shown = page(panel(line(80, 100), view=View.VALUE))
    assert "<dd>100</dd>" in shown
    assert "<svg" not in shown
