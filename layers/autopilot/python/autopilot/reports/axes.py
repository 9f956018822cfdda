"""The frame of a chart over time: scales, grid, ticks and the marks of what happened when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from autopilot.reports.svg import Svg, element, joined, line, text, text_width
from autopilot.reports.words import offset

_TIME_STEPS: Final = (
    5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400
)  # fmt: skip
_TICK_PIXELS_MIN: Final = 86.0
_FLAG_HEIGHT: Final = 17.0
_FLAG_FONT: Final = 11.5
_BOLD: Final = 1.22  #: how much wider bold words are, in the widest of common faces
_LEFT: Final = 46.0
_RIGHT: Final = 12.0
_BOTTOM: Final = 26.0


@dataclass(frozen=True, slots=True)
class Canvas:
    """How large a chart is; `name` keeps the ids of several apart."""

    name: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant with a name: a line through the chart and a flag above it."""

    at: float
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class Frame:
    """Seconds across, values up."""

    canvas: Canvas
    start: float
    end: float
    zero: float  #: the instant that ticks count from
    top_value: float
    head: float  #: pixels above the plot, for flags

    @property
    def left(self) -> float:
        """The plot's left edge."""
        return _LEFT

    @property
    def right(self) -> float:
        """The plot's right edge."""
        return self.canvas.width - _RIGHT

    @property
    def bottom(self) -> float:
        """The plot's lower edge."""
        return self.canvas.height - _BOTTOM

    def x(self, at: float) -> float:
        """Where an instant is."""
        part = (at - self.start) / (self.end - self.start)
        return self.left + min(max(part, 0.0), 1.0) * (self.right - self.left)

    def y(self, value: float) -> float:
        """Where a value is."""
        return self.bottom - value / self.top_value * (self.bottom - self.head)


def head_for(marks: Sequence[Mark], canvas: Canvas, start: float, end: float) -> float:
    """Pixels that the flags of these marks need above a plot."""
    frame = Frame(canvas, start, end, start, 1.0, 0.0)
    rows = [row for _, row, _ in _placed(frame, marks)]
    return 8 + _FLAG_HEIGHT * (max(rows) + 1) if rows else 10.0


def grid(frame: Frame, values: Sequence[float], words: Sequence[str]) -> Svg:
    """Horizontal lines with their values, and ticks of time below."""
    return joined(
        *(_value_line(frame, v, w) for v, w in zip(values, words, strict=True)),
        *_time_ticks(frame),
    )


def _value_line(frame: Frame, value: float, words: str) -> Svg:
    y = frame.y(value)
    return joined(
        line(frame.left, y, frame.right, y, "grid"),
        text(frame.left - 6, y + 4, words, "tick", "end"),
    )


def _time_ticks(frame: Frame) -> Iterator[Svg]:
    step = _time_step(frame)
    first = frame.zero - (frame.zero - frame.start) // step * step
    for number in range(int((frame.end - first) // step) + 1):
        at = first + number * step
        x = frame.x(at)
        yield line(x, frame.bottom, x, frame.bottom + 4, "axis")
        if x + 20 < frame.canvas.width:
            yield text(x, frame.bottom + 18, _tick_words(at, frame.zero), "tick", "middle")


def _tick_words(at: float, zero: float) -> str:
    return "0" if at == zero else offset(at, zero)


def _time_step(frame: Frame) -> int:
    room = max(1.0, (frame.right - frame.left) / _TICK_PIXELS_MIN)
    wanted = (frame.end - frame.start) / room
    return next((step for step in _TIME_STEPS if step >= wanted), _TIME_STEPS[-1])


def flags(frame: Frame, marks: Sequence[Mark]) -> Svg:
    """Each mark as a line through the plot, named in the first row where its name has room."""
    placed = _placed(frame, marks)
    return joined(*(_flag(frame, mark, row, leftwards=left) for mark, row, left in placed))


def _flag(frame: Frame, mark: Mark, row: int, *, leftwards: bool) -> Svg:
    x, y = frame.x(mark.at), 4 + row * _FLAG_HEIGHT
    side = -1 if leftwards else 1
    return joined(
        line(x, y, x, frame.bottom, f"mark {mark.kind}"),
        element("circle", cx=x, cy=y + 5, r=3.2, class_=f"mark-dot {mark.kind}"),
        text(x + side * 7, y + 9, mark.label, "flag", "end" if leftwards else "start"),
    )


def _placed(frame: Frame, marks: Sequence[Mark]) -> Iterator[tuple[Mark, int, bool]]:
    """(mark, row, leftwards): the latest in the lowest row, so that no line crosses a name."""
    taken: list[list[tuple[float, float]]] = []
    placed = []
    for mark in sorted(marks, key=lambda mark: -mark.at):
        x, wide = frame.x(mark.at), _BOLD * text_width(mark.label, _FLAG_FONT) + 12
        leftwards = x + wide > frame.canvas.width
        span = (x - wide, x + 4) if leftwards else (x - 4, x + wide)
        row = _free_row(taken, span)
        taken[row].append(span)
        placed.append((mark, row, leftwards))
    last = len(taken) - 1
    yield from ((mark, last - row, leftwards) for mark, row, leftwards in reversed(placed))


def _free_row(taken: list[list[tuple[float, float]]], span: tuple[float, float]) -> int:
    """The first row above every flag that this one would touch."""
    touched = [
        row
        for row, spans in enumerate(taken)
        if any(left < span[1] and span[0] < right for left, right in spans)
    ]
    row = max(touched) + 1 if touched else 0
    if row == len(taken):
        taken.append([])
    return row


def chart(canvas: Canvas, title: str, description: str, *parts: Svg) -> Svg:
    """The picture, with words for those who do not see it."""
    return element(
        "svg",
        element("title", title, id=f"{canvas.name}-title"),
        element("desc", description, id=f"{canvas.name}-desc"),
        *parts,
        viewBox=f"0 0 {canvas.width:g} {canvas.height:g}",
        width=canvas.width,
        height=canvas.height,
        role="img",
        aria_labelledby=f"{canvas.name}-title {canvas.name}-desc",
        class_="chart",
    )
