"""The dashboards as one HTML page, in the style of the reports: no script, no request."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Final

from autopilot.reports import words
from autopilot.reports.axes import Canvas
from autopilot.reports.boards import Board, Boards, Panel, View
from autopilot.reports.charts import line_sample, swatch
from autopilot.reports.palette import DARK, LIGHT, SERIES, variables
from autopilot.reports.panels import drawn, series_class, spoken
from autopilot.reports.rendering import environment
from autopilot.reports.svg import Svg

#: Pixels of a chart by the columns of its panel; a narrow page shows all in one.
_WIDE: Final = {24: 1010.0, 12: 496.0, 8: 324.0}
_NARROW: Final = 330.0
_CODE: Final = re.compile(r"`([^`]+)`")
_HEIGHT: Final = 210.0
#: A shape for each state, beside its word and its colour.
GLYPHS: Final = {"OK": "✓", "ALARM": "✕", "INSUFFICIENT_DATA": "?"}
STATES: Final = {"OK": "healthy", "ALARM": "unhealthy", "INSUFFICIENT_DATA": "unknown"}


@dataclass(frozen=True, slots=True)
class Key:
    """A line of a legend."""

    sample: Svg
    label: str
    last: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A panel with its charts; none where there is no data."""

    panel: Panel
    wide: Svg
    narrow: Svg
    legend: list[Key]


def paragraphs(text: str) -> list[Svg]:
    """The words of a text widget below its heading, with commands set apart."""
    lines = text.split("\n")[1:]
    return [Svg(_CODE.sub(r"<code>\1</code>", escape(line))) for line in lines]


def to_html(boards: Boards) -> str:
    """The whole page; the same data always give the same bytes."""
    page = environment().get_template("boards.html.j2")
    return page.render(
        boards=boards,
        drawn={board.name: _drawn(board, boards) for board in boards.boards},
        views=View,
        paragraphs=paragraphs,
        glyphs=GLYPHS,
        states=STATES,
        w=words,
        light=Svg(variables(LIGHT)),
        dark=Svg(variables(DARK)),
        series=range(SERIES),
    )


def _drawn(board: Board, boards: Boards) -> list[Drawn]:
    return [
        _panel(panel, f"{board.name}{number}", boards) for number, panel in enumerate(board.panels)
    ]


def _panel(panel: Panel, name: str, boards: Boards) -> Drawn:
    legend = [
        Key(_sample(panel, index, name), line.label, spoken(line.points[-1][1]))
        for index, line in enumerate(panel.shown)
    ]
    if panel.view not in {View.LINES, View.AREAS} or not legend:
        return Drawn(panel, Svg(), Svg(), legend)
    wide, narrow = (
        drawn(panel, Canvas(f"{name}{size}", width, _HEIGHT), start=0.0, end=boards.seconds)
        for size, width in (("w", _WIDE.get(panel.columns, _NARROW)), ("n", _NARROW))
    )
    return Drawn(panel, wide, narrow, legend)


def _sample(panel: Panel, index: int, name: str) -> Svg:
    return swatch(index, name) if panel.view is View.AREAS else line_sample(series_class(index))
