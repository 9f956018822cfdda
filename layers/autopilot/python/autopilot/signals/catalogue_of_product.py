"""Metrics that this product publishes: what it saw, what it did, and how well it is itself."""

from __future__ import annotations

from typing import Final

from autopilot.domain.readings import METRICS, NAMESPACE, Measured
from autopilot.signals.metric import Metric, Source
from autopilot.signals.names import (
    FAILED,
    PROBE_DIMENSIONS,
    PROBE_NAMESPACE,
    TRAIL_DIMENSIONS,
    TRAIL_NAMESPACE,
)

_MINUTE: Final = 60
_FIVE_MINUTES: Final = 300
_DAY: Final = 86_400


def _ours(
    measured: Measured,
    title: str,
    *,
    publisher: str,
    period: int,
    words: tuple[str, str],
    statistic: str = "Average",
    arithmetic: str = "",
    unit: str = "",
) -> Metric:
    """A metric of ours: name, unit and dimensions are where they are published from."""
    definition, use = words
    return Metric(
        id=measured.name.lower(),
        title=title,
        name=measured.value,
        namespace=NAMESPACE,
        unit=unit or METRICS[measured].unit.value,
        dimensions=("Service", *METRICS[measured].dimensions),
        statistic=statistic,
        period_seconds=period,
        source=Source.PRODUCT,
        definition=definition,
        use=use,
        arithmetic=arithmetic,
        publisher=publisher,
    )


def _of_the_trail(
    metric_id: str, title: str, metric: tuple[str, str, str], *, definition: str, use: str
) -> Metric:
    """About a region's trail; `metric` is name, statistic and who publishes it."""
    name, statistic, publisher = metric
    return Metric(
        id=metric_id,
        title=title,
        name=name,
        namespace=TRAIL_NAMESPACE,
        unit="Count",
        dimensions=TRAIL_DIMENSIONS,
        statistic=statistic,
        period_seconds=_DAY,
        source=Source.PRODUCT,
        definition=definition,
        use=use,
        publisher=publisher,
    )


OF_PRODUCT: Final = (
    _ours(
        Measured.HEALTH_SCORE,
        "Health score",
        publisher="health_sweep",
        period=_FIVE_MINUTES,
        unit="None (0 to 100)",
        words=(
            (
                "What the checks of a sweep add up to, as seen from the region that sweeps. A "
                "check counts whole when all its findings are well; unknown earns nothing."
            ),
            "The one number to look at first; the sweep's result says why.",
        ),
        arithmetic="100 x points earned / points of all checks that were made; weights are the "
        "profile's sweep.weights",
    ),
    _ours(
        Measured.UNKNOWN_POINTS,
        "Health score, unknown part",
        publisher="health_sweep",
        period=_FIVE_MINUTES,
        words=(
            "Points of checks that could not be judged: what the score lacks for want of sight.",
            "Tells a service that is ill from one that cannot be seen.",
        ),
    ),
    _ours(
        Measured.BURN_RATE,
        "Burn rate",
        publisher="health_sweep",
        period=_FIVE_MINUTES,
        unit="None (1 spends the budget in its period)",
        words=(
            (
                "How fast the error budget was spent over a window of 1h, 6h or 3d, the latter two "
                "by full sweeps. Windows over a day are the sweep's, not an alarm's."
            ),
            "How long the budget will last.",
        ),
        arithmetic="(failures / requests) / error budget",
    ),
    _ours(
        Measured.SUPPORT_MODE,
        "Support Mode by component",
        publisher="health_sweep",
        period=_DAY,
        statistic="Minimum",
        unit="None (1 healthy, 0 not)",
        words=(
            (
                "Whether a component of Bedrock Support Mode says that it is healthy; full sweeps "
                "ask. A component that does not say is absent."
            ),
            "Whether the help is there when it is needed.",
        ),
    ),
    _ours(
        Measured.QUOTA_HEADROOM,
        "Quota headroom, TPM and RPM",
        publisher="health_sweep",
        period=_DAY,
        statistic="Minimum",
        words=(
            (
                "Percent of a model's quota of requests or tokens per minute that the busiest "
                "minute of the last day left. Absent while use or quota is unknown."
            ),
            "An increase takes days: it must be asked for before the headroom is gone.",
        ),
        arithmetic="100 x (1 - peak / quota)",
    ),
    Metric(
        id="probe_failures",
        title="Failed probes",
        name=FAILED,
        namespace=PROBE_NAMESPACE,
        unit="None (0 to 1)",
        dimensions=PROBE_DIMENSIONS,
        statistic="Average",
        period_seconds=10,
        source=Source.PRODUCT,
        definition="Share of probes over the public path that failed, from the region where the "
        "metric is; target `control` is outside the service.",
        use="A region that two vantages cannot reach, while the control answers, is lost.",
        publisher="probe_regions",
    ),
    _ours(
        Measured.SWEEP_AGE,
        "Age of the last sweep",
        publisher="tend_ledger",
        period=_MINUTE,
        statistic="Maximum",
        words=(
            "Seconds since a region last recorded a sweep, as the planner saw it.",
            "Five minutes are normal. An old score is no score.",
        ),
    ),
    _ours(
        Measured.AUDIT_LAG,
        "Audit lag",
        publisher="tend_ledger",
        period=_MINUTE,
        statistic="Maximum",
        words=(
            (
                "Age of the oldest journal entry that was not yet in the trail when the planner "
                "looked; 0 when none waited."
            ),
            "What could be lost of the evidence if the ledger were lost now.",
        ),
    ),
    _ours(
        Measured.JOURNAL_WAITING,
        "Journal entries left",
        publisher="tend_ledger",
        period=_MINUTE,
        statistic="Maximum",
        words=(
            "Entries that a pass of the exporter had to leave in the journal.",
            "A journal that fills up refuses advances, and in the end everything.",
        ),
    ),
    _ours(
        Measured.EFFECTS,
        "Automation effects",
        publisher="tend_ledger",
        period=_MINUTE,
        statistic="Sum",
        words=(
            "Changes of allocation and intents to turn switches that were exported to the trail.",
            "How much the automation does; bursts are incidents, or a fault of its own.",
        ),
    ),
    _ours(
        Measured.REFUSALS,
        "Refusals",
        publisher="every function",
        period=_MINUTE,
        statistic="Sum",
        words=(
            "What the gate, a rail, a right or an input's check refused. Absent when nothing was.",
            "A few are the rules at work; many are a fault, or somebody trying doors.",
        ),
    ),
    _ours(
        Measured.TIME_TO_MITIGATE,
        "Time to mitigate",
        publisher="incident_response",
        period=_DAY,
        statistic="Maximum",
        words=(
            (
                "From the first alarm of an incident that ended mitigated to the last look at "
                "which something was wrong."
            ),
            "What the automation is for.",
        ),
    ),
    _of_the_trail(
        "trail_verified",
        "Trail verified: damages found",
        ("Damages", "Maximum", "verify_trail"),
        definition="Damages that a verification of a region's trail found; its number of samples "
        "is that of verifications. 0 is a trail that was verified, and no data one that was not.",
        use="Damage is a security incident, and a trail that nobody verifies proves nothing.",
    ),
    _of_the_trail(
        "trail_quarantined",
        "Audit events set aside",
        ("Quarantined", "Sum", "ingest_trail"),
        definition="Audit events of the service that were no entries. Absent when all were.",
        use="A release of the service that writes them wrongly shows at once.",
    ),
    _ours(
        Measured.COMPLIANCE_SCORE,
        "Compliance score",
        publisher="compliance_check",
        period=_DAY,
        statistic="Minimum",
        unit="None (0 to 100)",
        words=(
            "Controls that pass among those that apply; one that could not be read does not pass.",
            "The compliance officer's daily answer.",
        ),
        arithmetic="100 x passed / (passed + failed + unknown)",
    ),
    _ours(
        Measured.SECURITY_SCORE,
        "Security score",
        publisher="compliance_check",
        period=_DAY,
        statistic="Minimum",
        unit="None (0 to 100)",
        words=(
            "The same over the controls of article 32 (security of processing) alone.",
            "Whether what protects the data is in place.",
        ),
        arithmetic="as the compliance score, over the controls of article 32",
    ),
    _ours(
        Measured.RECOVERY_TIME,
        "Recovery time (RTO), as rehearsed",
        publisher="recovery_rehearsal",
        period=_DAY,
        statistic="Maximum",
        words=(
            (
                "How long recovery would take, by failover to the metric's region or by restore of "
                "the ledger; each month. Absent while a part of it is not known."
            ),
            "What the profile promises as objectives.rto_minutes, and whether it still holds.",
        ),
        arithmetic="the sum of its parts, each measured or stated (docs/rehearsal.md)",
    ),
    _ours(
        Measured.RECOVERY_LOSS,
        "Recovery point (RPO), as rehearsed",
        publisher="recovery_rehearsal",
        period=_DAY,
        statistic="Maximum",
        words=(
            (
                "How much of the latest work recovery would lose, by failover or by restore; each "
                "month. Absent while the state of a copy is not known."
            ),
            "What the profile promises as objectives.rpo_minutes, and whether it still holds.",
        ),
    ),
)
