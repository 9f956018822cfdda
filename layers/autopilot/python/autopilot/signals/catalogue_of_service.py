"""Metrics that the managed service publishes by contract, and what follows from them."""

from __future__ import annotations

from typing import Final

from autopilot.signals.metric import Metric, Source
from autopilot.signals.names import DIMENSIONS, FAILED, FIRST_CHOICE, LATENCY_MS, NAMESPACE

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400


def _latency(percentile: str, use: str) -> Metric:
    return Metric(
        id=f"latency_{percentile}",
        title=f"Latency, {percentile}",
        name=LATENCY_MS,
        namespace=NAMESPACE,
        unit="Milliseconds",
        dimensions=DIMENSIONS,
        statistic=percentile,
        period_seconds=_MINUTE,
        source=Source.SERVICE,
        definition=f"{percentile[1:]} % of a route's requests were answered at least this fast.",
        use=use,
    )


OF_SERVICE: Final = (
    Metric(
        id="requests",
        title="Requests by route",
        name=FAILED,
        namespace=NAMESPACE,
        unit="Count",
        dimensions=DIMENSIONS,
        statistic="SampleCount",
        period_seconds=_MINUTE,
        source=Source.SERVICE,
        definition="Requests that ended in the period, by the route that they were sent to.",
        use="Shows where the load is, and that an allocation was taken up.",
    ),
    Metric(
        id="failures",
        title="Failed requests",
        name=FAILED,
        namespace=NAMESPACE,
        unit="Count",
        dimensions=DIMENSIONS,
        statistic="Sum",
        period_seconds=_MINUTE,
        source=Source.SERVICE,
        definition="Requests without a usable answer: a 5xx, a time-out, a broken connection.",
        use="The numerator of every rate; burn-rate alarms count with it.",
    ),
    Metric(
        id="error_rate",
        title="Error rate by route",
        name=FAILED,
        namespace=NAMESPACE,
        unit="None (0 to 1)",
        dimensions=DIMENSIONS,
        statistic="Average",
        period_seconds=10,
        source=Source.SERVICE,
        definition="Share of a route's requests that failed.",
        use="The reflex's alarms read it every ten seconds, and verdicts judge its bounds.",
        arithmetic="failures / requests",
    ),
    Metric(
        id="availability",
        title="Availability",
        unit="Percent",
        period_seconds=_MINUTE,
        source=Source.DERIVED,
        definition="Percent of all requests, over all routes and regions, that did not fail.",
        use="The objective that clients were promised.",
        arithmetic="100 x (1 - sum of failures / sum of requests)",
    ),
    _latency("p50", "What most clients feel; a shift of it is a change of the whole service."),
    _latency("p95", "The latency objective; an alarm for each route."),
    _latency("p99", "The worst that regular clients meet; shows queues before the p95 does."),
    Metric(
        id="routing_efficiency",
        title="Routing efficiency",
        name=FIRST_CHOICE,
        namespace=NAMESPACE,
        unit="None (0 to 1)",
        dimensions=DIMENSIONS,
        statistic="Average",
        period_seconds=_MINUTE,
        source=Source.SERVICE,
        definition="Share of requests that the path which the router chose first answered.",
        use="An objective; the sweep judges its bounds.",
    ),
    Metric(
        id="fallback_rate",
        title="Fallback rate",
        unit="Percent",
        period_seconds=_MINUTE,
        source=Source.DERIVED,
        definition="Percent of requests that another path had to answer, or none did.",
        use="Rises before clients notice anything: a path is failing and the other carries it.",
        arithmetic="100 x (1 - sum of first choices / their sample count)",
    ),
    Metric(
        id="path_errors",
        title="Errors by path (MCP and others)",
        unit="Count",
        period_seconds=_MINUTE,
        source=Source.DERIVED,
        definition="Failed requests of all routes of one path, such as the MCP router.",
        use="Tells a path that is failing in every region from a region that is.",
        arithmetic="sum of failures over the routes of the path",
    ),
    Metric(
        id="data_lag",
        title="Data lag",
        name="DataLag",
        namespace=NAMESPACE,
        unit="Seconds",
        dimensions=("Service", "Region"),
        statistic="Maximum",
        period_seconds=_MINUTE,
        source=Source.OPTIONAL,
        definition="How far the service's own data in a region is behind where it is written.",
        use="What would be lost if the writing region were lost now, against the RPO.",
    ),
    Metric(
        id="feature_adoption",
        title="Feature adoption",
        name="FeatureAdoption",
        namespace=NAMESPACE,
        unit="Percent",
        dimensions=("Service",),
        statistic="Average",
        period_seconds=_DAY,
        source=Source.OPTIONAL,
        definition="Percent of the day's clients that used what hybrid routing offers them.",
        use="Whether what is kept running is used.",
    ),
    Metric(
        id="user_satisfaction",
        title="User satisfaction",
        name="UserSatisfaction",
        namespace=NAMESPACE,
        unit="None (1 to 5)",
        dimensions=("Service",),
        statistic="Average",
        period_seconds=_DAY,
        source=Source.OPTIONAL,
        definition="What clients answered when the service asked them, 5 best.",
        use="Whether objectives that hold are the right ones.",
    ),
)
