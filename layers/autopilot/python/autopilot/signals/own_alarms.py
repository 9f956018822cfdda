"""Alarms about the automation itself, on metrics that it publishes, and on its reflex."""

from __future__ import annotations

from typing import Any, Final

from autopilot.domain.severity import Severity
from autopilot.signals.alarm import (
    OPERATIONAL,
    PAGE_TOPIC,
    WATCHED,
    Resource,
    Window,
    Words,
    composite_alarm,
    dimensions,
    joined,
    metric_alarm,
)
from autopilot.signals.catalogue import METRICS

#: A pass of the exporter is made every minute; a quarter of an hour without one is a fault.
AUDIT_LAG_SECONDS: Final = 900
#: More refusals than this in five minutes are no rule at work any more.
REFUSALS_MANY: Final = 30
_ARCHIVE: Final = Words(
    Severity.P2,
    "No run of the archive ended for two days, though the automation ran.",
    'archive.md, "When it says"',
    "autopilot audit verify --region ${AWS::Region}",
)
_COMPLIANCE: Final = Words(
    Severity.P2,
    "No compliance check of this region succeeded for a day, though the automation ran.",
    'compliance.md, "Each day"',
    "autopilot compliance --aws",
)
_VERIFICATION: Final = Words(
    Severity.P2,
    "The trail of this region was not verified for two days, though the automation ran.",
    'trail.md, "Verify"',
    "autopilot audit verify --region ${AWS::Region}",
)
_STEADY: Final = Window(period_seconds=60, periods=3, needed=3)
_ONCE: Final = Window(period_seconds=60, periods=1, needed=1)
_FIVE_MINUTES: Final = Window(period_seconds=300, periods=1, needed=1)


def own_alarms() -> dict[str, Resource]:
    """The alarms by logical id."""
    return {
        "AuditLate": _audit_late(),
        "RefusalsMany": _refusals_many(),
        "ReflexThrottled": _reflex_throttled(),
        "ArchiveMissed": _missed("archive", "archive-silent", "ArchiveSilent", _ARCHIVE),
        "ComplianceMissed": _missed(
            "compliance", "compliance-silent", "ComplianceSilent", _COMPLIANCE
        ),
        "VerificationMissed": _missed(
            "verification", "trail-unverified", "TrailUnverified", _VERIFICATION
        ),
    }


def _audit_late() -> Resource:
    words = Words(
        Severity.P2,
        "Effects wait in the journal for a quarter of an hour: the evidence is late, and a full "
        "journal stops advances.",
        "deploy.md",
        "autopilot status",
    )
    return metric_alarm(
        f"{OPERATIONAL}-audit-late",
        words,
        _looks_at("audit_lag", _STEADY),
        over=AUDIT_LAG_SECONDS,
        window=_STEADY,
        # Only the region that tends the ledger knows; silence of both is what TendSilent is for.
        missing="notBreaching",
        actions=[PAGE_TOPIC],
        condition=WATCHED,
    )


def _refusals_many() -> Resource:
    words = Words(
        Severity.P3,
        f"More than {REFUSALS_MANY} refusals in five minutes: something asks for what is not "
        "allowed, again and again.",
        'operate.md, "When much is refused"',
        "autopilot status",
    )
    return metric_alarm(
        f"{OPERATIONAL}-refusals-many",
        words,
        _looks_at("refusals", _FIVE_MINUTES),
        over=REFUSALS_MANY,
        window=_FIVE_MINUTES,
        # Nothing is published when nothing is refused.
        missing="notBreaching",
        actions=[PAGE_TOPIC],
        condition=WATCHED,
    )


def _reflex_throttled() -> Resource:
    metric = METRICS["reflex_throttles"]
    words = Words(
        Severity.P0,
        "Lambda turned a call of the reflex away: its reserved concurrency is too small, and a "
        "route may stay in use for longer.",
        "deploy.md",
        "aws lambda get-function-concurrency --function-name ${Service}-contain-route",
    )
    return metric_alarm(
        f"{OPERATIONAL}-reflex-throttled",
        words,
        {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "ContainRoute"}}],
            "Statistic": metric.statistic,
            "Period": _ONCE.period_seconds,
        },
        over=0.0,
        window=_ONCE,
        # Lambda publishes nothing about a function nobody calls.
        missing="notBreaching",
        actions=[PAGE_TOPIC],
    )


def _missed(what: str, silent: str, logical_id: str, words: Words) -> Resource:
    """A page for what is done daily and was not, once there was a day to do it in.

    `OK`, not `NOT ALARM`: an alarm that was just made has not been looked at yet.
    """
    rule = f'{joined([f"{OPERATIONAL}-{silent}"], "OR")} AND OK("{OPERATIONAL}-begun-lately")'
    return composite_alarm(
        f"{OPERATIONAL}-{what}-missed",
        words,
        rule,
        after=["BegunLately", logical_id],
        actions=[PAGE_TOPIC],
        condition=WATCHED,
    )


def _looks_at(metric_id: str, window: Window) -> dict[str, Any]:
    metric = METRICS[metric_id]
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": dimensions(),
        "Statistic": metric.statistic,
        "Period": window.period_seconds,
    }
