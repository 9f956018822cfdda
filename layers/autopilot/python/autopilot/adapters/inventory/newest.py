"""The newest value that a metric of AWS told of in a window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autopilot.adapters.cloudwatch_telemetry import instant

_PERIOD_SECONDS: Final = 60
_MS: Final = 1000


def newest(
    client: Any, metric: tuple[str, str], dimensions: Mapping[str, str], window_ms: tuple[int, int]
) -> tuple[int, float] | None:
    """Its instant and the highest of its minute; None when nothing was told.

    `client` is CloudWatch's of a region; `metric` is namespace and name.
    """
    query = {
        "Id": "newest",
        "MetricStat": {
            "Metric": {
                "Namespace": metric[0],
                "MetricName": metric[1],
                "Dimensions": [
                    {"Name": name, "Value": value} for name, value in dimensions.items()
                ],
            },
            "Period": _PERIOD_SECONDS,
            "Stat": "Maximum",
        },
    }
    since_ms, until_ms = window_ms
    answer = client.get_metric_data(
        MetricDataQueries=[query], StartTime=instant(since_ms), EndTime=instant(until_ms)
    )
    (result,) = answer["MetricDataResults"]
    told = sorted(zip(result["Timestamps"], result["Values"], strict=True))
    if not told:
        return None
    moment, value = told[-1]
    return int(moment.timestamp() * _MS), value
