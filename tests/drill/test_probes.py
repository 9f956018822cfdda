"""Probes end to end: the deployed functions, metrics, alarms, records and events of a drill."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest

from autopilot.domain.probes import (
    RECORD_PREFIX,
    ProbeObservation,
    RegionVerdict,
    observer_suspect,
    region_verdict,
)
from autopilot.domain.profile import Profile
from autopilot.domain.verdict import State
from autopilot_lab.drill.events.cloud import RegionLost
from autopilot_lab.drill.events.service import ProbeBlocked
from autopilot_lab.drill.installation import Installation, install
from autopilot_lab.drill.project import REFERENCE_PROFILE
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.world.faults import Conditions

TEXT: Final = REFERENCE_PROFILE.read_text("utf-8")
PROFILE: Final = Profile.load(TEXT)
HOME, STANDBY, OBSERVER = PROFILE.regions.home, PROFILE.regions.standby, PROFILE.regions.observer
VANTAGES: Final = (HOME, STANDBY, OBSERVER)
#: All is well for so long before anything is blocked; not a whole number of slots.
WELL_SECONDS: Final = 187
DETECTED_SECONDS: Final = 70  #: the budget of a region's loss


@dataclass
class Watched:
    """A deployed product and what its probes can reach."""

    aws: EmbeddedAws
    installation: Installation

    def block(self, *faults: ProbeBlocked | RegionLost) -> None:
        """From now on, for good."""
        world = [fault.world_fault() for fault in faults]
        self.installation.public_path.conditions = lambda: Conditions.of(world)

    def observations(self) -> dict[str, ProbeObservation]:
        """The records of all vantages."""
        found = {
            vantage: self.installation.gate.find_record(f"{RECORD_PREFIX}{vantage}")
            for vantage in VANTAGES
        }
        return {vantage: ProbeObservation.from_record(found[vantage]) for vantage in VANTAGES}

    def verdict(self, region: str) -> RegionVerdict:
        """What all vantages together say now."""
        now_ms = round(self.aws.scheduler.now * 1000)
        return region_verdict(self.observations(), region, now_ms, PROFILE.probes.fresh_seconds)

    def suspects(self) -> Sequence[str]:
        """Who is to be doubted now."""
        now_ms = round(self.aws.scheduler.now * 1000)
        return [*observer_suspect(self.observations(), now_ms, PROFILE.probes.fresh_seconds)]

    def alarms(self, state: str = "ALARM") -> set[tuple[str, str]]:
        """Region and name of the probe alarms in that state."""
        return {
            (region, alarm.name.removeprefix(f"{PROFILE.service.name}-"))
            for region in VANTAGES
            for alarm in self.aws.alarms.of(region)
            if alarm.name.endswith("-unreachable") and alarm.condition.value == state
        }

    def answers(self, region: str) -> list[Any]:
        """What the probe function of a region answered, call by call."""
        name = f"{PROFILE.service.name}-probe-regions"
        calls = self.aws.log.of("invocation", function=name, region=region)
        return [call["answer"] for call in calls if "answer" in call]


@contextmanager
def _watched() -> Iterator[Watched]:
    with TemporaryDirectory() as folder, EmbeddedAws(start=1_767_600_000.0, seed=3) as aws:
        watched = Watched(aws, install(aws, PROFILE, TEXT, PROFILE.baseline(), Path(folder)))
        aws.run(WELL_SECONDS)
        yield watched


@pytest.fixture
def watched() -> Iterator[Watched]:
    """Three minutes in, when everything answers."""
    with _watched() as made:
        yield made


def blocked(target: str | None, *vantages: str) -> list[ProbeBlocked]:
    """Probes of one target from these vantages get lost."""
    return [
        ProbeBlocked(event="probe_blocked", at="0s", vantage=vantage, target=target)
        for vantage in vantages
    ]


def test_every_vantage_sees_every_region_while_all_is_well(watched: Watched) -> None:
    """Both regions answer all three vantages, and no probe alarm lacks data."""
    assert watched.verdict(HOME).vantages == watched.verdict(STANDBY).vantages == VANTAGES
    assert watched.verdict(HOME).state is watched.verdict(STANDBY).state is State.HEALTHY
    assert watched.alarms("OK") == {
        (HOME, f"{STANDBY}-unreachable"),
        (STANDBY, f"{HOME}-unreachable"),
        (OBSERVER, f"{HOME}-unreachable"),
        (OBSERVER, f"{STANDBY}-unreachable"),
    }


def test_a_minute_has_six_rounds_of_probes(watched: Watched) -> None:
    """One every ten seconds, in each vantage, wherever in the minute its schedule falls."""
    watched.aws.run(120)
    for vantage in VANTAGES:
        rounds = [answer["rounds"] for answer in watched.answers(vantage)]
        assert len(rounds) >= 3
        assert set(rounds) == {6}


def test_a_region_that_two_vantages_cannot_reach_is_unhealthy_within_the_budget(
    watched: Watched,
) -> None:
    """Records and alarms of both say so after six probes in a row, and the third still objects."""
    watched.block(*blocked(HOME, STANDBY, OBSERVER))

    watched.aws.run(DETECTED_SECONDS)

    assert watched.verdict(HOME).state is State.UNHEALTHY
    assert watched.verdict(HOME).vantages == (STANDBY, OBSERVER)
    assert watched.verdict(STANDBY).state is State.HEALTHY
    watched.aws.run(15)  # ingestion, and the alarm's own phase
    assert watched.alarms() == {
        (STANDBY, f"{HOME}-unreachable"),
        (OBSERVER, f"{HOME}-unreachable"),
    }


def test_a_lost_region_is_told_by_the_two_that_are_left(watched: Watched) -> None:
    """The region's own vantage is lost with it, and counts for nothing."""
    watched.block(RegionLost(event="region_lost", at="0s", region=HOME))

    watched.aws.run(DETECTED_SECONDS)

    assert watched.verdict(HOME).state is State.UNHEALTHY
    assert watched.verdict(HOME).vantages == (STANDBY, OBSERVER)


def test_the_observers_alarm_reaches_both_regions_that_act(watched: Watched) -> None:
    """Its event is forwarded to their default buses, where the rule of every alarm takes it."""
    watched.block(*blocked(HOME, OBSERVER))

    watched.aws.run(DETECTED_SECONDS + 20)

    assert watched.alarms() == {(OBSERVER, f"{HOME}-unreachable")}
    for region in (HOME, STANDBY):
        name = f"{PROFILE.service.name}-receive-alarm"
        assert watched.aws.log.of("invocation", function=name, region=region)


def test_one_vantage_that_cannot_see_convinces_nobody(watched: Watched) -> None:
    """Its alarm goes off; the verdict of all is unknown at most, never unhealthy."""
    watched.block(*blocked(HOME, OBSERVER))

    watched.aws.run(2 * DETECTED_SECONDS)

    assert watched.observations()[OBSERVER].targets[HOME].state is State.UNHEALTHY
    assert watched.verdict(HOME).state is State.UNKNOWN
    assert watched.verdict(STANDBY).state is State.HEALTHY


def test_a_vantage_whose_control_target_is_dead_is_suspect(watched: Watched) -> None:
    """What it says of regions counts for nothing, even when two such vantages agree."""
    watched.block(*blocked(HOME, STANDBY, OBSERVER), *blocked("control", STANDBY, OBSERVER))

    watched.aws.run(2 * DETECTED_SECONDS)

    assert watched.suspects() == [STANDBY, OBSERVER]
    assert watched.verdict(HOME).state is State.UNKNOWN


def test_when_everything_looks_dead_the_lookers_are_suspect(watched: Watched) -> None:
    """All regions at once, from everywhere: page, and change nothing."""
    watched.block(ProbeBlocked(event="probe_blocked", at="0s"))

    watched.aws.run(2 * DETECTED_SECONDS)

    assert watched.suspects() == [*VANTAGES]
    assert {watched.verdict(region).state for region in (HOME, STANDBY)} == {State.UNKNOWN}


def test_a_region_that_answers_again_is_healthy_again(watched: Watched) -> None:
    """The first good probe ends the alarm; six in a row make the verdict."""
    watched.block(*blocked(HOME, *VANTAGES))
    watched.aws.run(DETECTED_SECONDS + 20)
    assert watched.verdict(HOME).state is State.UNHEALTHY

    watched.block()
    watched.aws.run(DETECTED_SECONDS)

    assert watched.verdict(HOME).state is State.HEALTHY
    assert watched.alarms() == set()
