"""Reads from CloudWatch how the service kept its objectives over minutes, hours and days.

Periods below a minute are kept for 3 hours, of a minute for 15 days, of five minutes for 63 days
(GetMetricData), so windows are read in periods of a minute or more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any, Final, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.adapters.cloudwatch_telemetry import NAMESPACE, instant
from autopilot.domain.allocation import Route
from autopilot.errors import Transient
from autopilot.ports import Ask, Bucket, Measure, Series

_METRICS: Final = {
    Measure.FAILED: "Failed",
    Measure.SLOW: "LatencyMs",
    Measure.SECOND_CHOICE: "FirstChoice",
}
_WHOLE: Final = 100

#: start in Unix seconds → (requests, missed)
_Counts: TypeAlias = dict[float, tuple[int, int]]


class CloudWatchLevels:
    """`ServiceLevels` over the metrics of every region that has routers."""

    def __init__(self, *, clients: Sequence[Any], service: str) -> None:
        """`clients`: CloudWatch clients, that of this region first, which must answer."""
        self._clients = tuple(clients)
        self._service = service

    def read(
        self, asks: Sequence[Ask], routes: Sequence[Route], *, since_ms: int, until_ms: int
    ) -> Mapping[Ask, Series]:
        """Every measure over the window, summed over routes and regions."""
        own, *others = self._clients
        queries = _Queries(asks, routes, self._service)
        answers = [queries.send(own, since_ms, until_ms)]
        silent: list[str] = []
        for client in others:
            try:
                answers.append(queries.send(client, since_ms, until_ms))
            except Transient:
                silent.append(str(client.meta.region_name))
        return {
            ask: Series(_together(each[ask] for each in answers), ask.period_seconds, tuple(silent))
            for ask in asks
        }


class _Queries:
    """The queries of all asks, two for each route, and how to read their results."""

    def __init__(self, asks: Sequence[Ask], routes: Sequence[Route], service: str) -> None:
        numbers = count()
        self._ids = {
            (ask, route): (f"q{next(numbers)}", f"q{next(numbers)}")
            for ask in asks
            for route in routes
        }
        self._asks = tuple(asks)
        self._queries = [
            _query(name, ask, statistic, service, route)
            for (ask, route), names in self._ids.items()
            for name, statistic in zip(names, ("SampleCount", _statistic(ask)), strict=True)
        ]

    def send(self, client: Any, since_ms: int, until_ms: int) -> dict[Ask, _Counts]:
        """What one region's metrics say."""
        results: dict[str, dict[Any, float]] = {}
        given: dict[str, Any] = {
            "MetricDataQueries": self._queries,
            "StartTime": instant(since_ms),
            "EndTime": instant(until_ms),
        }
        while True:
            answer = _asked(client, given)
            for result in answer["MetricDataResults"]:
                values = zip(result["Timestamps"], result["Values"], strict=True)
                results.setdefault(result["Id"], {}).update(values)
            if not answer.get("NextToken"):
                return self._read(results)
            given["NextToken"] = answer["NextToken"]

    def _read(self, results: Mapping[str, Mapping[Any, float]]) -> dict[Ask, _Counts]:
        counted: dict[Ask, _Counts] = {ask: {} for ask in self._asks}
        for (ask, _), (requests_id, value_id) in self._ids.items():
            values = results.get(value_id, {})
            for moment, requests in results.get(requests_id, {}).items():
                missed = _missed(ask, requests, values.get(moment))
                _add(counted[ask], moment.timestamp(), round(requests), missed)
        return counted


def _asked(client: Any, given: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        answer: Mapping[str, Any] = client.get_metric_data(**given)
    except (BotoCoreError, ClientError) as error:
        message = f"CloudWatch did not answer in {client.meta.region_name}: {error}"
        raise Transient(message) from error
    return answer


def _statistic(ask: Ask) -> str:
    """A percentile rank is the percent of values up to and including a limit.

    CloudWatch user guide, "CloudWatch statistics definitions". Unlike percentiles, the numbers of
    slow requests can be added up over routes and regions, and have exact bounds.
    """
    return f"PR(:{ask.slower_than_ms})" if ask.measure is Measure.SLOW else "Sum"


def _missed(ask: Ask, requests: float, value: float | None) -> int:
    """How many of the requests missed; all where CloudWatch has a count and nothing else."""
    if value is None:
        return round(requests)
    if ask.measure is Measure.SLOW:
        return max(0, round(requests * (_WHOLE - value) / _WHOLE))
    return round(value if ask.measure is Measure.FAILED else requests - value)


def _query(name: str, ask: Ask, statistic: str, service: str, route: Route) -> dict[str, Any]:
    dimensions = {"Service": service, "Region": route.region, "Path": route.path}
    metric = {
        "Namespace": NAMESPACE,
        "MetricName": _METRICS[ask.measure],
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
    }
    return {
        "Id": name,
        "MetricStat": {"Metric": metric, "Period": ask.period_seconds, "Stat": statistic},
    }


def _add(counts: _Counts, start: float, requests: int, missed: int) -> None:
    before = counts.get(start, (0, 0))
    counts[start] = (before[0] + requests, before[1] + min(missed, requests))


def _together(parts: Iterable[_Counts]) -> tuple[Bucket, ...]:
    together: _Counts = {}
    for part in parts:
        for start, (requests, missed) in part.items():
            _add(together, start, requests, missed)
    return tuple(
        Bucket(int(start * 1000), requests, missed)
        for start, (requests, missed) in sorted(together.items())
    )
