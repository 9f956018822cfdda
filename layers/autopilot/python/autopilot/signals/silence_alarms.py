"""Pages for what runs all the time and has stopped, and for what was deployed and never began.

An alarm that looks for silence is in ALARM minutes after it was made, because missing data breaches
its threshold: nothing has run yet, and nothing was missed. So it pages through a composite, which
also wants to know that it has *begun*. That is the memory of an alarm that ignores missing data: it
has no data at first, is OK as soon as there is some, and stays so. What has not begun in its time
pages as well, but for another reason, and once only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autopilot.domain.severity import Severity
from autopilot.signals.alarm import (
    OPERATIONAL,
    PAGE_TOPIC,
    WATCHED,
    Resource,
    Window,
    Words,
    camel,
    composite_alarm,
    dimensions,
    metric_alarm,
)
from autopilot.signals.catalogue import METRICS

#: Sweeps begin five minutes after their schedule was made, which may be late in a deployment.
NEVER_BEGUN_SECONDS: Final = 1_800
PROBED: Final = "ProbesAreWatched"  #: the template's condition for all regions, but not in dev
_MINUTE_SECONDS: Final = 60
#: No change between two periods is as large: the alarm is there to remember, not to go off.
_NEVER: Final = 1_000_000.0
_LIST_SCHEDULES: Final = "aws scheduler list-schedules --group-name ${Service}"


@dataclass(frozen=True, slots=True)
class _Regular:
    """Something that runs all the time, as the alarm `<name>-silent` watches it."""

    name: str
    what: str  #: as sentences begin
    runbook: str
    looks_at: Mapping[str, Any]  #: metric and statistic
    within_seconds: int  #: it runs twice
    condition: str = WATCHED

    @property
    def has_stopped(self) -> str:
        """A rule: it is silent, and has run before."""
        silent, begun = self._names
        return f"(ALARM({silent}) AND OK({begun}))"

    @property
    def never_began(self) -> str:
        """A rule: it is silent, and has not run since its alarms were made."""
        silent, begun = self._names
        return f"(ALARM({silent}) AND INSUFFICIENT_DATA({begun}))"

    @property
    def _names(self) -> tuple[str, str]:
        """Of the two alarms, as rules spell them."""
        return f'"{OPERATIONAL}-{self.name}-silent"', f'"{OPERATIONAL}-{self.name}-begun"'

    @property
    def alarms(self) -> list[str]:
        """The logical ids of the two alarms."""
        return [camel(self.name, "silent"), camel(self.name, "begun")]


def silence_alarms() -> dict[str, Resource]:
    """The alarms by logical id."""
    sweep, tend, seal, probe = regular = _regulars()
    return {camel(one.name, "begun"): _begun(one) for one in regular} | {
        "SchedulesSilent": _stopped(
            "schedules-silent",
            [sweep, tend],
            Severity.P0,
            "Sweeps, or the tending of the ledger, have stopped in this region: nobody looks, and "
            "standing plans expire within minutes.",
            _LIST_SCHEDULES,
        ),
        "SealingStopped": _stopped(
            "sealing-stopped",
            [seal],
            Severity.P2,
            "What waits in the trail's inbox is not looked at any more: evidence is late.",
            "autopilot audit verify --region ${AWS::Region}",
        ),
        "ProbingStopped": _stopped(
            "probing-stopped",
            [probe],
            Severity.P2,
            "This region publishes no probes any more: a vantage is lost.",
            "autopilot status",
        ),
        "NeverBegun": _never_begun("never-begun", [sweep, tend, seal]),
        "ProbingNeverBegun": _never_begun("probing-never-begun", [probe]),
    }


def _regulars() -> list[_Regular]:
    return [
        _Regular("sweep", "Health sweeps", "health-sweep.md", _runs("HealthSweep"), 900),
        _Regular("tend", "The tending of the ledger", "deploy.md", _calls("TendLedger"), 300),
        _Regular("seal", "The sealing of the trail", "trail.md", _calls("SealTrail"), 300),
        _Regular("probe", "Probes", "troubleshooting.md", _probes(), 300, PROBED),
    ]


def _begun(one: _Regular) -> Resource:
    """OK from the second run on, for ever.

    The first run alone will not do: this alarm may be looked at before the other, which would still
    be in ALARM. The difference of two values is there a run later than the values.
    """
    words = Words(
        Severity.P3,
        f"{one.what} have begun once this is OK, which it stays. It tells nobody alone: composites "
        "ask it whether there was anything to miss.",
        one.runbook,
        "autopilot status",
    )
    stat = {"Metric": _metric(one.looks_at), "Period": _MINUTE_SECONDS}
    queries: list[dict[str, Any]] = [
        {
            "Id": "again",
            "Label": "has run again",
            "Expression": "DIFF(runs)",
            "ReturnData": True,
        },
        {
            "Id": "runs",
            "MetricStat": stat | {"Stat": one.looks_at["Statistic"]},
            "ReturnData": False,
        },
    ]
    minutes = one.within_seconds // _MINUTE_SECONDS
    return metric_alarm(
        f"{OPERATIONAL}-{one.name}-begun",
        words,
        {"Metrics": queries},
        over=_NEVER,
        window=Window(_MINUTE_SECONDS, minutes, minutes),
        # The state is kept: this is the memory.
        missing="ignore",
        condition=one.condition,
    )


def _stopped(
    name: str, several: Sequence[_Regular], severity: Severity, meaning: str, first: str
) -> Resource:
    """One page when any of these has run and runs no more, as soon as its silence is seen."""
    return composite_alarm(
        f"{OPERATIONAL}-{name}",
        Words(severity, meaning, several[-1].runbook, first),
        " OR ".join(one.has_stopped for one in several),
        after=[alarm for one in several for alarm in one.alarms],
        actions=[PAGE_TOPIC],
        condition=several[0].condition,
    )


def _never_begun(name: str, several: Sequence[_Regular]) -> Resource:
    """One page for what has not begun half an hour after its alarms were made.

    A composite alarm waits for its suppressor before it acts. Nothing suppresses this one: the
    alarm that it names never goes off. Only the waiting is wanted.
    """
    suppressor = camel(several[0].name, "begun")
    whats = ", or ".join(one.what[0].lower() + one.what[1:] for one in several)
    words = Words(
        Severity.P1,
        f"Not begun within half an hour of the deployment: {whats}.",
        "deploy.md",
        _LIST_SCHEDULES,
    )
    return composite_alarm(
        f"{OPERATIONAL}-{name}",
        words,
        " OR ".join(one.never_began for one in several),
        after={alarm for one in several for alarm in one.alarms} - {suppressor},
        actions=[PAGE_TOPIC],
        condition=several[0].condition,
        suppressor={
            "ActionsSuppressor": {"Ref": suppressor},
            "ActionsSuppressorWaitPeriod": NEVER_BEGUN_SECONDS,
            "ActionsSuppressorExtensionPeriod": _MINUTE_SECONDS,
        },
    )


def _runs(machine: str) -> dict[str, Any]:
    return _looks_at("runs_succeeded", [{"Name": "StateMachineArn", "Value": {"Ref": machine}}])


def _calls(function: str) -> dict[str, Any]:
    return _looks_at("invocations", [{"Name": "FunctionName", "Value": {"Ref": function}}])


def _probes() -> dict[str, Any]:
    """What the control target has is published every minute, however the regions fare."""
    return _looks_at("probe_failures", dimensions(Target="control")) | {"Statistic": "SampleCount"}


def _looks_at(metric_id: str, of: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    metric = METRICS[metric_id]
    return {
        "Namespace": metric.namespace,
        "MetricName": metric.name,
        "Dimensions": list(of),
        "Statistic": metric.statistic,
    }


def _metric(looks_at: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in looks_at.items() if name != "Statistic"}
