"""Publishes what was measured through the function's log, in CloudWatch's embedded metric format.

No call is made and no right is needed: CloudWatch Logs takes the metrics out of the log events
(CloudWatch user guide, "Embedding metrics within logs").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from aws_lambda_powertools.metrics import EphemeralMetrics

from autopilot.domain.readings import METRICS, NAMESPACE, Reading


class EmbeddedMetrics:
    """A `Meter` that writes to standard output, one line for each set of dimensions."""

    def __init__(self, *, service: str) -> None:
        """`service`: the managed one, which is the first dimension of everything."""
        self._service = service

    def record(self, readings: Sequence[Reading]) -> None:
        """Write the readings down; nothing at all when there are none."""
        ordered = sorted(readings, key=lambda each: tuple(each.about.items()))
        for about, group in groupby(ordered, key=lambda each: tuple(each.about.items())):
            self._write(dict(about), list(group))

    def _write(self, about: Mapping[str, str], readings: Sequence[Reading]) -> None:
        # Kept by nobody, so that no call sees another one's; an empty service name, because
        # Powertools would add its own as one more dimension.
        metrics = EphemeralMetrics(namespace=NAMESPACE, service="")
        for name, value in {"Service": self._service, **about}.items():
            metrics.add_dimension(name=name, value=value)
        for reading in readings:
            unit = METRICS[reading.metric].unit.value
            metrics.add_metric(name=reading.metric.value, unit=unit, value=reading.value)
        metrics.flush_metrics()
