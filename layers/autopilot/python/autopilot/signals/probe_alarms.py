"""One alarm for each region that serves, as seen from the others, made from the profile.

An alarm reads metrics of its own region only, and a region's alarms are lost together with it: so
each vantage has an alarm on every *other* region. Missing probes are no reason to go off. That a
vantage's own sight is bad shows in its control target, which whoever acts on the alarm reads.
"""

from __future__ import annotations

from typing import Final

from autopilot.domain.profile import Profile
from autopilot.domain.severity import Severity
from autopilot.signals.alarm import (
    INCIDENT,
    Resource,
    Window,
    Words,
    dimensions,
    metric_alarm,
)
from autopilot.signals.catalogue import METRICS

#: More than half of a period's probes: usually it has one.
THRESHOLD: Final = 0.5


def probe_alarms(profile: Profile) -> dict[str, Resource]:
    """The alarms by logical id: home's, then standby's."""
    regions = profile.regions
    return {
        "HomeUnreachable": _alarm(profile, regions.home, "LooksAtHome"),
        "StandbyUnreachable": _alarm(profile, regions.standby, "LooksAtStandby"),
    }


def _alarm(profile: Profile, target: str, condition: str) -> Resource:
    """Goes off when as many probes in a row failed as the profile says; one good one ends it."""
    metric, probes = METRICS["probe_failures"], profile.probes
    words = Words(
        Severity.P0,
        f"{target} does not answer probes over the public path. An incident is run; a region is "
        "lost when a second vantage says so.",
        "incident-response.md",
        "autopilot status",
    )
    return metric_alarm(
        f"{INCIDENT}-{target}-unreachable",
        words,
        {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": dimensions(Target=target),
            "Statistic": metric.statistic,
            "Period": probes.interval_seconds,
        },
        over=THRESHOLD,
        window=Window(probes.interval_seconds, probes.failures, probes.failures),
        # Absence of data is unknown: neither a reason to act nor a sign of health.
        missing="missing",
        condition=condition,
    )
