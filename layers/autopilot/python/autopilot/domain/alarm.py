"""Reads what CloudWatch sends when an alarm changes state, by either of its two ways.

Shapes: CloudWatch user guide, "Invoke a Lambda function from an alarm" (direct) and "Alarm events
and EventBridge" (eventbridge). Both carry the instant of the change, so that one change has one
identity whichever way it came; fields that are not read may be added or missing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from autopilot.domain.allocation import Route
from autopilot.domain.fields import Fields
from autopilot.errors import BadInput

DETAIL_TYPE: Final = "CloudWatch Alarm State Change"
_ADVICE: Final = (
    f"Send an alarm's Lambda action, or an EventBridge event {DETAIL_TYPE!r}; events/ has examples."
)
_METRICS_MAX: Final = 500  #: queries and time series of one alarm
_RULE_MAX: Final = 10_240  #: characters of a composite alarm's rule (API reference)
#: Shapes, so that nothing else is written down under these names: "Amazon Resource Names" and
#: "Regions", AWS general reference.
_REGION: Final = (re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}"), "a region such as eu-central-1")
_ACCOUNT: Final = (re.compile(r"\d{12}"), "an account of 12 digits")
_ARN: Final = (
    re.compile(r"arn:aws[a-z-]*:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.{1,255}"),
    "the ARN of a CloudWatch alarm",
)
_INSTANT_SHAPE: Final = "an instant such as 2023-08-04T12:36:15.490+0000"


class AlarmState(StrEnum):
    """The states of a CloudWatch alarm."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class AlarmSource(StrEnum):
    """The way an alarm came."""

    DIRECT = "direct"
    EVENTBRIDGE = "eventbridge"
    DESCRIBED = "described"  #: nobody was told: found by looking at the alarms


@dataclass(frozen=True, slots=True)
class AlarmSignal:
    """One change of state of one alarm."""

    name: str
    arn: str
    state: AlarmState
    previous_state: AlarmState | None  #: None when the event does not say
    changed_ms: int
    reason: str
    region: str
    account: str
    service: str | None  #: dimension Service, when all metrics of the alarm agree on it
    route: Route | None  #: dimensions Region and Path, when all metrics agree on them
    source: AlarmSource
    dimensions: Mapping[str, str]  #: what all metrics agree on; empty for a composite alarm
    namespaces: tuple[str, ...]  #: of its metrics, sorted; empty for a composite alarm
    rule: str  #: of a composite alarm; else empty
    suppressed_by: str  #: what holds a composite alarm's actions back, such as `Alarm`; else empty


def read_alarm(event: object) -> AlarmSignal:
    """Read either shape; raise `BadInput` naming every field that is not as documented."""
    read = Fields(event, "an alarm event", _ADVICE)
    signal = _from_eventbridge(read) if read.has("detail") else _direct(read)
    read.refuse_if_wrong()
    return signal


def _direct(read: Fields) -> AlarmSignal:
    read.constant("source", "aws.cloudwatch")
    arn = _shaped(read, "alarmArn", read.text("alarmArn"), _ARN)
    account = _shaped(read, "accountId", read.text("accountId"), _ACCOUNT)
    return _signal(read, read.inside("alarmData"), arn, account, AlarmSource.DIRECT)


def _from_eventbridge(read: Fields) -> AlarmSignal:
    read.constant("source", "aws.cloudwatch")
    read.constant("detail-type", DETAIL_TYPE)
    resources = read.texts("resources", most=1)
    arn = _shaped(read, "resources", resources[0] if resources else "", _ARN)
    account = _shaped(read, "account", read.text("account"), _ACCOUNT)
    return _signal(read, read.inside("detail"), arn, account, AlarmSource.EVENTBRIDGE)


def _shaped(read: Fields, name: str, text: str, shape: tuple[re.Pattern[str], str]) -> str:
    """The text; noted when it has another shape (one that is missing is noted already)."""
    pattern, expected = shape
    if text and not pattern.fullmatch(text):
        read.note(name, expected, text)
    return text


def _signal(
    read: Fields, alarm: Fields, arn: str, account: str, source: AlarmSource
) -> AlarmSignal:
    state = alarm.inside("state")
    configuration = alarm.inside("configuration") if alarm.has("configuration") else None
    metrics = _metrics(configuration) if configuration else ()
    dimensions = _agreed([_of_metric(metric) for metric in metrics])
    return AlarmSignal(
        name=alarm.text("alarmName", most=255),
        arn=arn,
        state=state.choice("value", AlarmState),
        previous_state=_previous(alarm),
        changed_ms=_instant_ms(state),
        reason=state.text("reason", least=0) if state.has("reason") else "",
        region=_shaped(read, "region", read.text("region"), _REGION),
        account=account,
        service=dimensions.get("Service"),
        route=_route(dimensions),
        source=source,
        dimensions=MappingProxyType(dict(dimensions)),
        namespaces=tuple(sorted({metric.text("namespace") for metric in metrics})),
        rule=_optional(configuration, "alarmRule", most=_RULE_MAX),
        suppressed_by=_optional(state, "actionsSuppressedBy"),
    )


def _optional(read: Fields | None, name: str, *, most: int = 255) -> str:
    """A text that only some alarms have."""
    return read.text(name, most=most) if read is not None and read.has(name) else ""


def _previous(alarm: Fields) -> AlarmState | None:
    if not alarm.has("previousState"):
        return None  # nothing is decided by it, so nothing is refused for it
    return alarm.inside("previousState").choice("value", AlarmState)


def _metrics(configuration: Fields) -> tuple[Fields, ...]:
    """Every metric that the alarm reads; a composite alarm and an expression have none."""
    if not configuration.has("metrics"):
        return ()
    queries = configuration.each("metrics", most=_METRICS_MAX)
    return tuple(
        query.inside("metricStat").inside("metric") for query in queries if query.has("metricStat")
    )


def _of_metric(metric: Fields) -> dict[str, str]:
    if not metric.has("dimensions"):
        return {}
    dimensions = metric.inside("dimensions")
    return {name: dimensions.text(name) for name in dimensions.names}


def _agreed(found: list[dict[str, str]]) -> Mapping[str, str]:
    """The dimensions that every metric has with the same value."""
    shared = set(found[0].items()) if found else set()
    for dimensions in found:
        shared &= set(dimensions.items())
    return dict(sorted(shared))


def _route(dimensions: Mapping[str, Any]) -> Route | None:
    try:
        return Route(dimensions["Region"], dimensions["Path"])
    except (KeyError, BadInput):
        return None  # an alarm about something else, which the caller decides on


def _instant_ms(state: Fields) -> int:
    text = state.text("timestamp")
    try:
        instant = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError:
        if text:
            state.note("timestamp", _INSTANT_SHAPE, text)
        return 0
    return round(instant.timestamp() * 1000)
