"""Alarms on causes: requests that are slow, and models that Bedrock turns requests away for.

They tell nobody alone. One composite pages for all of them, and is quiet while an alarm that
starts an incident is on: then people are at it already, and the cause is in the incident's report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from autopilot.domain.allocation import Route
from autopilot.domain.profile import Profile
from autopilot.domain.severity import Severity
from autopilot.domain.sweep_section import BedrockModel
from autopilot.signals.alarm import (
    OPERATIONAL,
    PAGE_TOPIC,
    Resource,
    Window,
    Words,
    any_of,
    camel,
    composite_alarm,
    dimensions,
    metric_alarm,
)
from autopilot.signals.burn_alarms import parts
from autopilot.signals.catalogue import METRICS
from autopilot.signals.spellings import spellings

#: Twice what the p95 objective leaves: on the line itself the sweep judges, with exact bounds.
SLOW_PERCENT: Final = 10
_SLOW: Final = Window(period_seconds=60, periods=5, needed=5)
_THROTTLED: Final = Window(period_seconds=60, periods=5, needed=3)


def cause_alarms(profile: Profile, incidents: Mapping[str, Resource]) -> dict[str, Resource]:
    """The alarms by logical id, quiet while one of `incidents` is on."""
    causes = dict(_slow(profile)) | dict(_throttled(profile))
    words = Words(
        Severity.P2,
        "Requests are slow, or Bedrock turns some away. Clients get answers still. Quiet while "
        "an alarm that starts an incident is on.",
        "troubleshooting.md",
        "aws cloudwatch describe-alarms --state-value ALARM",
    )
    rule = f"{any_of(causes.values())} AND NOT {any_of(incidents.values())}"
    degrading = composite_alarm(
        f"{OPERATIONAL}-degrading",
        words,
        rule,
        after=[*causes, *incidents],
        actions=[PAGE_TOPIC],
    )
    return causes | {"Degrading": degrading}


def _slow(profile: Profile) -> Iterator[tuple[str, Resource]]:
    limit = profile.objectives.p95_latency_ms
    for part, routes in parts(tuple(profile.proven)):
        words = Words(
            Severity.P2,
            f"More than {SLOW_PERCENT} % of requests{f' of {part}' if part else ''} take longer "
            f"than {limit} ms, for five minutes: twice what the p95 objective leaves.",
            "troubleshooting.md",
            "autopilot status",
        )
        yield (
            camel("Slow", part),
            metric_alarm(
                f"{OPERATIONAL}-slow{f'-{part}' if part else ''}",
                words,
                {"Metrics": list(_slow_queries(routes, limit))},
                over=float(SLOW_PERCENT),
                window=_SLOW,
                # Nobody who asks: neither slow nor fast.
                missing="missing",
            ),
        )


def _slow_queries(routes: Sequence[Route], limit_ms: int) -> Iterator[dict[str, Any]]:
    """Percent of requests above the limit: percentiles cannot be added up, their ranks can."""
    slow = ",".join(f"c{number} * (100 - w{number})" for number in range(len(routes)))
    sent = ",".join(f"c{number}" for number in range(len(routes)))
    yield {
        "Id": "slow",
        "Label": f"percent slower than {limit_ms} ms",
        "Expression": f"SUM([{slow}]) / SUM([{sent}])",
        "ReturnData": True,
    }
    metric = METRICS["latency_p95"]
    for number, route in enumerate(routes):
        about = {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": dimensions(Region=route.region, Path=route.path),
        }
        for name, stat in (("c", "SampleCount"), ("w", f"PR(:{limit_ms})")):
            query = {"Metric": about, "Period": _SLOW.period_seconds, "Stat": stat}
            yield {"Id": f"{name}{number}", "MetricStat": query, "ReturnData": False}


def _throttled(profile: Profile) -> Iterator[tuple[str, Resource]]:
    for number, model in enumerate(profile.bedrock.models, start=1):
        words = Words(
            Severity.P2,
            f"Bedrock turns away requests of path {model.path} for {model.profile}: a quota is "
            "spent.",
            "troubleshooting.md",
            "aws service-quotas list-service-quotas --service-code bedrock",
        )
        yield (
            camel("Throttled", model.path, str(number)),
            metric_alarm(
                f"{OPERATIONAL}-{model.path}-{number}-throttled",
                words,
                {"Metrics": list(_throttle_queries(model))},
                over=0.0,
                window=_THROTTLED,
                # There is no such metric before the first throttle.
                missing="notBreaching",
            ),
        )


def _throttle_queries(model: BedrockModel) -> Iterator[dict[str, Any]]:
    """Throttles under every spelling of the model: a metric is under the one that was asked for."""
    metric, named_as = METRICS["bedrock_throttles"], spellings(model)
    ids = ",".join(f"t{number}" for number in range(len(named_as)))
    yield {
        "Id": "throttles",
        "Label": "requests turned away",
        "Expression": f"SUM([{ids}])",
        "ReturnData": True,
    }
    for number, spelling in enumerate(named_as):
        about = {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": "ModelId", "Value": {"Fn::Sub": spelling}}],
        }
        stat = {
            "Metric": about,
            "Period": _THROTTLED.period_seconds,
            "Stat": metric.statistic,
        }
        yield {"Id": f"t{number}", "MetricStat": stat, "ReturnData": False}
