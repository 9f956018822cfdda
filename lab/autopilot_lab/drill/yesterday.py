"""What metrics remember of the day before: a service that has run for days did its daily work.

Without it, alarms that look back for a day or more would see the first day of an account at every
installation (docs/deploy.md). What looks back for minutes has its past from the warm-up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from autopilot_lab.emulator.alarms import Alarm
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.metrics import Statistics

DAY_SECONDS: Final = 86_400
#: Daily runbooks run in the early morning; drills play during the day.
_AGO_SECONDS: Final = 6 * 3_600


def remember_yesterday(aws: EmbeddedAws, region: str) -> None:
    """Give each alarm that waits a day for silence as many values as it takes to be OK."""
    for alarm in aws.alarms.of(region):
        settings, metric = alarm.settings, alarm.metric
        waits = alarm.period_seconds * int(settings.get("EvaluationPeriods", 0))
        if metric and waits >= DAY_SECONDS and settings.get("TreatMissingData") == "breaching":
            value = Statistics.of_values([float(settings["Threshold"])], [1.0])
            for ago in _ages(alarm):
                aws.metrics.publish(region, metric, aws.scheduler.now - ago, value)


def _ages(alarm: Alarm) -> Iterator[float]:
    """How long ago the metric had values: once, some hours ago, or in each of the last periods."""
    periods = int(alarm.settings["EvaluationPeriods"])
    needed = int(alarm.settings.get("DatapointsToAlarm") or periods)
    if needed == periods:
        yield _AGO_SECONDS
        return
    for period in range(periods - needed + 1):
        yield (period + 0.5) * alarm.period_seconds
