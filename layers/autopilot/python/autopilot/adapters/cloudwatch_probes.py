"""Publishes what probes found to CloudWatch, in seconds rather than minutes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.errors import Transient
from autopilot.ports import ProbePoint

NAMESPACE: Final = "Autopilot/Probes"
METRIC: Final = "Failed"
#: Without it CloudWatch keeps minutes, which an alarm of ten-second periods mostly misses.
STORAGE_RESOLUTION: Final = 1


class CloudWatchProbes:
    """A `ProbeMetrics` in the region of its client, which is the vantage's own."""

    def __init__(self, *, client: Any, service: str) -> None:
        """`client`: of CloudWatch."""
        self._client = client
        self._service = service

    def publish(self, points: Sequence[ProbePoint]) -> None:
        """All points in one call; raises `Transient` when CloudWatch did not take them."""
        data = [self._datum(point) for point in points]
        try:
            self._client.put_metric_data(Namespace=NAMESPACE, MetricData=data)
        except (BotoCoreError, ClientError) as error:
            message = f"CloudWatch took no metrics: {type(error).__name__}"
            raise Transient(message) from error

    def _datum(self, point: ProbePoint) -> dict[str, Any]:
        return {
            "MetricName": METRIC,
            "Dimensions": [
                {"Name": "Service", "Value": self._service},
                {"Name": "Target", "Value": point.target},
            ],
            "Timestamp": datetime.fromtimestamp(point.at_ms / 1000, tz=UTC),
            "Value": float(point.failed),
            "StorageResolution": STORAGE_RESOLUTION,
        }
