"""Alarms that look for silence, and the composites that page for it, from the first day on."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from autopilot_lab.conformance.belief import belief
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import (
    ALARM_MISSING_DATA,
    ALARM_SUPPRESSION,
    METRIC_MATH,
    operation,
)
from autopilot_lab.conformance.verdicts import equal

PERIOD_SECONDS = 10
WAIT_SECONDS = 60


@belief(
    ALARM_MISSING_DATA,
    breaks="what never ran would never be told; and on the first day nothing held pages back",
    makes="1 alarm",
)
def silence_from_the_beginning_is_breaching_too(sandbox: Sandbox) -> None:
    """With missing data treated as breaching, an alarm that never had data enters ALARM."""
    name = sandbox.alarm(TreatMissingData="breaching")

    def look() -> None:
        equal(sandbox.alarm_state(name), "ALARM", "the state without any data")

    sandbox.eventually(look, within_seconds=300)


@belief(
    operation("cloudwatch", "PutCompositeAlarm"),
    breaks="daily runbooks would be paged for in the moment in which their alarms are made",
    makes="2 alarms",
)
def an_alarm_that_knows_nothing_is_not_ok(sandbox: Sandbox) -> None:
    """In a composite's rule OK(x) is true for an alarm in OK, and false for one without data."""
    child, parent = sandbox.alarm(TreatMissingData="ignore"), sandbox.name()
    client: Any = sandbox.client("cloudwatch")
    client.put_composite_alarm(AlarmName=parent, AlarmRule=f"OK({child})")
    sandbox.cleaner.later(f"alarm {parent}", lambda: client.delete_alarms(AlarmNames=[parent]))

    def state_is(wanted: str) -> None:
        found = client.describe_alarms(AlarmNames=[parent], AlarmTypes=["CompositeAlarm"])
        equal(found["CompositeAlarms"][0]["StateValue"], wanted, "the composite's state")

    sandbox.eventually(lambda: state_is("OK"), within_seconds=90)
    client.set_alarm_state(AlarmName=child, StateValue="OK", StateReason="conformance")
    sandbox.eventually(lambda: state_is("ALARM"), within_seconds=90)


@belief(
    ALARM_MISSING_DATA,
    breaks="an alarm could not remember that something has begun: its silence would page nobody",
    makes="1 alarm",
)
def missing_data_may_leave_the_state_as_it_is(sandbox: Sandbox) -> None:
    """With missing data ignored, an alarm waits for its first value, and then keeps its state."""
    name = sandbox.alarm(TreatMissingData="ignore")
    sandbox.wait(90)
    equal(sandbox.alarm_state(name), "INSUFFICIENT_DATA", "the state before the first value")
    for _ in range(9):
        _publish(sandbox, name)
        if sandbox.alarm_state(name) == "OK":
            break
    sandbox.wait(300)
    equal(sandbox.alarm_state(name), "OK", "the state long after the last value")


@belief(
    METRIC_MATH,
    breaks="a beginning might be believed before the silence that it ends is: one page too many",
    makes="metrics",
    cents=30,
)
def the_first_value_has_no_difference(sandbox: Sandbox) -> None:
    """DIFF of a metric has a value for each value but the first of what is looked at."""
    name = sandbox.name()
    begun = time.time()
    for _ in range(3):
        _publish(sandbox, name)
    client: Any = sandbox.client("cloudwatch")
    metric = {"Namespace": name, "MetricName": "Failed"}
    stat = {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": "Sum"}

    def look() -> None:
        found = client.get_metric_data(
            MetricDataQueries=[
                {"Id": "change", "Expression": "DIFF(m1)"},
                {"Id": "m1", "MetricStat": stat, "ReturnData": False},
            ],
            StartTime=datetime.fromtimestamp(begun - 60, UTC),
            EndTime=datetime.fromtimestamp(begun + 120, UTC),
        )["MetricDataResults"]
        equal(found[0]["Values"], [0.0, 0.0], "the differences of three equal values")

    sandbox.eventually(look, within_seconds=120)


@belief(
    ALARM_SUPPRESSION,
    breaks="what never begins would page in the first minutes of a stack, or never",
    makes="3 alarms",
)
def a_composite_acts_when_nothing_suppressed_it_within_its_wait(sandbox: Sandbox) -> None:
    """In ALARM it waits for its suppressor, which has no data, and acts when the wait is over."""
    child, suppressor = (sandbox.alarm(TreatMissingData="ignore") for _ in range(2))
    client: Any = sandbox.client("cloudwatch")
    parent = sandbox.name()
    client.put_composite_alarm(
        AlarmName=parent,
        AlarmRule=f"ALARM({child})",
        ActionsSuppressor=suppressor,
        ActionsSuppressorWaitPeriod=WAIT_SECONDS,
        ActionsSuppressorExtensionPeriod=WAIT_SECONDS,
    )
    sandbox.cleaner.later(f"alarm {parent}", lambda: client.delete_alarms(AlarmNames=[parent]))
    client.set_alarm_state(AlarmName=child, StateValue="ALARM", StateReason="conformance")

    def is_suppressed_by(wanted: str) -> None:
        found = client.describe_alarms(AlarmNames=[parent], AlarmTypes=["CompositeAlarm"])
        described = found["CompositeAlarms"][0]
        equal(described["StateValue"], "ALARM", "the composite's state")
        equal(described.get("ActionsSuppressedBy", ""), wanted, "what suppresses its actions")

    sandbox.eventually(lambda: is_suppressed_by("WaitPeriod"), within_seconds=WAIT_SECONDS // 2)
    sandbox.eventually(lambda: is_suppressed_by(""), within_seconds=WAIT_SECONDS * 3)


def _publish(sandbox: Sandbox, namespace: str) -> None:
    """Publish one value that breaches nothing, and let its period pass."""
    datum = {"MetricName": "Failed", "Value": 0.0, "StorageResolution": 1}
    stamp = {"Timestamp": datetime.fromtimestamp(time.time(), UTC)}
    sandbox.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum | stamp])
    sandbox.wait(PERIOD_SECONDS)
