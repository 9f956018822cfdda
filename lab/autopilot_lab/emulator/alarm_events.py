"""What leaves CloudWatch when an alarm changes state: actions, and an event on the default bus.

Payloads: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
and https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from autopilot_lab.emulator.alarm_inputs import Input, Statistic
from autopilot_lab.emulator.alarms import Alarm, Alarms, Condition, alarm_time
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.delivery import Delivery, Parcel
from autopilot_lab.emulator.event_bus import EventBus
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.suppression import Suppression
from autopilot_lab.emulator.targets import Sender

LAMBDA_PRINCIPAL = "lambda.alarms.cloudwatch.amazonaws.com"
SNS_PRINCIPAL = "cloudwatch.amazonaws.com"

_OF_COMPOSITES = (
    "alarmRule",
    "actionsSuppressor",
    "actionsSuppressorWaitPeriod",
    "actionsSuppressorExtensionPeriod",
)

#: Whether the actions of a transition are held back: the alarm, and the condition it was in.
Holds = Callable[[Alarm, Condition], bool]


class AlarmEvents:
    """Acts on transitions of alarms."""

    def __init__(
        self, *, scheduler: Scheduler, delivery: Delivery, bus: EventBus, alarms: Alarms
    ) -> None:
        self._scheduler = scheduler
        self._suppression = Suppression(scheduler=scheduler, alarms=alarms, resume=self._resume)
        self._delivery = delivery
        self._bus = bus
        self.holds: Holds = lambda _alarm, _before: False

    def on_transition(self, alarm: Alarm, before: Condition) -> None:
        """Carry out the actions of the state entered, unless kept back, and tell the event bus."""
        if not self._suppression.keep_back(alarm) and not self.holds(alarm, before):
            self.act(alarm, before)
        self._tell(alarm, before)
        self._suppression.follow(alarm)

    def _resume(self, alarm: Alarm) -> None:
        """Nothing suppresses the actions any more: events go from ALARM to ALARM."""
        before, alarm.condition = alarm.condition, replace(alarm.condition, suppressed_by="")
        if not self.holds(alarm, before):
            self.act(alarm, before)
        self._tell(alarm, before)

    def _tell(self, alarm: Alarm, before: Condition) -> None:
        event = self._bus.event(
            alarm.region,
            source="aws.cloudwatch",
            detail_type="CloudWatch Alarm State Change",
            detail=_detail(alarm, before),
            resources=[alarm.arn],
        )
        self._bus.put(event, alarm.region)

    def act(self, alarm: Alarm, before: Condition) -> None:
        """Carry out the actions of the state that an alarm is in."""
        for action in alarm.actions():
            self._act(alarm, before, action)

    def _act(self, alarm: Alarm, before: Condition, action: str) -> None:
        if ":lambda:" in action:
            body, principal = self._lambda_payload(alarm, before), LAMBDA_PRINCIPAL
        else:
            body, principal = self._notification(alarm, before), SNS_PRINCIPAL
        sender = Sender(principal, alarm.arn)
        self._delivery.send(Parcel(action, json.dumps(body), sender, {}))

    def _lambda_payload(self, alarm: Alarm, before: Condition) -> dict[str, Any]:
        return {
            "source": "aws.cloudwatch",
            "alarmArn": alarm.arn,
            "accountId": ACCOUNT,
            "time": alarm_time(self._scheduler.now),
            "region": alarm.region,
            "alarmData": _detail(alarm, before),
        }

    def _notification(self, alarm: Alarm, before: Condition) -> dict[str, Any]:
        return {
            "AlarmName": alarm.name,
            "AlarmDescription": alarm.settings.get("AlarmDescription"),
            "AWSAccountId": ACCOUNT,
            "NewStateValue": str(alarm.condition.value),
            "NewStateReason": alarm.condition.reason,
            "StateChangeTime": alarm_time(alarm.condition.since),
            "Region": alarm.region,
            "AlarmArn": alarm.arn,
            "OldStateValue": str(before.value),
        }


def _detail(alarm: Alarm, before: Condition) -> dict[str, Any]:
    return {
        "alarmName": alarm.name,
        "state": alarm.condition.to_event(),
        "previousState": before.to_event(),
        "configuration": _configuration(alarm),
    }


def _configuration(alarm: Alarm) -> dict[str, Any]:
    description = alarm.settings.get("AlarmDescription")
    described = {"description": description} if description else {}
    if alarm.input is None:
        named = {name: alarm.settings.get(name[0].upper() + name[1:]) for name in _OF_COMPOSITES}
        return described | {name: value for name, value in named.items() if value is not None}
    period = alarm.period_seconds
    if alarm.input.expression:
        queries = alarm.settings["Metrics"]
        return described | {"metrics": [_query(each, alarm.input) for each in queries]}
    [statistic] = alarm.input.statistics.values()
    return described | {
        "metrics": [
            {
                "id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.arn)),
                "metricStat": _metric_stat(statistic, period),
                "returnData": True,
            }
        ]
    }


def _query(query: Mapping[str, Any], looked_at: Input) -> dict[str, Any]:
    """A query of an expression, as events spell it."""
    said: dict[str, Any] = {"id": query["Id"]}
    if "Expression" in query:
        said |= {"expression": query["Expression"], "label": query.get("Label", query["Id"])}
    else:
        statistic = looked_at.statistics[query["Id"]]
        said["metricStat"] = _metric_stat(statistic, looked_at.period_seconds)
    return said | {"returnData": "Expression" in query}


def _metric_stat(statistic: Statistic, period: int) -> dict[str, Any]:
    metric = {
        "namespace": statistic.metric.namespace,
        "name": statistic.metric.name,
        "dimensions": dict(statistic.metric.dimensions),
    }
    return {"metric": metric, "period": period, "stat": statistic.name}
