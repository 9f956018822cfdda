"""Reads the routers' metrics from CloudWatch (docs/service-contract.md names them)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.domain.allocation import Route
from autopilot.errors import Transient
from autopilot.ports import Counts

NAMESPACE: Final = "HybridRouting"
PERIOD_SECONDS: Final = 10
#: GetMetricData takes at most 500 queries a request and answers 100,800 datapoints.
_STATISTICS: Final = {"requests": "SampleCount", "failures": "Sum"}


class CloudWatchTelemetry:
    """Counts by route, summed over the regions whose routers publish them.

    A router publishes to CloudWatch of its own region, so every region is asked. The first one
    must answer; the others are best effort, because a lost region must not blind the rest.
    """

    def __init__(self, *, clients: Sequence[Any], service: str) -> None:
        """`clients`: CloudWatch clients, that of this region first."""
        self._clients = tuple(clients)
        self._service = service

    def route_counts(
        self,
        routes: Sequence[Route],
        *,
        since_ms: int,
        until_ms: int,
        leave_out: Collection[str] = (),
    ) -> Mapping[Route, Counts]:
        """Counts of every route from whole ten-second periods that begin in the window."""
        own, *others = self._clients
        answers = [_read(own, self._service, routes, since_ms, until_ms)]
        for client in (each for each in others if each.meta.region_name not in leave_out):
            try:
                answers.append(_read(client, self._service, routes, since_ms, until_ms))
            except Transient:
                continue
        return {route: _sum([answer[route] for answer in answers]) for route in routes}


def _read(
    client: Any, service: str, routes: Sequence[Route], since_ms: int, until_ms: int
) -> dict[Route, Counts]:
    try:
        answer = client.get_metric_data(
            MetricDataQueries=_queries(service, routes),
            StartTime=instant(since_ms),
            EndTime=instant(until_ms),
            ScanBy="TimestampAscending",
        )
    except (BotoCoreError, ClientError) as error:
        message = f"CloudWatch did not answer in {client.meta.region_name}: {error}"
        raise Transient(message) from error
    results = {result["Id"]: result for result in answer["MetricDataResults"]}
    return {route: _counts(results, index) for index, route in enumerate(routes)}


def _queries(service: str, routes: Sequence[Route]) -> list[dict[str, Any]]:
    return [
        _query(f"{name}{index}", "Failed", statistic, service, route)
        for index, route in enumerate(routes)
        for name, statistic in _STATISTICS.items()
    ]


def _query(name: str, metric: str, statistic: str, service: str, route: Route) -> dict[str, Any]:
    dimensions = {"Service": service, "Region": route.region, "Path": route.path}
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": NAMESPACE,
                "MetricName": metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            },
            "Period": PERIOD_SECONDS,
            "Stat": statistic,
        },
    }


def _counts(results: Mapping[str, Any], index: int) -> Counts:
    requests, failures = (results.get(f"{name}{index}", {}) for name in _STATISTICS)
    timestamps = requests.get("Timestamps", [])
    newest = max(timestamps).timestamp() + PERIOD_SECONDS if timestamps else None
    return Counts(
        requests=round(sum(requests.get("Values", []))),
        failures=round(sum(failures.get("Values", []))),
        newest_ms=None if newest is None else int(newest * 1000),
    )


def _sum(parts: Sequence[Counts]) -> Counts:
    newest = [part.newest_ms for part in parts if part.newest_ms is not None]
    return Counts(
        requests=sum(part.requests for part in parts),
        failures=sum(part.failures for part in parts),
        newest_ms=max(newest, default=None),
    )


def instant(milliseconds: int) -> datetime:
    """An instant as botocore takes it."""
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
