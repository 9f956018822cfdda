"""Charts of a dashboard's panels: lines and stacked areas over time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from autopilot.reports.axes import Canvas, Frame, chart, grid
from autopilot.reports.boards import Line, Panel, View
from autopilot.reports.charts import pattern
from autopilot.reports.palette import SERIES
from autopilot.reports.svg import Svg, element, joined, line, path, points, text
from autopilot.reports.words import duration

_STEPS: Final = (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10)
_HEADROOM: Final = 0.97
_HEAD: Final = 12.0
_GAP_PERIODS: Final = 1.5  #: a longer one is a gap, over which no line is drawn
DASHES: Final = 3  #: kinds of lines; with the colours, eighteen before any look alike


def drawn(panel: Panel, canvas: Canvas, *, start: float, end: float) -> Svg:
    """The chart of a panel that has data, from `start` to `end` in seconds."""
    lines = panel.shown
    top = panel.top or round_up(_highest(panel))
    frame = Frame(canvas, start, end, start, top, _HEAD)
    values = [top * part / 4 for part in range(5)]
    series = _areas(frame, lines) if panel.view is View.AREAS else _lines(frame, panel, lines)
    return chart(
        canvas,
        panel.title,
        _in_words(panel, end - start),
        _patterns(canvas) if panel.view is View.AREAS else Svg(),
        grid(frame, values, [spoken(value) for value in values]),
        *series,
        *_limits(frame, panel),
    )


def series_class(index: int) -> str:
    """How the series of that number is drawn."""
    return f"series c{index % SERIES} d{index // SERIES % DASHES}"


def spoken(value: float) -> str:
    """A value in at most five characters or so: 12.5k, 0.04, 1.2M."""
    for size, sign in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            divisor = 1e3 if sign == "k" else size
            return f"{value / divisor:.3g}{sign}"
    digits = 0 if value == 0 else max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"


def round_up(value: float) -> float:
    """The next value whose quarters are short numbers; 1 for nothing."""
    if value <= 0:
        return 1.0
    tens = 10.0 ** math.floor(math.log10(value))
    return next(step * tens for step in (*_STEPS, 12) if value <= step * tens * _HEADROOM)


def _highest(panel: Panel) -> float:
    """What the axis must reach, limits included unless they lie far above everything."""
    if panel.view is View.AREAS:
        return max(value for _, value in _stacked(panel.shown)[-1])
    seen = max(value for each in panel.shown for _, value in each.points)
    near = [limit for limit in panel.limits.values() if limit <= 4 * seen or seen == 0]
    return max([seen, *near])


def _in_words(panel: Panel, seconds: float) -> str:
    said = "; ".join(
        f"{each.label}: {spoken(min(values))} to {spoken(max(values))}, last {spoken(values[-1])}"
        for each in panel.shown
        if (values := [value for _, value in each.points])
    )
    return f"{panel.title}, over {duration(seconds)}. {said}."


def _lines(frame: Frame, panel: Panel, lines: Sequence[Line]) -> Iterator[Svg]:
    for index, each in enumerate(lines):
        for run in _runs(each.points, panel.period_seconds * _GAP_PERIODS):
            yield _run(frame, run, series_class(index))


def _run(frame: Frame, run: Sequence[tuple[float, float]], class_: str) -> Svg:
    places = [(frame.x(at), frame.y(min(value, frame.top_value))) for at, value in run]
    if len(places) == 1:
        [(x, y)] = places
        return element("circle", cx=x, cy=y, r=3.0, class_=f"{class_} dot")
    return path(points(places), class_, "none")


def _runs(
    pairs: Sequence[tuple[float, float]], gap_seconds: float
) -> Iterator[list[tuple[float, float]]]:
    """Points that follow each other without a gap."""
    run: list[tuple[float, float]] = []
    for pair in pairs:
        if run and pair[0] - run[-1][0] > gap_seconds:
            yield run
            run = []
        run.append(pair)
    if run:
        yield run


def _stacked(lines: Sequence[Line]) -> list[list[tuple[float, float]]]:
    """The upper edge of each area, the lowest first; a missing point adds nothing."""
    instants = sorted({at for each in lines for at, _ in each.points})
    edge = dict.fromkeys(instants, 0.0)
    edges = []
    for each in lines:
        for at, value in each.points:
            edge[at] += value
        edges.append(list(edge.items()))
    return edges


def _areas(frame: Frame, lines: Sequence[Line]) -> Iterator[Svg]:
    below: list[tuple[float, float]] = []
    for index, edge in enumerate(_stacked(lines)):
        upper = [(frame.x(at), frame.y(value)) for at, value in edge]
        lower = below or [(x, frame.bottom) for x, _ in upper]
        fill = f"url(#{frame.canvas.name}-p{index % SERIES})"
        yield path(points([*upper, *reversed(lower)]) + " Z", "band", fill)
        below = upper


def _patterns(canvas: Canvas) -> Svg:
    return element("defs", *(pattern(canvas, index) for index in range(SERIES)))


def _limits(frame: Frame, panel: Panel) -> Iterator[Svg]:
    for name, value in panel.limits.items():
        if value <= frame.top_value:
            y = frame.y(value)
            words = text(frame.right - 2, y - 4, f"{name} {spoken(value)}", "flag", "end")
            yield joined(line(frame.left, y, frame.right, y, "objective"), words)
