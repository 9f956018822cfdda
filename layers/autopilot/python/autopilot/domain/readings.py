"""What the automation measures of itself and of the service, as named numbers. Pure.

Names and units are read by signals/catalogue.py, which says what each one means. A metric exists
only where its source was really read: nothing is published for what is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

#: Dimensions of every reading: the service, then those that it names itself.
NAMESPACE: Final = "Autopilot"


class Measured(StrEnum):
    """The metrics that this program publishes, by their CloudWatch names."""

    HEALTH_SCORE = "HealthScore"
    UNKNOWN_POINTS = "UnknownPoints"
    BURN_RATE = "BurnRate"
    SUPPORT_MODE = "SupportModeHealthy"
    QUOTA_HEADROOM = "QuotaHeadroom"
    SWEEP_AGE = "SweepAge"
    AUDIT_LAG = "AuditLag"
    JOURNAL_WAITING = "JournalWaiting"
    EFFECTS = "Effects"
    REFUSALS = "Refusals"
    TIME_TO_MITIGATE = "TimeToMitigate"
    COMPLIANCE_SCORE = "ComplianceScore"
    SECURITY_SCORE = "SecurityScore"
    RECOVERY_TIME = "RecoveryTime"
    RECOVERY_LOSS = "RecoveryLoss"


class Unit(StrEnum):
    """Units as CloudWatch spells them (API reference, MetricDatum)."""

    NONE = "None"
    COUNT = "Count"
    PERCENT = "Percent"
    SECONDS = "Seconds"
    MILLISECONDS = "Milliseconds"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of this program: its unit, and the dimensions beside `Service`, in order."""

    unit: Unit
    dimensions: tuple[str, ...] = ()


#: Every metric that may be published, and with which dimensions.
METRICS: Final[Mapping[Measured, Metric]] = {
    Measured.HEALTH_SCORE: Metric(Unit.NONE),
    Measured.UNKNOWN_POINTS: Metric(Unit.NONE),
    Measured.BURN_RATE: Metric(Unit.NONE, ("Window",)),
    Measured.SUPPORT_MODE: Metric(Unit.NONE, ("Component",)),
    Measured.QUOTA_HEADROOM: Metric(Unit.PERCENT, ("Region", "Path", "Limit")),
    Measured.SWEEP_AGE: Metric(Unit.SECONDS, ("Vantage",)),
    Measured.AUDIT_LAG: Metric(Unit.SECONDS),
    Measured.JOURNAL_WAITING: Metric(Unit.COUNT),
    Measured.EFFECTS: Metric(Unit.COUNT),
    Measured.REFUSALS: Metric(Unit.COUNT),
    Measured.TIME_TO_MITIGATE: Metric(Unit.SECONDS),
    Measured.COMPLIANCE_SCORE: Metric(Unit.NONE),
    Measured.SECURITY_SCORE: Metric(Unit.NONE),
    Measured.RECOVERY_TIME: Metric(Unit.SECONDS, ("Recovery",)),
    Measured.RECOVERY_LOSS: Metric(Unit.SECONDS, ("Recovery",)),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One number that was measured now."""

    metric: Measured
    value: float
    about: Mapping[str, str] = field(default_factory=dict)  #: dimensions beside the service

    def __post_init__(self) -> None:
        """A reading with other dimensions would be another metric, which no alarm looks at."""
        expected = METRICS[self.metric].dimensions
        if tuple(self.about) != expected:
            message = f"{self.metric} has dimensions {expected}, got {tuple(self.about)}"
            raise ValueError(message)
