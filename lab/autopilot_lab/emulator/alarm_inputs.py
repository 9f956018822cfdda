"""What a metric alarm looks at: one statistic of one metric, or an expression over several.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.metric_math import Expression
from autopilot_lab.emulator.metrics import MetricId, Metrics, metric_id

HIGH_RESOLUTION_PERIODS: Final = (10, 20, 30)
MINUTE_SECONDS: Final = 60
METRICS_MAX: Final = 10  #: that one expression of an alarm may read; "a hard limit"
WINDOW_SECONDS_MAX: Final = 604_800
SHORT_WINDOW_SECONDS_MAX: Final = 86_400  #: of alarms with periods below an hour
HOUR_SECONDS: Final = 3_600
_ONE: Final = "m1"

Point: TypeAlias = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Statistic:
    """A statistic of a metric."""

    metric: MetricId
    name: str  #: as the API spells it, such as Average or p95


@dataclass(frozen=True, slots=True)
class Input:
    """The statistics by id, all of one period, and the expression over them, if there is one."""

    period_seconds: int
    statistics: Mapping[str, Statistic]
    expression: Expression | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Input:
        """Read the settings of an alarm. Raises ValidationError."""
        made = _of_queries(settings["Metrics"]) if settings.get("Metrics") else _of_metric(settings)
        period = made.period_seconds
        if period not in HIGH_RESOLUTION_PERIODS and (period <= 0 or period % MINUTE_SECONDS):
            raise AwsError("ValidationError", "Period must be 10, 20, 30 or a multiple of 60")
        longest = WINDOW_SECONDS_MAX if period >= HOUR_SECONDS else SHORT_WINDOW_SECONDS_MAX
        if period * int(settings["EvaluationPeriods"]) > longest:
            message = f"Period x EvaluationPeriods must be at most {longest} seconds"
            raise AwsError("ValidationError", message)
        return made

    @property
    def metric(self) -> MetricId | None:
        """The one metric, when there is no expression."""
        return None if self.expression else self.statistics[_ONE].metric

    @property
    def name(self) -> str:
        """What is computed, for people."""
        return self.expression.text if self.expression else self.statistics[_ONE].name

    def points(self, metrics: Metrics, region: str, starts: Sequence[float]) -> list[Point]:
        """Its statistics, by id, in the periods that begin at `starts`; None without data."""
        return [self._point(metrics, region, start) for start in starts]

    def values(self, points: Sequence[Point]) -> list[float | None]:
        """What is computed of such points, the oldest first."""
        return self.expression.along(points) if self.expression else [one[_ONE] for one in points]

    def _point(self, metrics: Metrics, region: str, start: float) -> Point:
        if self.expression is None:  # most alarms, a thousand times in a drill
            one = self.statistics[_ONE]
            seen = metrics.period(region, one.metric, start, self.period_seconds)
            return {_ONE: seen.get(one.name) if seen else None}
        periods = {
            metric: metrics.period(region, metric, start, self.period_seconds)
            for metric in {each.metric for each in self.statistics.values()}
        }
        return {
            name: found.get(each.name) if (found := periods[each.metric]) else None
            for name, each in self.statistics.items()
        }


def _of_metric(settings: Mapping[str, Any]) -> Input:
    for name in ("MetricName", "Namespace", "Period"):
        if name not in settings:
            raise AwsError("ValidationError", f"{name} is required")
    statistic = settings.get("ExtendedStatistic") or settings.get("Statistic")
    if not statistic:
        raise AwsError("ValidationError", "Exactly one statistic is required")
    return Input(int(settings["Period"]), {_ONE: Statistic(_metric(settings), statistic)})


def _of_queries(queries: Sequence[Mapping[str, Any]]) -> Input:
    returned = [each for each in queries if _is_true(each.get("ReturnData", True))]
    if len(returned) != 1 or "Expression" not in returned[0]:
        raise AwsError("ValidationError", "Metrics: exactly one expression must return data")
    stats = {each["Id"]: each["MetricStat"] for each in queries if "MetricStat" in each}
    if len(stats) > METRICS_MAX:
        message = f"Metrics: at most {METRICS_MAX} metrics in one alarm, got {len(stats)}"
        raise AwsError("ValidationError", message)
    periods = {int(each["Period"]) for each in stats.values()}
    if len(periods) != 1:
        raise AwsError("ValidationError", f"Metrics: one period is allowed, got {sorted(periods)}")
    expression = Expression.parse(returned[0]["Expression"])
    if missing := expression.ids - stats.keys():
        raise AwsError("ValidationError", f"Metrics: no metric has the id {sorted(missing)}")
    statistics = {
        name: Statistic(_metric(each["Metric"]), each["Stat"]) for name, each in stats.items()
    }
    return Input(periods.pop(), statistics, expression)


def _metric(settings: Mapping[str, Any]) -> MetricId:
    dimensions = {one["Name"]: one["Value"] for one in settings.get("Dimensions", ())}
    return metric_id(settings["Namespace"], settings["MetricName"], dimensions)


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"
