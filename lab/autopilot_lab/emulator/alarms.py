"""CloudWatch alarms: their settings, evaluation in virtual time, states and history.

Alarms with a period of 10, 20 or 30 s are evaluated every 10 s, others every minute; actions
happen on a change of state only; a new alarm starts as INSUFFICIENT_DATA
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html).
"""

from __future__ import annotations

import json
import operator
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from autopilot_lab.emulator.alarm_inputs import HIGH_RESOLUTION_PERIODS, Input
from autopilot_lab.emulator.alarm_rules import EXTRA_POINTS, AlarmState, MissingData, next_state
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.composite_rules import AlarmRule
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.metrics import MetricId, Metrics
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.outages import Outages

HISTORY_MAX = 10_000
HIGH_RESOLUTION_INTERVAL_SECONDS = 10
INTERVAL_SECONDS = 60

SUPPRESSOR_PERIODS = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")

COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}

_ACTIONS_OF = {
    AlarmState.ALARM: "AlarmActions",
    AlarmState.OK: "OKActions",
    AlarmState.INSUFFICIENT_DATA: "InsufficientDataActions",
}


@dataclass(slots=True)
class Condition:
    """The state an alarm is in, since when, and why."""

    value: AlarmState
    reason: str
    reason_data: str
    since: float
    suppressed_by: str = ""  #: what keeps its actions back, as the API spells it

    def renew(self, newer: Condition) -> None:
        """The same state for another reason; what keeps its actions back goes on doing so."""
        self.reason, self.reason_data, self.since = newer.reason, newer.reason_data, newer.since

    def to_event(self) -> dict[str, Any]:
        """As EventBridge events and Lambda actions carry it."""
        event = {
            "value": str(self.value),
            "reason": self.reason,
            "timestamp": alarm_time(self.since),
        }
        if self.suppressed_by:
            event["actionsSuppressedBy"] = self.suppressed_by
            event["actionsSuppressedReason"] = f"Actions suppressed by {self.suppressed_by}"
        return event | ({"reasonData": self.reason_data} if self.reason_data else {})


@dataclass(eq=False)
class Alarm:
    """An alarm: its settings as the API names them, and its condition."""

    region: str
    settings: dict[str, Any]
    condition: Condition
    input: Input | None = None  #: of a metric alarm
    rule: AlarmRule | None = None
    history: list[dict[str, Any]] = field(default_factory=list)
    generation: int = 0

    @property
    def name(self) -> str:
        """The alarm's name, unique in its region."""
        return str(self.settings["AlarmName"])

    @property
    def arn(self) -> str:
        """The alarm's ARN."""
        return f"arn:aws:cloudwatch:{self.region}:{ACCOUNT}:alarm:{self.name}"

    @property
    def period_seconds(self) -> int:
        """The period of a metric alarm."""
        return self.input.period_seconds if self.input else INTERVAL_SECONDS

    @property
    def metric(self) -> MetricId | None:
        """The one metric that it looks at; None for a composite or an expression."""
        return self.input.metric if self.input else None

    def actions(self) -> list[str]:
        """The ARNs of the actions of the present state, if actions are enabled."""
        if not self.settings.get("ActionsEnabled", True):
            return []
        return list(self.settings.get(_ACTIONS_OF[self.condition.value], ()))


#: Told of every change of state: the alarm as it is now, and the condition it was in.
OnTransition = Callable[[Alarm, Condition], None]


class Alarms:
    """The alarms of all regions, evaluated as time passes."""

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        log: EventLog,
        metrics: Metrics,
        outages: Outages,
        seed: int,
    ) -> None:
        self._scheduler = scheduler
        self._log = log
        self._metrics = metrics
        self._outages = outages
        self._seed = seed
        self._alarms: dict[tuple[str, str], Alarm] = {}
        self.on_transition: OnTransition = lambda _alarm, _before: None

    # -- settings --------------------------------------------------------------------------------

    def put_metric_alarm(self, settings: dict[str, Any], region: str) -> Alarm:
        """Create or replace a metric alarm. A replaced one keeps its state."""
        checked = _checked(settings)
        looked_at = Input.of(checked)
        alarm = self._put(checked, region)
        alarm.input, alarm.rule = looked_at, None
        self._schedule(alarm, alarm.generation)
        return alarm

    def put_composite_alarm(self, settings: dict[str, Any], region: str) -> Alarm:
        """Create or replace a composite alarm; it is evaluated whenever a child changes."""
        self._check_suppressor(settings, region)
        rule = AlarmRule.parse(settings["AlarmRule"])
        alarm = self._put(dict(settings), region)
        alarm.input, alarm.rule = None, rule
        self._evaluate_composite(alarm)
        return alarm

    def delete(self, names: list[str], region: str) -> None:
        """Delete alarms. Raises ResourceNotFound when one does not exist."""
        for name in names:
            self.get(name, region)
        for name in names:
            self._alarms.pop((region, name)).generation += 1

    def get(self, name: str, region: str) -> Alarm:
        """An alarm by name. Raises ResourceNotFound."""
        alarm = self._alarms.get((region, name))
        if alarm is None:
            raise AwsError("ResourceNotFound", f"Unknown alarm: {name}", 404)
        return alarm

    def of(self, region: str) -> list[Alarm]:
        """The alarms of a region, by name."""
        return [alarm for (place, _), alarm in sorted(self._alarms.items()) if place == region]

    def enable_actions(self, names: list[str], region: str, *, enabled: bool) -> None:
        """Let these alarms act, or be quiet; unknown names are ignored, as CloudWatch does."""
        for name in names:
            alarm = self._alarms.get((region, name))
            if alarm is not None:
                alarm.settings["ActionsEnabled"] = enabled
                self._remember(alarm, "ConfigurationUpdate", f'Alarm "{name}" updated', {})

    def set_state(
        self, name: str, region: str, value: AlarmState, reason: str, reason_data: str
    ) -> None:
        """Put an alarm in a state, until its next evaluation says otherwise."""
        alarm = self.get(name, region)
        self._change(alarm, Condition(value, reason, reason_data, self._scheduler.now))

    def _check_suppressor(self, settings: Mapping[str, Any], region: str) -> None:
        """A suppressor exists, and comes with both of its periods. Raises ValidationError."""
        named = settings.get("ActionsSuppressor")
        if named is None:
            return
        missing = [name for name in SUPPRESSOR_PERIODS if name not in settings]
        known = {known for one in self.of(region) for known in (one.name, one.arn)}
        if missing or named not in known:
            wanted = ", ".join(missing) or f"an alarm of this region, and {named} is none"
            raise AwsError("ValidationError", f"ActionsSuppressor needs {wanted}")

    def _put(self, settings: dict[str, Any], region: str) -> Alarm:
        key = (region, str(settings["AlarmName"]))
        alarm = self._alarms.get(key)
        if alarm is None:
            unchecked = "Unchecked: Initial alarm creation"
            first = Condition(AlarmState.INSUFFICIENT_DATA, unchecked, "", self._scheduler.now)
            alarm = self._alarms[key] = Alarm(region, settings, first)
        alarm.settings = settings
        alarm.generation += 1
        verb = "created" if alarm.generation == 1 else "updated"
        self._remember(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {verb}', {})
        return alarm

    # -- evaluation ------------------------------------------------------------------------------

    def _schedule(self, alarm: Alarm, generation: int) -> None:
        """Evaluate at the alarm's own phase of its interval, then again and again."""
        fast = alarm.period_seconds in HIGH_RESOLUTION_PERIODS
        interval = HIGH_RESOLUTION_INTERVAL_SECONDS if fast else INTERVAL_SECONDS
        stream = random.Random(f"alarm/{self._seed}/{alarm.region}/{alarm.name}")
        phase = stream.uniform(0, interval)
        first = self._scheduler.now // interval * interval + phase
        if first < self._scheduler.now:
            first += interval

        def evaluate(due: float) -> None:
            if alarm.generation != generation:
                return
            if not self._outages.is_lost(alarm.region):
                self._evaluate(alarm)
            self._scheduler.call_at(due + interval, lambda: evaluate(due + interval))

        self._scheduler.call_at(first, lambda: evaluate(first))

    def _evaluate(self, alarm: Alarm) -> None:
        values = self._values(alarm)
        breaches, _ = COMPARISONS[alarm.settings["ComparisonOperator"]]
        threshold = float(alarm.settings["Threshold"])
        periods = int(alarm.settings["EvaluationPeriods"])
        needed = int(alarm.settings.get("DatapointsToAlarm") or periods)
        state = next_state(
            [None if value is None else breaches(value, threshold) for _, value in values],
            evaluation_periods=periods,
            datapoints_to_alarm=needed,
            missing=MissingData(alarm.settings.get("TreatMissingData") or "missing"),
            current=alarm.condition.value,
        )
        if state is not alarm.condition.value:
            reason, data = self._explain(alarm, state, values[-periods:], needed)
            self._change(alarm, Condition(state, reason, data, self._scheduler.now))

    def _values(self, alarm: Alarm) -> list[tuple[float, float | None]]:
        """The evaluation range: start and value of each complete period, oldest first.

        The window slides: a period of more than a minute ends at the minute, whenever it began
        ("Alarm evaluation windows"). Older periods are read only where a newer one is missing,
        because they count only then.
        """
        seconds, periods = alarm.period_seconds, int(alarm.settings["EvaluationPeriods"])
        step = min(seconds, INTERVAL_SECONDS)
        end = self._scheduler.now // step * step
        starts = [end - age * seconds for age in range(periods + EXTRA_POINTS, 0, -1)]
        if alarm.input is None:
            return [(start, None) for start in starts]
        older, recent = starts[:EXTRA_POINTS], starts[EXTRA_POINTS:]
        points = alarm.input.points(self._metrics, alarm.region, recent)
        newest = alarm.input.values(points)
        if all(value is not None for value in newest):
            return list(zip(recent, newest, strict=True))
        points = alarm.input.points(self._metrics, alarm.region, older) + points
        return list(zip(starts, alarm.input.values(points), strict=True))

    def _explain(
        self,
        alarm: Alarm,
        state: AlarmState,
        values: list[tuple[float, float | None]],
        needed: int,
    ) -> tuple[str, str]:
        """Reason and reason data of a new state, in CloudWatch's words."""
        settings = alarm.settings
        present = [(at, value) for at, value in values if value is not None]
        threshold = float(settings["Threshold"])
        data = {
            "version": "1.0",
            "queryDate": alarm_time(self._scheduler.now),
            "statistic": alarm.input.name if alarm.input else "",
            "period": alarm.period_seconds,
            "recentDatapoints": [value for _, value in present],
            "threshold": threshold,
            "evaluatedDatapoints": [
                {"timestamp": alarm_time(at)} | ({} if value is None else {"value": value})
                for at, value in reversed(values)
            ],
        }
        if state is AlarmState.INSUFFICIENT_DATA:
            reason = f"Insufficient Data: {len(values)} datapoints were unknown."
            return reason, json.dumps(data)
        words = COMPARISONS[settings["ComparisonOperator"]][1]
        was = "were" if state is AlarmState.ALARM else "were not"
        shown = ", ".join(f"{value} ({alarm_time(at)})" for at, value in reversed(present))
        reason = (
            f"Threshold Crossed: {len(present)} out of the last {len(values)} datapoints "
            f"[{shown}] {was} {words} the threshold ({threshold}) (minimum {needed} datapoints "
            f"for OK -> ALARM transition)."
        )
        return reason, json.dumps(data)

    def _evaluate_composite(self, alarm: Alarm) -> None:
        if alarm.rule is None:
            return
        region = alarm.region
        states = {one.name: one.condition.value for one in self.of(region)}
        states |= {one.arn: one.condition.value for one in self.of(region)}
        state = AlarmState.ALARM if alarm.rule.holds(states) else AlarmState.OK
        if state is not alarm.condition.value:
            reason = f"{alarm.arn} transitioned to {state}"
            self._change(alarm, Condition(state, reason, "", self._scheduler.now))

    def _change(self, alarm: Alarm, condition: Condition) -> None:
        """Enter a state. Only a change of the value is a transition, with actions and events."""
        if alarm.condition.value is condition.value:
            alarm.condition.renew(condition)
            return
        before, alarm.condition = alarm.condition, condition
        summary = f"Alarm updated from {before.value} to {condition.value}"
        change = {
            "version": "1.0",
            "oldState": {"stateValue": str(before.value), "stateReason": before.reason},
            "newState": {"stateValue": str(condition.value), "stateReason": condition.reason},
        }
        self._remember(alarm, "StateUpdate", summary, change)
        self._log.add(
            "alarm",
            name=alarm.name,
            region=alarm.region,
            state=str(condition.value),
            previous=str(before.value),
            reason=condition.reason,
        )
        self.on_transition(alarm, before)
        for other in self.of(alarm.region):
            if other.rule is not None and other is not alarm:
                self._evaluate_composite(other)

    def _remember(self, alarm: Alarm, kind: str, summary: str, data: Mapping[str, Any]) -> None:
        alarm.history.append(
            {
                "AlarmName": alarm.name,
                "AlarmType": "CompositeAlarm" if alarm.rule else "MetricAlarm",
                "Timestamp": datetime.fromtimestamp(self._scheduler.now, UTC),
                "HistoryItemType": kind,
                "HistorySummary": summary,
                "HistoryData": json.dumps(data),
            }
        )
        del alarm.history[:-HISTORY_MAX]


def alarm_time(instant: float) -> str:
    """An instant as CloudWatch's alarm events spell it: 2023-08-04T12:36:15.490+0000."""
    moment = datetime.fromtimestamp(instant, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def _checked(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings that PutMetricAlarm would accept. Raises ValidationError."""
    checked = dict(settings)
    for name in ("ComparisonOperator", "EvaluationPeriods"):
        if name not in checked:
            raise AwsError("ValidationError", f"{name} is required")
    if checked["ComparisonOperator"] not in COMPARISONS:
        raise AwsError("ValidationError", f"unknown {checked['ComparisonOperator']}")
    periods = int(checked["EvaluationPeriods"])
    if int(checked.get("DatapointsToAlarm") or periods) > periods:
        raise AwsError("ValidationError", "DatapointsToAlarm must be <= EvaluationPeriods")
    checked["Threshold"] = float(checked["Threshold"])
    checked["ActionsEnabled"] = str(checked.get("ActionsEnabled", True)).lower() != "false"
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        checked[name] = list(checked.get(name) or ())
    return checked
