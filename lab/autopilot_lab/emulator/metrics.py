"""The store behind CloudWatch's metric operations: fast enough for hours of high-resolution data.

Semantics: a data point belongs to the second of its timestamp when it was stored with resolution
1, else to the minute; a period holds the points from its start up to, not including, its end
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html). What is
published becomes visible after an ingestion delay, which is an assumption of the model.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

INGESTION_DELAY_SECONDS = 2.0
STANDARD_RESOLUTION_SECONDS = 60
PIECE_SECONDS = 600  #: of long windows
POINTS_PER_SERIES_MAX = 500_000

_UNKNOWN: Final[Any] = object()

Dimensions = tuple[tuple[str, str], ...]


class MetricId(NamedTuple):
    """What identifies a metric within a region. Dimensions are sorted by name."""

    namespace: str
    name: str
    dimensions: Dimensions


def metric_id(namespace: str, name: str, dimensions: Mapping[str, str]) -> MetricId:
    """The identity of a metric from its dimensions as a mapping."""
    return MetricId(namespace, name, tuple(sorted(dimensions.items())))


@dataclass(slots=True)
class Statistics:
    """A statistic set, with the single values where they are known (for percentiles)."""

    count: float = 0.0
    total: float = 0.0
    minimum: float = math.inf
    maximum: float = -math.inf
    values: dict[float, float] = field(default_factory=dict)
    #: Ranks that were asked for, for the same few are asked for again and again.
    _ranks: dict[str, float | None] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of_values(cls, values: Iterable[float], counts: Iterable[float]) -> Statistics:
        """The statistics of values, each seen `count` times."""
        made = cls()
        for value, count in zip(values, counts, strict=True):
            made.values[value] = made.values.get(value, 0.0) + count
            made.count += count
            made.total += value * count
            made.minimum = min(made.minimum, value)
            made.maximum = max(made.maximum, value)
        return made

    def add(self, other: Statistics) -> None:
        """Take in another set of the same period."""
        self._ranks = None
        self.count += other.count
        self.total += other.total
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        for value, count in other.values.items():
            self.values[value] = self.values.get(value, 0.0) + count

    def get(self, statistic: str) -> float | None:
        """A statistic by its API name (`Average`, `Sum`, `p95`, …); None when there is none."""
        if self.count <= 0:
            return None
        simple = _SIMPLE.get(statistic)
        if simple is not None:
            return simple(self)
        if self._ranks is None:
            self._ranks = {}
        if statistic not in self._ranks:
            self._ranks[statistic] = self._rank(statistic)
        return self._ranks[statistic]

    def _rank(self, statistic: str) -> float | None:
        if statistic.startswith("PR(:"):
            return self._percentile_rank(float(statistic[len("PR(:") : -1]))
        return self._percentile(float(statistic.removeprefix("p")))

    def _percentile_rank(self, limit: float) -> float | None:
        """The percent of values up to and including a limit, where the values are known."""
        if sum(self.values.values()) < self.count:
            return None
        within = sum(count for value, count in self.values.items() if value <= limit)
        return 100.0 * within / self.count

    def _percentile(self, percent: float) -> float | None:
        """Nearest rank over the known values; sets without values have it only if constant."""
        known = sum(self.values.values())
        if known < self.count:
            return self.maximum if self.minimum == self.maximum else None
        rank, seen = percent / 100 * known, 0.0
        for value in sorted(self.values):
            seen += self.values[value]
            if seen >= rank:
                return value
        return self.maximum


#: Statistics that need no single values.
_SIMPLE: Final[Mapping[str, Callable[[Statistics], float]]] = {
    "SampleCount": lambda of: of.count,
    "Sum": lambda of: of.total,
    "Average": lambda of: of.total / of.count,
    "Minimum": lambda of: of.minimum,
    "Maximum": lambda of: of.maximum,
}


@dataclass(slots=True)
class _Point:
    """What was published for one instant, and when it becomes visible."""

    at: float
    ready_at: float
    statistics: Statistics


class _Series:
    """The points of one metric, in order of their instants."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.points: list[_Point] = []
        self.merged: dict[tuple[float, float], Statistics | None] = {}
        self.merged_until = -math.inf  #: a point before this instant makes `merged` wrong
        self._lengths: set[float] = set()  #: of the periods in `merged`
        self._is_aligned = True  #: whether each of them begins at a multiple of its length
        self.high_resolution = False

    def add(self, point: _Point) -> None:
        if len(self.points) >= POINTS_PER_SERIES_MAX:
            raise OverflowError(f"more than {POINTS_PER_SERIES_MAX} points in one metric")
        if point.at < self.merged_until:
            self._forget(point.at)
        if not self.times or point.at >= self.times[-1]:
            self.times.append(point.at)
            self.points.append(point)
            return
        index = bisect_left(self.times, point.at)
        insort(self.times, point.at)
        self.points.insert(index, point)

    def keep(self, start: float, seconds: float, merged: Statistics | None) -> None:
        """Keep the statistics of a period in which nothing more is expected."""
        self.merged[start, seconds] = merged
        self.merged_until = max(self.merged_until, start + seconds)
        if start % seconds == 0:
            self._lengths.add(seconds)
        else:
            self._is_aligned = False

    def _forget(self, at: float) -> None:
        """Forget the periods that hold an instant; all, if any began at an odd one."""
        if not self._is_aligned:
            self.merged, self.merged_until = {}, -math.inf
            self._lengths, self._is_aligned = set(), True
        for seconds in self._lengths:
            self.merged.pop((at // seconds * seconds, seconds), None)

    def window(self, start: float, end: float) -> list[_Point]:
        return self.points[bisect_left(self.times, start) : bisect_left(self.times, end)]


class Metrics:
    """All metrics of all regions."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._series: dict[str, dict[MetricId, _Series]] = {}

    def publish(
        self,
        region: str,
        metric: MetricId,
        at: float,
        statistics: Statistics,
        *,
        resolution_seconds: int = STANDARD_RESOLUTION_SECONDS,
    ) -> None:
        """Store what was measured at instant `at`; it becomes visible a little later."""
        series = self._series.setdefault(region, {}).setdefault(metric, _Series())
        if resolution_seconds == 1:
            series.high_resolution = True
        stored_at = at // resolution_seconds * resolution_seconds
        series.add(_Point(stored_at, self._now() + INGESTION_DELAY_SECONDS, statistics))

    def known(self, region: str) -> list[MetricId]:
        """The metrics of a region, in the order they first appeared."""
        return list(self._series.get(region, {}))

    def period(
        self, region: str, metric: MetricId, start: float, seconds: float
    ) -> Statistics | None:
        """The visible statistics of the period that begins at `start`; None without data."""
        series = self._series.get(region, {}).get(metric)
        if series is None:
            return None
        if seconds < STANDARD_RESOLUTION_SECONDS and not series.high_resolution:
            return None
        return self._merged(series, start, seconds)

    def _merged(self, series: _Series, start: float, seconds: float) -> Statistics | None:
        """The statistics of a period, which are kept once nothing more is expected in it."""
        known: Statistics | None = series.merged.get((start, seconds), _UNKNOWN)
        if known is not _UNKNOWN:
            return known
        now, merged = self._now(), None
        parts, is_whole = self._parts(series, start, seconds)
        for part in parts:
            if merged is None:
                merged = Statistics()
            merged.add(part)
        if is_whole and start + seconds <= now:
            series.keep(start, seconds, merged)
        return merged

    def _parts(
        self, series: _Series, start: float, seconds: float
    ) -> tuple[list[Statistics], bool]:
        """What a period is made of, and whether all of it is visible: minutes, or points."""
        now, minute = self._now(), STANDARD_RESOLUTION_SECONDS
        points = series.window(start, start + seconds)
        slides = seconds > minute and start % seconds and not start % minute
        if slides and len(points) > seconds // PIECE_SECONDS:
            return self._pieces(series, start, start + seconds), False
        visible = [point.statistics for point in points if point.ready_at <= now]
        if slides:
            return visible, False
        is_whole = len(visible) == len(points)
        if seconds <= minute or start % minute or not is_whole or len(points) <= seconds // minute:
            return visible, is_whole
        minutes = (start + minute * index for index in range(int(seconds // minute)))
        merged = (self._merged(series, each, minute) for each in minutes)
        return [each for each in merged if each is not None], is_whole

    def _pieces(self, series: _Series, start: float, end: float) -> list[Statistics]:
        """A window that slides by the minute, of pieces that are kept: it is a sum, in any case."""
        first, last = math.ceil(start / PIECE_SECONDS), int(end // PIECE_SECONDS)
        edges = (first * PIECE_SECONDS, last * PIECE_SECONDS) if first < last else (end, end)
        spans = (
            *_steps(start, edges[0], STANDARD_RESOLUTION_SECONDS),
            *_steps(edges[0], edges[1], PIECE_SECONDS),
            *_steps(edges[1], end, STANDARD_RESOLUTION_SECONDS),
        )
        merged = (self._merged(series, at, seconds) for at, seconds in spans)
        return [each for each in merged if each is not None]

    def periods(
        self, region: str, metric: MetricId, start: float, end: float, seconds: float
    ) -> list[tuple[float, Statistics]]:
        """Every period with data between two instants, oldest first, by its start."""
        first = start // seconds * seconds
        steps = max(math.ceil((end - first) / seconds), 0)
        found = []
        for index in range(steps):
            at = first + index * seconds
            statistics = self.period(region, metric, at, seconds)
            if statistics is not None:
                found.append((at, statistics))
        return found


def _steps(start: float, end: float, seconds: int) -> Iterator[tuple[float, int]]:
    """(start, length) of the steps from one instant to another."""
    return ((start + seconds * index, seconds) for index in range(int((end - start) // seconds)))


def from_datum(datum: Mapping[str, Any]) -> Statistics:
    """The statistics in a `MetricDatum` of PutMetricData."""
    if datum.get("StatisticValues"):
        given = datum["StatisticValues"]
        return Statistics(
            float(given["SampleCount"]),
            float(given["Sum"]),
            float(given["Minimum"]),
            float(given["Maximum"]),
        )
    values = [float(value) for value in datum.get("Values") or [datum["Value"]]]
    counts = [float(count) for count in datum.get("Counts") or [1.0] * len(values)]
    return Statistics.of_values(values, counts)
