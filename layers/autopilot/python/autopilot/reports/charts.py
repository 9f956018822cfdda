"""The charts of a report: error rates with and without automation, and the allocation."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from autopilot.domain.allocation import WHOLE, Allocation, Route
from autopilot.domain.verdict import Thresholds, Verdict
from autopilot.reports.axes import Canvas, Frame, Mark, chart, flags, grid, head_for
from autopilot.reports.model import AllocationChange, Rates, RateSample, Report
from autopilot.reports.palette import SERIES
from autopilot.reports.svg import Svg, element, joined, line, path, points, text, text_width
from autopilot.reports.words import duration, offset, percent, ppm

_LABEL_ROOM: Final = 15.0
_TOPS: Final = (1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12)
_HEADROOM: Final = 0.97
PEERS: Final = 3  #: lines of other strategies that look different


def marks(report: Report, *, short: bool = False) -> list[Mark]:
    """The milestones that happened, to be drawn on every chart over time."""
    stones = report.milestones
    named = (
        ("fault", stones.fault),
        ("alarm", stones.alarm),
        ("first effect", stones.first_effect),
        ("mitigated", stones.mitigated),
    )
    return [
        Mark(at, _mark_words(label, at, report.zero, short=short), label.replace(" ", "-"))
        for label, at in named
        if at is not None
    ]


def _mark_words(label: str, at: float, zero: float, *, short: bool) -> str:
    return label if short or at == zero else f"{label} {offset(at, zero)}"


# -- error rates -----------------------------------------------------------------------------------


def error_rates(report: Report, rates: Rates, canvas: Canvas) -> Svg:
    """All lines on one axis, the objective, and what lies between with and without."""
    stones = [mark for mark in marks(report) if rates.start <= mark.at <= rates.end]
    top = _round_up(_highest(rates))
    frame = Frame(
        canvas,
        rates.start,
        rates.end,
        report.zero,
        top,
        head_for(stones, canvas, rates.start, rates.end),
    )
    values = [top * part / 4 for part in range(5)]
    return chart(
        canvas,
        rates.caption,
        _rates_in_words(report, rates),
        grid(frame, values, [percent(value).replace("\N{NO-BREAK SPACE}", "") for value in values]),
        _area(frame, rates.unautomated, "spared"),
        _area(frame, rates.automated, "failed"),
        _objective(frame, report.objective_ppm),
        _line(frame, rates.unautomated, "rate without"),
        *_peer_lines(frame, rates),
        _line(frame, rates.automated, "rate with"),
        flags(frame, stones),
    )


def _highest(rates: Rates) -> float:
    """The largest percentage that the axis must reach; a line that is cut goes beyond it."""
    whole = (peer.samples for peer in rates.peers if not peer.cut)
    lines = (rates.automated, rates.unautomated, *whole)
    return max((sample.percent for samples in lines for sample in samples), default=1.0)


def _peer_lines(frame: Frame, rates: Rates) -> Iterator[Svg]:
    for index, peer in enumerate(rates.peers):
        yield _line(frame, peer.samples, peer_class(index))


def peer_class(index: int) -> str:
    """How the line of another strategy is drawn; with more than three, styles come again."""
    return f"rate peer{index % PEERS}"


def _rates_in_words(report: Report, rates: Rates) -> str:
    def peak(samples: Sequence[RateSample]) -> str:
        return percent(max((sample.percent for sample in samples), default=0.0))

    others = [(f"without {report.left_out}", rates.unautomated)] if rates.unautomated else []
    others += [(f"with {peer.name}", peer.samples) for peer in rates.peers]
    said = "".join(f", at most {peak(samples)} {whose}" for whose, samples in others)
    return (
        f"Share of failed requests over {duration(rates.end - rates.start)}: at most "
        f"{peak(rates.automated)} with automation{said}. "
        f"The objective is under {ppm(report.objective_ppm)}."
    )


def _round_up(value: float) -> float:
    """The next value, at least 1, whose quarters are short numbers."""
    tens = 10.0 ** max(0, math.floor(math.log10(max(value, 1.0))))
    return next(step * tens for step in _TOPS if value <= step * tens * _HEADROOM)


def _steps(frame: Frame, samples: Sequence[RateSample]) -> list[tuple[float, float]]:
    """The corners of a line with one level for each sample."""
    corners, begin = [], frame.start
    for sample in samples:
        y = frame.y(min(sample.percent, frame.top_value))
        corners += [(frame.x(begin), y), (frame.x(sample.end), y)]
        begin = sample.end
    return corners


def _line(frame: Frame, samples: Sequence[RateSample], class_: str) -> Svg:
    return path(points(_steps(frame, samples)), class_, "none") if samples else Svg()


def _area(frame: Frame, samples: Sequence[RateSample], class_: str) -> Svg:
    corners = _steps(frame, samples)
    if not corners:
        return Svg()
    closed = [(corners[0][0], frame.bottom), *corners, (corners[-1][0], frame.bottom)]
    return path(points(closed) + " Z", class_)


def _objective(frame: Frame, objective_ppm: int) -> Svg:
    y = frame.y(objective_ppm / 10_000)
    return line(frame.left, y, frame.right, y, "objective")


# -- allocation ------------------------------------------------------------------------------------


def allocation(report: Report, canvas: Canvas) -> Svg:
    """Bands by route, stacked to the whole, with a step at every change."""
    changes = report.allocations
    stones = [
        Mark(change.at, f"v{change.held.version} {offset(change.at, report.zero)}", "version")
        for change in changes[1:]
    ]
    head = head_for(stones, canvas, 0.0, report.seconds)
    frame = Frame(canvas, 0.0, report.seconds, report.zero, float(WHOLE), head)
    return chart(
        canvas,
        "Allocation over time",
        _allocation_in_words(report),
        element("defs", *(pattern(canvas, index) for index in range(SERIES))),
        *_bands(frame, changes),
        grid(frame, [0.0, 25.0, 50.0, 75.0, 100.0], ["0", "25", "50", "75", "100%"]),
        *_band_words(frame, changes),
        flags(frame, stones),
    )


def _allocation_in_words(report: Report) -> str:
    said = "; ".join(
        f"from {offset(change.at, report.zero)} {change.held.allocation}"
        for change in report.allocations
    )
    return f"Percent of requests by route: {said}."


def _spans(
    frame: Frame, changes: Sequence[AllocationChange]
) -> Iterator[tuple[float, float, Allocation]]:
    ends = [*(change.at for change in changes[1:]), frame.end]
    for change, end in zip(changes, ends, strict=True):
        yield frame.x(change.at), frame.x(end), change.held.allocation


def _levels(held: Allocation) -> Iterator[tuple[int, Route, int, int]]:
    """(index, route, percent below it, its percent), from the bottom up."""
    below = 0
    for index, (route, share) in enumerate(held.shares):
        yield index, route, below, share
        below += share


def _bands(frame: Frame, changes: Sequence[AllocationChange]) -> Iterator[Svg]:
    for left, right, held in _spans(frame, changes):
        for index, _, below, share in _levels(held):
            if share:
                yield element(
                    "rect",
                    x=left,
                    y=frame.y(below + share),
                    width=right - left,
                    height=frame.y(below) - frame.y(below + share),
                    fill=f"url(#{frame.canvas.name}-p{index % SERIES})",
                    class_="band",
                )


def _band_words(frame: Frame, changes: Sequence[AllocationChange]) -> Iterator[Svg]:
    """The route's name and percent, where a band has room for them."""
    for left, right, held in _spans(frame, changes):
        for _, route, below, share in _levels(held):
            high = frame.y(below) - frame.y(below + share)
            words = _fitting((f"{route} {share}%", f"{share}%"), right - left - 4)
            if words and high >= _LABEL_ROOM:
                yield _chip((left + right) / 2, frame.y(below + share / 2), words)


def _fitting(choices: Sequence[str], room: float) -> str:
    return next((words for words in choices if text_width(words) + 8 <= room), "")


def _chip(x: float, y: float, words: str) -> Svg:
    wide = text_width(words) + 10
    return joined(
        element("rect", x=x - wide / 2, y=y - 8, width=wide, height=16, rx=3, class_="chip"),
        text(x, y + 4, words, "chip-words", "middle"),
    )


def swatch(index: int, name: str) -> Svg:
    """A sample of a route's band, for the legend."""
    canvas = Canvas(f"{name}-swatch{index}", 26, 16)
    return element(
        "svg",
        element("defs", pattern(canvas, index % SERIES)),
        element(
            "rect", x=0.5, y=0.5, width=25, height=15, rx=2,
            fill=f"url(#{canvas.name}-p{index % SERIES})", class_="band",
        ),
        width=26, height=16, viewBox="0 0 26 16", aria_hidden="true", class_="swatch",
    )  # fmt: skip


def line_sample(class_: str) -> Svg:
    """A sample of a line, for the legend."""
    return element(
        "svg", line(1, 8, 33, 8, class_), width=34, height=16, viewBox="0 0 34 16",
        aria_hidden="true", class_="swatch",
    )  # fmt: skip


#: What lies on the colour of each series, so that no two look alike without colour.
_TEXTURES: Final = (
    "",
    "M-2 2 L2 -2 M0 8 L8 0 M6 10 L10 6",
    "M0 4 L8 4",
    "M4 3 L4 5 M3 4 L5 4",
    "M4 0 L4 8",
    "M0 0 L8 8 M0 8 L8 0",
)


def pattern(canvas: Canvas, index: int) -> Svg:
    """What a series is filled with: its colour, and a texture that tells it without colour."""
    return element(
        "pattern",
        element("rect", width=8, height=8, class_=f"s{index}"),
        path(_TEXTURES[index], "texture", "none") if _TEXTURES[index] else Svg(),
        id=f"{canvas.name}-p{index}",
        width=8,
        height=8,
        patternUnits="userSpaceOnUse",
    )


# -- bounds of a verdict ---------------------------------------------------------------------------

_DECADES: Final = 4  #: from 0.01 % to 100 %
_BOUNDS_WIDTH: Final = 150.0


def bounds(verdict: Verdict, thresholds: Thresholds) -> Svg:
    """Where a failure rate surely lies, on a scale by powers of ten, with both thresholds."""
    left, right = _by_decades(verdict.lower_ppm), _by_decades(verdict.upper_ppm)
    tolerance, guard = _by_decades(thresholds.tolerance_ppm), _by_decades(thresholds.guard_ppm)
    return element(
        "svg",
        line(0, 11, _BOUNDS_WIDTH, 11, "axis"),
        element(
            "rect", x=left, y=7.5, width=max(3.0, right - left), height=7, rx=2,
            class_=f"interval {verdict.state.value}",
        ),
        line(tolerance, 3, tolerance, 19, "threshold"),
        line(guard, 3, guard, 19, "threshold guard"),
        viewBox=f"0 0 {_BOUNDS_WIDTH:g} 22",
        width=_BOUNDS_WIDTH,
        height=22,
        role="img",
        aria_label=f"between {ppm(verdict.lower_ppm)} and {ppm(verdict.upper_ppm)}",
        class_="bounds",
    )  # fmt: skip


def _by_decades(value_ppm: int) -> float:
    decades = math.log10(max(value_ppm, 100) / 100)
    return decades / _DECADES * (_BOUNDS_WIDTH - 2) + 1
