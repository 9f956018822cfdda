"""Reads how far copies of buckets are behind.

Amazon S3 user guide, "Using S3 Replication metrics": `ReplicationLatency` is the most seconds by
which the copy is behind under one rule, published in the region of the *copy*. It can therefore be
read when the region of the original is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from autopilot.adapters.cloudwatch_telemetry import instant
from autopilot.adapters.inventory.asking import asking
from autopilot.domain.inventory import LagFacts

NAMESPACE: Final = "AWS/S3"
METRIC: Final = "ReplicationLatency"
_PERIOD_SECONDS: Final = 60
_MS: Final = 1000


class S3Copies:
    """`client` answers with CloudWatch's client of a region."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        """Build nothing yet."""
        self._client = client

    def lag(
        self, region: str, copy: tuple[str, str, str], *, since_ms: int, until_ms: int
    ) -> LagFacts | None:
        """The newest of the window; None when nothing was told in it."""
        names = ("SourceBucket", "DestinationBucket", "RuleId")
        query = {
            "Id": "lag",
            "MetricStat": {
                "Metric": {
                    "Namespace": NAMESPACE,
                    "MetricName": METRIC,
                    "Dimensions": [
                        {"Name": name, "Value": value}
                        for name, value in zip(names, copy, strict=True)
                    ],
                },
                "Period": _PERIOD_SECONDS,
                "Stat": "Maximum",
            },
        }
        with asking(f"cloudwatch:GetMetricData {NAMESPACE} in {region}"):
            answer = self._client(region).get_metric_data(
                MetricDataQueries=[query], StartTime=instant(since_ms), EndTime=instant(until_ms)
            )
        (result,) = answer["MetricDataResults"]
        told = sorted(zip(result["Timestamps"], result["Values"], strict=True))
        if not told:
            return None
        moment, seconds = told[-1]
        return LagFacts(-int(-seconds // 1), int(moment.timestamp() * _MS))
