"""One alarm for each region that serves, as seen from the others, made from the profile.

An alarm reads metrics of its own region only, and a region's alarms are lost together with it: so
each vantage has an alarm on every *other* region. Missing probes are no reason to go off. That a
vantage's own sight is bad shows in its control target, which whoever acts on the alarm reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autopilot.domain.profile import Profile
from autopilot.signals.alarms import Resource
from autopilot.signals.catalogue import FAILED, PROBE_NAMESPACE

#: More than half of a period's probes: usually it has one.
THRESHOLD: Final = 0.5


def probe_alarms(profile: Profile) -> dict[str, Resource]:
    """The alarms by logical id: home's, then standby's."""
    regions = profile.regions
    return {
        "HomeUnreachable": _alarm(profile, regions.home, "LooksAtHome"),
        "StandbyUnreachable": _alarm(profile, regions.standby, "LooksAtStandby"),
    }


def _alarm(profile: Profile, target: str, condition: str) -> Mapping[str, Any]:
    """Goes off when as many probes in a row failed as the profile says; one good one ends it."""
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Condition": condition,
        "Properties": {
            "AlarmName": {"Fn::Sub": f"${{Service}}-{target}-unreachable"},
            "AlarmDescription": f"{target} does not answer probes over the public path.",
            "Namespace": PROBE_NAMESPACE,
            "MetricName": FAILED,
            "Dimensions": [
                {"Name": "Service", "Value": {"Ref": "Service"}},
                {"Name": "Target", "Value": target},
            ],
            "Statistic": "Average",
            "Period": profile.probes.interval_seconds,
            "EvaluationPeriods": profile.probes.failures,
            "DatapointsToAlarm": profile.probes.failures,
            "Threshold": THRESHOLD,
            "ComparisonOperator": "GreaterThanThreshold",
            # Absence of data is unknown: neither a reason to act nor a sign of health.
            "TreatMissingData": "missing",
        },
    }
