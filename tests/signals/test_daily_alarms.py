"""What is done daily: no page for it on the first day, and one when it was missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from autopilot_lab.dashboards.documents import alarms_of
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.metrics import MetricId, Statistics, metric_id

HOME: Final = "eu-central-1"
QUARTER_SECONDS: Final = 900
ALARMS: Final = {one.logical_id: one for one in alarms_of(Path(__file__).resolve().parents[2])}
SILENT: Final = ("ArchiveSilent", "ComplianceSilent", "TrailUnverified")
MISSED: Final = ("ArchiveMissed", "ComplianceMissed", "VerificationMissed")
#: What the alarms refer to, by names of its own.
REFERRED: Final = ("Service", "PageTopic", "TendLedger", "AuditArchive", "ComplianceCheck")
ONCE: Final = Statistics(1, 1, 1, 1)

#: Lets so many hours pass, in which the ledger is tended; with `done` after the dailies ran once.
Live = Callable[..., None]


def deployed(logical_id: str) -> dict[str, Any]:
    """One alarm of the template, in a region where it stands."""
    found = ALARMS[logical_id]
    kind = "CompositeAlarm" if found.rule else "Alarm"
    return {"Type": f"AWS::CloudWatch::{kind}", "Properties": dict(found.properties)}


def looked_at(logical_id: str) -> MetricId:
    """The metric of an alarm."""
    found = ALARMS[logical_id].properties
    pairs = {one["Name"]: one["Value"]["Ref"] for one in found["Dimensions"]}
    return metric_id(found["Namespace"], found["MetricName"], pairs)


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    """The daily alarms, in a region where nothing has run yet."""
    with EmbeddedAws(1_700_000_000.0, seed=1) as running:
        topic = running.client("sns", HOME).create_topic(Name="pages")["TopicArn"]
        names = {name: {"Type": "String", "Default": name} for name in REFERRED}
        names["PageTopic"]["Default"] = topic
        for several in (("BegunLately", *SILENT), MISSED):
            resources = {name: deployed(name) for name in several}
            running.deploy({"Parameters": names, "Resources": resources}, several[0], HOME)
        yield running


@pytest.fixture
def live(aws: EmbeddedAws) -> Live:
    """See `Live`."""

    def hours(count: int, *, done: bool = False) -> None:
        for name in SILENT if done else ():
            aws.metrics.publish(HOME, looked_at(name), aws.scheduler.now, ONCE)
        for _ in range(count * 3_600 // QUARTER_SECONDS):
            aws.run(QUARTER_SECONDS)
            aws.metrics.publish(HOME, looked_at("BegunLately"), aws.scheduler.now - 60, ONCE)

    return hours


def paged(aws: EmbeddedAws) -> set[str]:
    """The composites that went off."""
    return {str(event["name"]) for event in aws.log.of("alarm", state="ALARM")} & {
        ALARMS[name].name.replace("${Service}", "Service") for name in MISSED
    }


def test_a_new_account_is_not_told_what_it_has_missed(aws: EmbeddedAws, live: Live) -> None:
    """Each daily runbook is first due within a day; nobody is paged before or after it ran."""
    live(24)
    assert paged(aws) == set()
    live(12, done=True)
    assert paged(aws) == set()


def test_what_has_never_run_is_told_after_a_day(aws: EmbeddedAws, live: Live) -> None:
    """The automation ran all the time, and this did not."""
    live(32)
    assert len(paged(aws)) == len(MISSED)


def test_what_stops_after_it_has_run_is_told(aws: EmbeddedAws, live: Live) -> None:
    """The check of the second day is missed; what may take two days is not missed yet."""
    live(30, done=True)
    assert paged(aws) == {"autopilot-Service-compliance-missed"}
