"""How an alarm's data points, present and missing, make its state. Pure.

CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing
data": more points are looked at than Evaluation Periods (the evaluation range); while at least
that many are present, the most recent of them decide; otherwise the missing ones are filled in as
seldom as possible. The guide's tables show ranges of five points for three evaluation periods.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

#: Points looked at beyond Evaluation Periods: three periods, five points in the guide's tables.
EXTRA_POINTS = 2


class AlarmState(StrEnum):
    """The states of an alarm, as the API spells them."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class MissingData(StrEnum):
    """How missing data points are treated, as the API spells it."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


def next_state(
    points: Sequence[bool | None],
    *,
    evaluation_periods: int,
    datapoints_to_alarm: int,
    missing: MissingData,
    current: AlarmState,
) -> AlarmState:
    """The state that the points of the evaluation range, oldest first, lead to.

    A point is True when it breaches the threshold, None when it is missing.
    """
    present = [point for point in points if point is not None]
    if not present:
        return _without_data(missing, current)
    if len(present) >= evaluation_periods:
        return _judge(sum(present[-evaluation_periods:]), datapoints_to_alarm)
    breaching = sum(present)
    if missing is MissingData.BREACHING:
        breaching += evaluation_periods - len(present)
    decides = missing in {MissingData.BREACHING, MissingData.NOT_BREACHING}
    if decides or breaching >= datapoints_to_alarm:
        return _judge(breaching, datapoints_to_alarm)
    if not all(present):
        return AlarmState.OK
    is_old = _oldest_age(points) >= datapoints_to_alarm
    state = AlarmState.ALARM if is_old else AlarmState.INSUFFICIENT_DATA
    return current if missing is MissingData.IGNORE else state


def _judge(breaching: int, datapoints_to_alarm: int) -> AlarmState:
    return AlarmState.ALARM if breaching >= datapoints_to_alarm else AlarmState.OK


def _without_data(missing: MissingData, current: AlarmState) -> AlarmState:
    return {
        MissingData.MISSING: AlarmState.INSUFFICIENT_DATA,
        MissingData.IGNORE: current,
        MissingData.BREACHING: AlarmState.ALARM,
        MissingData.NOT_BREACHING: AlarmState.OK,
    }[missing]


def _oldest_age(points: Sequence[bool | None]) -> int:
    """How many points old the oldest one present is; the newest is 1.

    Where all that are present are breaching and the oldest is as old as Datapoints to Alarm, an
    alarm goes to ALARM although fewer are there ("Avoiding premature transitions to alarm state").
    """
    return max(len(points) - index for index, point in enumerate(points) if point is not None)
