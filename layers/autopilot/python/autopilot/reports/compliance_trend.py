"""The score of the last checked days, as bars from 0 to 100."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from autopilot.domain.assessment import Day
from autopilot.reports.svg import Svg, element, joined, line, text

_HEIGHT: Final = 150.0
_TOP, _BOTTOM, _LEFT = 22.0, 26.0, 34.0
_WHOLE: Final = 100
_BAR_MAX: Final = 28.0
_GAP: Final = 0.25  #: of a day's room


def trend(days: Sequence[Day], width: float) -> Svg:
    """A bar for each day, oldest first; the newest one says its score."""
    parts = [*_grid(width), *_bars(days, width)]
    first, last = days[0].day, days[-1].day
    label = f"Score from {first} to {last}: " + ", ".join(str(one.score) for one in days)
    return element(
        "svg",
        element("title", label),
        joined(*parts),
        class_="chart",
        role="img",
        viewBox=f"0 0 {width:g} {_HEIGHT:g}",
        width=width,
        height=_HEIGHT,
    )


def _height_of(score: int) -> float:
    return (_HEIGHT - _TOP - _BOTTOM) * score / _WHOLE


def _grid(width: float) -> Iterator[Svg]:
    for score in (0, 50, 100):
        y = _HEIGHT - _BOTTOM - _height_of(score)
        yield line(_LEFT, y, width, y, "grid")
        yield text(_LEFT - 6, y + 4, str(score), "tick", "end")


def _bars(days: Sequence[Day], width: float) -> Iterator[Svg]:
    room = (width - _LEFT) / max(len(days), 1)
    thick = min(room * (1 - _GAP), _BAR_MAX)
    base = _HEIGHT - _BOTTOM
    for number, day in enumerate(days):
        height = max(_height_of(day.score), 1.0)
        x = _LEFT + number * room + (room - thick) / 2
        is_last = number == len(days) - 1
        yield element(
            "rect",
            element("title", f"{day.day}: {day.score}"),
            x=x,
            y=base - height,
            width=thick,
            height=height,
            rx=2.0,
            class_="score today" if is_last else "score",
        )
        if is_last:
            yield text(x + thick / 2, base - height - 6, str(day.score), "flag", "middle")
    yield from _ends(days, width)


def _ends(days: Sequence[Day], width: float) -> Iterator[Svg]:
    """The first and the last day below the bars; one when there is only one."""
    y = _HEIGHT - 8
    if len(days) > 1:
        yield text(_LEFT, y, days[0].day, "tick")
    yield text(width, y, days[-1].day, "tick", "end")
