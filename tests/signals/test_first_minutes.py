"""A new stack: nobody is paged for what is not due yet, and somebody for what never begins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from autopilot.domain.profile import Profile
from autopilot.signals.silence_alarms import NEVER_BEGUN_SECONDS
from autopilot_lab.assurance.steady_service import REQUESTS_PER_SECOND, SteadyService
from autopilot_lab.drill.connection import LedgerReads
from autopilot_lab.drill.health_endpoints import serve_health
from autopilot_lab.drill.installation import Installation, install
from autopilot_lab.drill.project import REFERENCE_PROFILE
from autopilot_lab.emulator.cloud import EmbeddedAws

TEXT: Final = REFERENCE_PROFILE.read_text("utf-8")
PROFILE: Final = Profile.load(TEXT)
SERVICE: Final = PROFILE.service.name
HOME, STANDBY, OBSERVER = PROFILE.regions.home, PROFILE.regions.standby, PROFILE.regions.observer
START: Final = 1_767_600_005.0
#: An alarm is looked at each minute, and what it says arrives within the next.
SEEN_SECONDS: Final = 120
SCHEDULE: Final = ("Name", "GroupName", "ScheduleExpression", "FlexibleTimeWindow", "Target")
#: Five minutes without a run, and two points more that CloudWatch looks at for late data.
STOPPED_SECONDS: Final = 300 + 2 * 60 + SEEN_SECONDS
QUIET_SECONDS: Final = 1_800
NEVER_BEGUN: Final = ("never-begun", "probing-never-begun")
#: (seconds since the deployment, region, alarm)
Paged = tuple[float, str, str]


@contextmanager
def deployed(seed: int) -> Iterator[Installation]:
    """The stacks of an account in which nothing has run yet, over a service that is well."""
    with (
        TemporaryDirectory() as folder,
        EmbeddedAws(start=START, seed=seed, regions=(HOME, STANDBY, OBSERVER)) as aws,
    ):
        new = install(aws, PROFILE, TEXT, PROFILE.baseline(), Path(folder), is_new=True)
        new.models.size(60 * REQUESTS_PER_SECOND)
        serve_health(aws, PROFILE, new.public_path)
        SteadyService(
            aws,
            name=SERVICE,
            regions=new.regions,
            reads=LedgerReads(aws, table=new.ledger_table, service=SERVICE),
            used=new.models.count,
        ).start()
        yield new


def disable_schedules(new: Installation) -> None:
    """From now on nothing starts by the clock."""
    for region in (HOME, STANDBY, OBSERVER):
        client: Any = new.aws.client("scheduler", region)
        for found in client.list_schedules(GroupName=SERVICE)["Schedules"]:
            known = client.get_schedule(Name=found["Name"], GroupName=SERVICE)
            kept = {name: known[name] for name in SCHEDULE}
            client.update_schedule(**kept, State="DISABLED")


def pages(new: Installation) -> list[Paged]:
    """Which alarms people were told of, and when."""
    return [
        (
            event["t"] - START,
            event["region"],
            json.loads(event["message"])["AlarmName"].removeprefix(f"autopilot-{SERVICE}-"),
        )
        for event in new.aws.log.of("page")
    ]


@dataclass(frozen=True, slots=True)
class Lived:
    """What was seen of a new stack that ran for half an hour, after which its schedules stopped."""

    looked: set[str]  #: alarms that were in ALARM within the first minute
    pages: list[Paged]


@pytest.fixture(scope="module")
def lived() -> Lived:
    """See `Lived`."""
    with deployed(seed=5) as new:
        new.aws.run(QUIET_SECONDS)
        disable_schedules(new)
        new.aws.run(STOPPED_SECONDS)
        alarms = new.aws.log.of("alarm", state="ALARM")
        return Lived({each["name"] for each in alarms if each["t"] < START + 60}, pages(new))


def test_nobody_is_paged_in_the_first_minutes_of_a_new_stack(lived: Lived) -> None:
    """Though the alarms that look for silence see some: nothing has run, and nothing is missed."""
    silent = ("sweep", "tend", "seal", "probe")
    assert {f"autopilot-{SERVICE}-{name}-silent" for name in silent} <= lived.looked
    assert [page for page in lived.pages if page[0] < QUIET_SECONDS] == []


def test_what_has_begun_and_stops_is_told_as_soon_as_its_silence_is_seen(lived: Lived) -> None:
    """Not half an hour later: that is for what never began."""
    told = {(region, alarm) for _, region, alarm in lived.pages}

    acting = {"schedules-silent", "sealing-stopped", "probing-stopped"}
    assert told >= {(region, alarm) for region in (HOME, STANDBY) for alarm in acting}
    assert (OBSERVER, "probing-stopped") in told
    assert not {alarm for _, alarm in told if "never-begun" in alarm}


def test_what_never_begins_is_told_half_an_hour_after_the_deployment() -> None:
    """No schedule was ever on: each region tells of it, within the time that is stated."""
    with deployed(seed=5) as new:
        disable_schedules(new)
        new.aws.run(NEVER_BEGUN_SECONDS)
        assert pages(new) == []
        new.aws.run(SEEN_SECONDS)

    told = sorted((region, alarm) for _, region, alarm in pages(new))
    both = [(region, alarm) for region in (HOME, STANDBY) for alarm in NEVER_BEGUN]
    assert told == [*both, (OBSERVER, "probing-never-begun")]
