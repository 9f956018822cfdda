"""One alarm for each route, as CloudFormation resources, made from the profile.

The routers of each region publish to CloudWatch of their own region about every route they sent
requests to, and an alarm reads its own region's metrics only. So the alarms of all routes stand
in every region that has routers, and the same section fits both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autopilot.domain.allocation import Route
from autopilot.domain.profile import Profile
from autopilot.errors import BadInput, Problem
from autopilot.signals.catalogue import FAILED, NAMESPACE, PERIOD_SECONDS

PERIODS: Final = 3
PERIODS_FAILING: Final = 2  #: of PERIODS: two bad periods are 20 s, one alone may be chance
CONDITION: Final = "Acts"  #: the template's condition for regions that hold what acts
REFLEX: Final = "ContainRoute"  #: logical id of the function that the alarms call
_PPM: Final = 1_000_000

Resource = Mapping[str, Any]


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
    words = f"{route.region}-{route.path}".replace("_", "-").split("-")
    return "Failing" + "".join(word.capitalize() for word in words)


def _alarm(route: Route, threshold: float) -> Resource:
    """Goes off when more than `threshold` of the requests failed in two periods of three."""
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Condition": CONDITION,
        "Properties": {
            "AlarmName": {"Fn::Sub": f"${{Service}}-{route.region}-{route.path}-failing"},
            "AlarmDescription": f"Requests sent to {route} fail. The reflex contains the route.",
            "Namespace": NAMESPACE,
            "MetricName": FAILED,
            "Dimensions": [
                {"Name": "Service", "Value": {"Ref": "Service"}},
                {"Name": "Region", "Value": route.region},
                {"Name": "Path", "Value": route.path},
            ],
            "Statistic": "Average",
            "Period": PERIOD_SECONDS,
            "EvaluationPeriods": PERIODS,
            "DatapointsToAlarm": PERIODS_FAILING,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            # Absence of data is unknown: neither a reason to act nor a sign of health.
            "TreatMissingData": "missing",
            "AlarmActions": [{"Fn::GetAtt": [REFLEX, "Arn"]}],
        },
    }
