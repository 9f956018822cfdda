"""Alarms that look for silence, and the composites that page for it, from the first day on."""

from __future__ import annotations

from typing import Any

from autopilot_lab.conformance.belief import belief
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import ALARM_MISSING_DATA, operation
from autopilot_lab.conformance.verdicts import equal


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
