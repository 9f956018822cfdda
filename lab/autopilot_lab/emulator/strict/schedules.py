"""EventBridge Scheduler: an expression is checked before anything is stored.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.strict.layer import StrictLayer
from autopilot_lab.emulator.timetable import Timetable

UTC_ZONE: Final = "UTC"


def register(layer: StrictLayer) -> None:
    """Put the rules in force."""
    layer.refuse("scheduler", ("CreateSchedule", "UpdateSchedule"), check_schedule)
    layer.refuse("events", ("PutRule",), check_rule)


def check_schedule(asked: Asked) -> None:
    """The expression is an at, a rate or a cron, in a time zone that exists.

    https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
    """
    zone = asked.text("ScheduleExpressionTimezone") or UTC_ZONE
    check_expression(asked.text("ScheduleExpression"), zone)


def check_rule(asked: Asked) -> None:
    """A rule's schedule is a rate or a cron, in UTC.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
    """
    expression = asked.text("ScheduleExpression")
    if expression.startswith("at("):
        raise _invalid("Parameter ScheduleExpression is not valid.")
    if expression:
        check_expression(expression, UTC_ZONE)


def check_expression(expression: str, zone: str) -> None:
    """Raise `AwsError` unless it is an expression. Whether it ever fires is not asked."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as unknown:
        raise _invalid(f"The time zone {zone} is not valid.") from unknown
    Timetable(expression, zone)


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)
