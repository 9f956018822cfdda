"""What every generated alarm has: a level, a meaning, a page to read and a first command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from autopilot.domain.severity import Severity

CONDITION: Final = "Acts"  #: the template's condition for regions that hold what acts
WATCHED: Final = "IsWatched"  #: as above, but not in dev, where schedules are paused
DESCRIPTION_MAX: Final = 1_024  #: characters (PutMetricAlarm, AlarmDescription)
PAGE_TOPIC: Final[Mapping[str, str]] = {"Ref": "PageTopic"}
#: What begins with the service's name starts an incident (rule AlarmRule); the rest only pages.
INCIDENT: Final = "${Service}"
OPERATIONAL: Final = "autopilot-${Service}"

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """What a person reads who is woken by it."""

    severity: Severity
    meaning: str  #: sentences
    runbook: str  #: a page below docs/, with its section where it has one
    first: str  #: the first command

    def __str__(self) -> str:
        """The alarm's description, in the one form that all have."""
        where = f"Runbook: docs/{self.runbook}. First: `{self.first}`"
        said = f"{self.severity.word}: {self.meaning} {where}"
        if len(said) > DESCRIPTION_MAX:
            message = f"a description has at most {DESCRIPTION_MAX} characters, got {len(said)}"
            raise ValueError(message)
        return said


@dataclass(frozen=True, slots=True)
class Window:
    """How often and how long something must hold."""

    period_seconds: int
    periods: int
    needed: int  #: of `periods`


def dimensions(**values: str) -> list[dict[str, Any]]:
    """Of one metric of the service; `Service` comes first."""
    named = {"Service": {"Ref": "Service"}, **values}
    return [{"Name": name, "Value": value} for name, value in named.items()]


def metric_alarm(
    name: str,
    words: Words,
    looks_at: Mapping[str, Any],
    *,
    over: float,
    window: Window,
    missing: str,
    actions: Sequence[Mapping[str, Any]] = (),
    condition: str = CONDITION,
) -> Resource:
    """Goes off when what it looks at is over the threshold in `window.needed` of its periods.

    `looks_at` is Namespace, MetricName, Dimensions, Statistic and Period, or Metrics.
    """
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Condition": condition,
        "Properties": {
            "AlarmName": {"Fn::Sub": name},
            "AlarmDescription": _described(words),
            **looks_at,
            "EvaluationPeriods": window.periods,
            "DatapointsToAlarm": window.needed,
            "Threshold": over,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": missing,
        }
        | ({"AlarmActions": list(actions)} if actions else {}),
    }


def composite_alarm(
    name: str,
    words: Words,
    rule: str,
    *,
    after: Iterable[str],
    actions: Sequence[Mapping[str, Any]] = (),
    condition: str = CONDITION,
    suppressor: Mapping[str, Any] = MappingProxyType({}),
) -> Resource:
    """Goes off when `rule` holds, which names alarms; `after` are the logical ids of those.

    `suppressor` are the properties of what may keep its actions back.
    """
    return {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Condition": condition,
        # So that no rule ever names an alarm that is not there yet.
        "DependsOn": sorted(after),
        "Properties": {
            "AlarmName": {"Fn::Sub": name},
            "AlarmDescription": _described(words),
            "AlarmRule": {"Fn::Sub": rule},
            **suppressor,
        }
        | ({"AlarmActions": list(actions)} if actions else {}),
    }


def _described(words: Words) -> str | dict[str, str]:
    """The description; CloudFormation fills in the service where the first command names it."""
    return {"Fn::Sub": str(words)} if "${" in words.first else str(words)


def any_of(alarms: Iterable[Resource]) -> str:
    """A rule that holds while one of the alarms is in ALARM."""
    return joined([named(each) for each in alarms], "OR")


def all_of(alarms: Iterable[Resource]) -> str:
    """A rule that holds while all of the alarms are in ALARM."""
    return joined([named(each) for each in alarms], "AND")


def joined(names: Sequence[str], word: str) -> str:
    """Alarms by name, joined with `OR` or `AND`, in parentheses."""
    terms = [f'ALARM("{name}")' for name in names]
    return terms[0] if len(terms) == 1 else f"({f' {word} '.join(terms)})"


def named(resource: Resource) -> str:
    """The name of a generated alarm, as rules spell it."""
    name: str = resource["Properties"]["AlarmName"]["Fn::Sub"]
    return name


def camel(*words: str) -> str:
    """A logical id, which has letters and digits only (CloudFormation user guide, Resources)."""
    parts = "-".join(words).replace("_", "-").split("-")
    return "".join(part.capitalize() for part in parts)
