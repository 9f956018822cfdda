"""The tables of the CloudWatch user guide, "How alarm state is evaluated when data is missing".

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
An earlier edition has three more rows, and none that says otherwise; its text is kept in
https://github.com/awsdocs/amazon-cloudwatch-user-guide/blob/05fd32f/doc_source/AlarmThatSendsEmail.md

Rows are five data points, oldest first: 0 within the threshold, X breaching, - missing. Columns are
the states with missing data treated as missing, ignore, breaching and notBreaching; "keep" stands
for "retain current state".
"""

from __future__ import annotations

import pytest

from autopilot_lab.emulator.alarm_rules import AlarmState, MissingData, next_state

MODES = (
    MissingData.MISSING,
    MissingData.IGNORE,
    MissingData.BREACHING,
    MissingData.NOT_BREACHING,
)
POINTS = {"0": False, "X": True, "-": None}

THREE_OF_THREE = {
    "0-X-X": ("OK", "OK", "OK", "OK"),
    "----0": ("OK", "OK", "OK", "OK"),
    "-----": ("INSUFFICIENT_DATA", "keep", "ALARM", "OK"),
    "0XX-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "--X--": ("ALARM", "keep", "ALARM", "OK"),
}
TWO_OF_THREE = {
    "0-X-X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "00X0X": ("ALARM", "ALARM", "ALARM", "ALARM"),
    "0-X--": ("OK", "OK", "ALARM", "OK"),
    "----0": ("OK", "OK", "ALARM", "OK"),
    "---X-": ("ALARM", "keep", "ALARM", "OK"),
}
#: Of the earlier edition. The rows of a lone new point say INSUFFICIENT_DATA.
EARLIER_THREE_OF_THREE = {
    "0----": ("OK", "OK", "OK", "OK"),
    "----X": ("INSUFFICIENT_DATA", "keep", "ALARM", "OK"),
    "X----": ("ALARM", "keep", "ALARM", "OK"),
}
EARLIER_TWO_OF_THREE = {
    "----X": ("INSUFFICIENT_DATA", "keep", "ALARM", "OK"),
}
CASES = [
    (row, needed, mode, state)
    for needed, table in (
        (3, THREE_OF_THREE),
        (2, TWO_OF_THREE),
        (3, EARLIER_THREE_OF_THREE),
        (2, EARLIER_TWO_OF_THREE),
    )
    for row, states in table.items()
    for mode, state in zip(MODES, states, strict=True)
]


@pytest.mark.parametrize("current", list(AlarmState))
@pytest.mark.parametrize("row, needed, mode, expected", CASES)
def test_every_cell_of_the_guides_tables_holds(
    row: str, needed: int, mode: MissingData, expected: str, current: AlarmState
) -> None:
    """Whatever state the alarm was in before."""
    state = next_state(
        [POINTS[point] for point in row],
        evaluation_periods=3,
        datapoints_to_alarm=needed,
        missing=mode,
        current=current,
    )
    assert state == (current if expected == "keep" else expected)


def test_a_single_new_breaching_point_does_not_yet_alarm() -> None:
    """Two of three are asked for, and only the newest point is there."""
    state = next_state(
        [None, None, None, None, True],
        evaluation_periods=3,
        datapoints_to_alarm=2,
        missing=MissingData.MISSING,
        current=AlarmState.INSUFFICIENT_DATA,
    )
    assert state is not AlarmState.ALARM
