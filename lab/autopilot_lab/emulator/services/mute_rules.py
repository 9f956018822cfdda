"""Alarm mute rules: for a while, alarms change state but do not act.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules-behaviour.html:
the actions of all states are muted, events to EventBridge are not; when the window ends, or the
rule is deleted, the action of a state that was entered meanwhile and still holds is carried out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autopilot_lab.emulator.alarms import Alarm, Condition
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.paging import page
from autopilot_lab.emulator.timetable import Timetable

RECORDS_MAX = 50
DURATION_SECONDS = (60, 15 * 86_400)
_DURATION = re.compile(r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?)?")
_AT = re.compile(r"at\((?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d)\)")
_CRON = re.compile(r"cron\((?P<fields>\S+ \S+ \S+ \S+ \S+)\)")

#: Carries out the actions of an alarm's present state, which it entered from another condition.
Act = Callable[[Alarm, Condition], None]


@dataclass(eq=False)
class MuteRule:
    """A rule: when its windows open, for how long, and which alarms of its region it mutes."""

    region: str
    settings: dict[str, Any]
    timetable: Timetable
    seconds: float
    put_at: float

    @property
    def name(self) -> str:
        """Unique in the region."""
        return str(self.settings["Name"])

    @property
    def is_recurring(self) -> bool:
        """Whether it has more than one window."""
        return self.timetable.expression.startswith("cron")

    def window(self, now: float) -> tuple[float, float] | None:
        """Start and end of the window that is open or comes next; None when none comes."""
        start = self.timetable.after(now - self.seconds, self.put_at)
        if start is None:
            return None
        expires = _instant(self.settings.get("ExpireDate"))
        begins = _instant(self.settings.get("StartDate"))
        opens = max(start, begins or start)
        closes = min(start + self.seconds, expires or start + self.seconds)
        return (opens, closes) if opens < closes and now < closes else None

    def status(self, now: float) -> str:
        """SCHEDULED, ACTIVE or EXPIRED."""
        window = self.window(now)
        if window is None:
            return "EXPIRED"
        return "ACTIVE" if window[0] <= now else "SCHEDULED"

    def mutes(self, alarm: Alarm, now: float) -> bool:
        """Whether an alarm is muted by this rule now."""
        return (
            alarm.region == self.region
            and alarm.name in targets(self.settings)
            and self.status(now) == "ACTIVE"
        )


@dataclass(slots=True)
class _Held:
    """The latest transition of an alarm, whose actions wait for the end of the window."""

    alarm: Alarm
    before: Condition


class MuteRules:
    """One method per operation: parameters and region in, result out."""

    def __init__(self, *, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self.act: Act = lambda _alarm, _before: None
        self._rules: dict[tuple[str, str], MuteRule] = {}
        self._held: dict[tuple[str, str], _Held] = {}

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API names."""
        return {
            "PutAlarmMuteRule": self.put,
            "GetAlarmMuteRule": self.get,
            "ListAlarmMuteRules": self.list,
            "DeleteAlarmMuteRule": self.delete,
        }

    def hold(self, alarm: Alarm, before: Condition) -> bool:
        """Whether the actions of a transition are muted; if so they are kept for the end."""
        key = (alarm.region, alarm.name)
        if not self._is_muted(alarm):
            self._held.pop(key, None)
            return False
        self._held[key] = _Held(alarm, before)
        return True

    # -- operations ------------------------------------------------------------------------------

    def put(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Create a rule, or replace one of the same name."""
        rule = _rule(params, region, self._scheduler.now)
        self._rules[region, rule.name] = rule
        self._release()
        self._wait_for_end(rule)
        return {}

    def get(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """A rule and its status."""
        rule = self._rules.get((region, str(params["AlarmMuteRuleName"])))
        if rule is None:
            message = f"AlarmMuteRule {params['AlarmMuteRuleName']} does not exist"
            raise AwsError("ResourceNotFoundException", message, 404)
        known = ("Name", "Description", "Rule", "MuteTargets", "StartDate", "ExpireDate")
        settings = {name: rule.settings[name] for name in known if name in rule.settings}
        return settings | self._summary(rule)

    def list(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The rules of a region, by alarm and status."""
        now, alarm = self._scheduler.now, params.get("AlarmName")
        statuses = params.get("Statuses") or ("SCHEDULED", "ACTIVE", "EXPIRED")
        found = [
            self._summary(rule)
            for (place, _), rule in sorted(self._rules.items())
            if place == region
            and (alarm is None or alarm in targets(rule.settings))
            and rule.status(now) in statuses
        ]
        size = int(params.get("MaxRecords") or RECORDS_MAX)
        chosen, token = page(found, params.get("NextToken"), size)
        return {"AlarmMuteRuleSummaries": chosen} | ({"NextToken": token} if token else {})

    def delete(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Delete a rule, if it exists, and let its alarms act again at once."""
        self._rules.pop((region, str(params["AlarmMuteRuleName"])), None)
        self._release()
        return {}

    # -- the end of a window ---------------------------------------------------------------------

    def _is_muted(self, alarm: Alarm) -> bool:
        now = self._scheduler.now
        return any(rule.mutes(alarm, now) for rule in self._rules.values())

    def _wait_for_end(self, rule: MuteRule) -> None:
        window = rule.window(self._scheduler.now)
        if window is None:
            return

        def end() -> None:
            if self._rules.get((rule.region, rule.name)) is rule:
                self._release()
                self._wait_for_end(rule)

        self._scheduler.call_at(window[1], end)

    def _release(self) -> None:
        """Carry out what waited, for alarms that no rule mutes any more."""
        for key, held in list(self._held.items()):
            if self._is_muted(held.alarm):
                continue
            del self._held[key]
            self.act(held.alarm, held.before)

    def _summary(self, rule: MuteRule) -> dict[str, Any]:
        arn = f"arn:aws:cloudwatch:{rule.region}:{ACCOUNT}:alarm-mute-rule:{rule.name}"
        expires = rule.settings.get("ExpireDate")
        return {
            "AlarmMuteRuleArn": arn,
            "Status": rule.status(self._scheduler.now),
            "MuteType": "RECURRING" if rule.is_recurring else "ONE_TIME",
            "LastUpdatedTimestamp": datetime.fromtimestamp(rule.put_at, UTC),
        } | ({"ExpireDate": expires} if expires else {})


def targets(settings: Mapping[str, Any]) -> list[str]:
    """The names of the alarms that a rule mutes."""
    return list((settings.get("MuteTargets") or {}).get("AlarmNames") or ())


def _rule(params: dict[str, Any], region: str, now: float) -> MuteRule:
    schedule = params["Rule"]["Schedule"]
    zone = str(schedule.get("Timezone") or "UTC")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise AwsError("ValidationError", f"unknown time zone {zone}") from unknown
    timetable = Timetable(_expression(str(schedule["Expression"])), zone)
    return MuteRule(region, dict(params), timetable, _seconds(str(schedule["Duration"])), now)


def _expression(text: str) -> str:
    """A mute rule's expression in the form that schedules have: seconds, and a field for years."""
    once, cron = _AT.fullmatch(text), _CRON.fullmatch(text)
    if once:
        return f"at({once['moment']}:00)"
    if cron is None:
        message = f"expected cron(five fields) or at(yyyy-MM-ddThh:mm), got {text}"
        raise AwsError("ValidationError", message)
    if any(letter in cron["fields"] for letter in "?/#") or cron["fields"][-1].isdigit():
        message = f"only *, - and commas, and names of weekdays, are understood in {text}"
        raise AwsError("ValidationError", message)
    return f"cron({_with_one_kind_of_day(cron['fields'])} *)"


def _with_one_kind_of_day(fields: str) -> str:
    """Schedules want a question mark for the kind of day that is left open."""
    minutes, hours, days, months, weekdays = fields.split()
    if "*" not in (days, weekdays):
        message = f"the lab understands days of the month or of the week, not both: {fields}"
        raise AwsError("ValidationError", message)
    if weekdays == "*":
        return f"{minutes} {hours} {days} {months} ?"
    return f"{minutes} {hours} ? {months} {weekdays}"


def _seconds(text: str) -> float:
    match = _DURATION.fullmatch(text)
    parts = match.groupdict(default="0") if match else {"d": "0", "h": "0", "m": "0"}
    seconds = int(parts["d"]) * 86_400 + int(parts["h"]) * 3_600 + int(parts["m"]) * 60
    low, high = DURATION_SECONDS
    if not low <= seconds <= high:
        raise AwsError("ValidationError", f"Duration must be from PT1M to P15D, got {text}")
    return float(seconds)


def _instant(value: Any) -> float | None:
    """A timestamp of a request in Unix seconds."""
    return value.timestamp() if isinstance(value, datetime) else value
