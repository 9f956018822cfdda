"""Publishes what happens to the trail to CloudWatch."""

from __future__ import annotations

from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.errors import Transient

NAMESPACE: Final = "Autopilot/Trail"


class CloudWatchTrail:
    """A `TrailMetrics` in the region of its client."""

    def __init__(self, *, client: Any, service: str) -> None:
        """`client`: of CloudWatch."""
        self._client = client
        self._service = service

    def publish(self, name: str, value: int) -> None:
        """One value now; raises `Transient` when CloudWatch did not take it."""
        datum = {
            "MetricName": name,
            "Dimensions": [{"Name": "Service", "Value": self._service}],
            "Value": float(value),
            "Unit": "Count",
        }
        try:
            self._client.put_metric_data(Namespace=NAMESPACE, MetricData=[datum])
        except (BotoCoreError, ClientError) as error:
            message = f"CloudWatch took no metric: {type(error).__name__}"
            raise Transient(message) from error
