"""One alarm for each route, as CloudFormation resources, made from the profile.

The routers of each region publish to CloudWatch of their own region about every route they sent
requests to, and an alarm reads its own region's metrics only. So the alarms of all routes stand
in every region that has routers, and the same section fits both.
"""

from __future__ import annotations

from typing import Final

from autopilot.domain.allocation import Route
from autopilot.domain.profile import Profile
from autopilot.domain.severity import Severity
from autopilot.errors import BadInput, Problem
from autopilot.signals.alarm import (
    INCIDENT,
    Resource,
    Window,
    Words,
    camel,
    dimensions,
    metric_alarm,
)
from autopilot.signals.catalogue import METRICS

PERIODS: Final = 3
PERIODS_FAILING: Final = 2  #: of PERIODS: two bad periods are 20 s, one alone may be chance
REFLEX: Final = "ContainRoute"  #: logical id of the function that the alarms call
_PPM: Final = 1_000_000


def route_alarms(profile: Profile) -> dict[str, Resource]:
    """The alarms of every route by logical id, in order of route.

    Raises `BadInput` when two routes would get the same logical id, which has letters and digits
    only (AWS CloudFormation user guide, "Resources").
    """
    threshold = profile.thresholds.guard_ppm / _PPM
    alarms: dict[str, Resource] = {}
    for route in profile.proven:
        name = logical_id(route)
        if name in alarms:
            problem = Problem("routes", "names that differ in letters and digits", str(route))
            raise BadInput("the profile", [problem], "Rename the path.")
        alarms[name] = _alarm(route, threshold)
    return alarms


def logical_id(route: Route) -> str:
    """The alarm's logical id: `FailingEuCentral1Direct` for `eu-central-1/direct`."""
    return "Failing" + camel(route.region, route.path)


def _alarm(route: Route, threshold: float) -> Resource:
    """Goes off when more than `threshold` of the requests failed in two periods of three."""
    metric = METRICS["error_rate"]
    words = Words(
        Severity.P0,
        f"Requests sent to {route} fail. The reflex contains the route, then an incident is run.",
        "incident-response.md",
        "autopilot status",
    )
    return metric_alarm(
        f"{INCIDENT}-{route.region}-{route.path}-failing",
        words,
        {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": dimensions(Region=route.region, Path=route.path),
            "Statistic": metric.statistic,
            "Period": metric.period_seconds,
        },
        over=threshold,
        window=Window(metric.period_seconds, PERIODS, PERIODS_FAILING),
        # Absence of data is unknown: neither a reason to act nor a sign of health.
        missing="missing",
        actions=[{"Fn::GetAtt": [REFLEX, "Arn"]}],
    )
