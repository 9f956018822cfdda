"""What CloudWatch Logs does with log events in the embedded metric format: takes metrics out.

"Specification: Embedded metric format", CloudWatch user guide: a root member `_aws` with a
timestamp and directives; each directive names a namespace, sets of dimensions and metrics, whose
values are members of the root. An event that does not fit is a log event and nothing more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from autopilot_lab.emulator.metrics import (
    STANDARD_RESOLUTION_SECONDS,
    Metrics,
    Statistics,
    metric_id,
)

METRICS_MAX: Final = 100  #: in one directive
DIMENSIONS_MAX: Final = 30  #: in one set
_MARK: Final = '"_aws"'


def take_metrics(metrics: Metrics, region: str, lines: Iterable[str]) -> None:
    """Publish what these log events hold, in the region of their log group."""
    for line in lines:
        if _MARK not in line:
            continue
        event = _event(line)
        for directive in _directives(event):
            _publish(metrics, region, event, directive)


def _event(line: str) -> Mapping[str, Any]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _directives(event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    about = event.get("_aws")
    if not isinstance(about, dict) or not isinstance(about.get("Timestamp"), int):
        return
    for directive in about.get("CloudWatchMetrics", ()):
        fits = len(directive["Metrics"]) <= METRICS_MAX
        if fits and all(len(names) <= DIMENSIONS_MAX for names in directive["Dimensions"]):
            yield directive


def _publish(
    metrics: Metrics, region: str, event: Mapping[str, Any], directive: Mapping[str, Any]
) -> None:
    at = event["_aws"]["Timestamp"] / 1000
    for names in directive["Dimensions"]:
        dimensions = {name: str(event[name]) for name in names}
        for metric in directive["Metrics"]:
            value = event[metric["Name"]]
            values = [float(each) for each in (value if isinstance(value, list) else [value])]
            metrics.publish(
                region,
                metric_id(directive["Namespace"], metric["Name"], dimensions),
                at,
                Statistics.of_values(values, [1.0] * len(values)),
                resolution_seconds=metric.get("StorageResolution", STANDARD_RESOLUTION_SECONDS),
            )
