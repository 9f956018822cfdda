"""What metrics remember of the day before: a service that has run for days ran its daily runbooks.

Without it, alarms that look for the silence of a daily runbook would go off at every installation,
as they do in an account on the first day (docs/deploy.md).
"""

from __future__ import annotations

from typing import Final

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.metrics import Statistics

DAY_SECONDS: Final = 86_400
#: Daily runbooks run in the early morning; drills play during the day.
_AGO_SECONDS: Final = 6 * 3_600


def remember_yesterday(aws: EmbeddedAws, region: str) -> None:
    """Give each alarm that waits a day for silence one value of some hours ago."""
    for alarm in aws.alarms.of(region):
        settings, metric = alarm.settings, alarm.metric
        waits = alarm.period_seconds * int(settings.get("EvaluationPeriods", 0))
        if metric and waits >= DAY_SECONDS and settings.get("TreatMissingData") == "breaching":
            value = Statistics.of_values([float(settings["Threshold"])], [1.0])
            aws.metrics.publish(region, metric, aws.scheduler.now - _AGO_SECONDS, value)
