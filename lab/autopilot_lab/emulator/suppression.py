"""Suppressor alarms: what keeps the actions of a composite alarm back, and for how long.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html:
a composite that enters ALARM waits for its suppressor to enter ALARM too. When that does not come
within WaitPeriod, and the composite is in ALARM still, it acts. When the suppressor ends, it acts
after ExtensionPeriod.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from autopilot_lab.emulator.alarm_rules import AlarmState
from autopilot_lab.emulator.alarms import Alarm, Alarms
from autopilot_lab.emulator.clock import Scheduler

_BY_ALARM: Final = "Alarm"
_BY_WAITING: Final = "WaitPeriod"
_BY_EXTENSION: Final = "ExtensionPeriod"

#: Lets an alarm act after all.
Resume = Callable[[Alarm], None]


class Suppression:
    """Keeps actions back, and lets them go when their time is over."""

    def __init__(self, *, scheduler: Scheduler, alarms: Alarms, resume: Resume) -> None:
        self._scheduler = scheduler
        self._alarms = alarms
        self._resume = resume

    def keep_back(self, alarm: Alarm) -> bool:
        """Whether the actions of the state just entered are kept back; the alarm then says so."""
        alarm.condition.suppressed_by = by = self._reason(alarm)
        if by == _BY_WAITING:
            self._later(alarm, int(alarm.settings["ActionsSuppressorWaitPeriod"]))
        return bool(by)

    def follow(self, suppressor: Alarm) -> None:
        """What a change of this alarm means for the composites that it suppresses."""
        if suppressor.condition.value is AlarmState.ALARM:
            return
        for alarm in self._alarms.of(suppressor.region):
            is_kept_back = alarm.condition.suppressed_by == _BY_ALARM
            if is_kept_back and self._suppressor(alarm) is suppressor:
                alarm.condition.suppressed_by = _BY_EXTENSION
                self._later(alarm, int(alarm.settings["ActionsSuppressorExtensionPeriod"]))

    def _reason(self, alarm: Alarm) -> str:
        suppressor = self._suppressor(alarm)
        if suppressor is None:
            return ""
        if suppressor.condition.value is AlarmState.ALARM:
            return _BY_ALARM
        return _BY_WAITING if alarm.condition.value is AlarmState.ALARM else ""

    def _suppressor(self, alarm: Alarm) -> Alarm | None:
        named = alarm.settings.get("ActionsSuppressor")
        if named is None:
            return None
        known = self._alarms.of(alarm.region)
        return next((one for one in known if named in (one.name, one.arn)), None)

    def _later(self, alarm: Alarm, seconds: int) -> None:
        condition = alarm.condition

        def end() -> None:
            suppressor = self._suppressor(alarm)
            if alarm.condition is not condition:
                return  # it has changed its state meanwhile
            if suppressor is not None and suppressor.condition.value is AlarmState.ALARM:
                condition.suppressed_by = _BY_ALARM
            else:
                self._resume(alarm)

        self._scheduler.call_at(self._scheduler.now + seconds, end)
