"""Every metric that people, alarms and dashboards look at, and what it means.

Alarms and dashboards are generated from it; docs/metrics.md is this list, written out. A metric
exists only where its source does: nothing here is ever filled in by a zero that nobody measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from autopilot.signals.catalogue_of_aws import OF_AWS
from autopilot.signals.catalogue_of_product import OF_PRODUCT
from autopilot.signals.catalogue_of_service import OF_SERVICE
from autopilot.signals.metric import Metric
from autopilot.signals.names import (
    DIMENSIONS,
    FAILED,
    LATENCY_MS,
    NAMESPACE,
    PERIOD_SECONDS,
    PROBE_DIMENSIONS,
    PROBE_NAMESPACE,
)

__all__ = [
    "DIMENSIONS",
    "FAILED",
    "LATENCY_MS",
    "METRICS",
    "NAMESPACE",
    "PERIOD_SECONDS",
    "PROBE_DIMENSIONS",
    "PROBE_NAMESPACE",
    "metric_named",
]

METRICS: Final[Mapping[str, Metric]] = MappingProxyType(
    {each.id: each for each in (*OF_SERVICE, *OF_AWS, *OF_PRODUCT)}
)


def metric_named(namespace: str, name: str, statistic: str = "") -> Metric | None:
    """The metric that CloudWatch knows by that name, of that statistic where it is catalogued."""
    found = [each for each in METRICS.values() if (each.namespace, each.name) == (namespace, name)]
    exact = [each for each in found if each.statistic == statistic]
    return next(iter([*exact, *found]), None)
