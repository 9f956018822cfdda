"""An alarm that is on and was answered by nobody becomes a case with the next sweep."""

from __future__ import annotations

from typing import Any, cast

import pytest

from autopilot.domain.profile import Profile
from autopilot.errors import Transient
from autopilot.gate.incidents import IncidentClaim
from autopilot.ports import AlarmFacts
from autopilot.procedures.dependencies import Dependencies
from autopilot.procedures.health_sweep.scene import Scene
from autopilot.procedures.health_sweep.unanswered import open_unanswered, unanswered
from tests.gate.service import HOME_DIRECT, Service
from tests.procedures.test_reflex import NotedRuns

NAME = "hybrid-routing-eu-central-1-direct-failing"
ARN = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:"
MINUTE_MS = 60_000


class Sweep:
    """What a sweep has at hand, over a ledger in memory."""

    service = "hybrid-routing"

    def __init__(self, profile: Profile) -> None:
        """Nothing was opened yet."""
        self.profile = profile
        self.made = Service()
        self.gate, self.clock, self.runs = self.made.gate, self.made.clock, NotedRuns()

    def alarm(self, minutes: float, name: str = NAME, **more: Any) -> AlarmFacts:
        """One that has been in its state for so long."""
        since_ms = self.clock.now_ms() - int(minutes * MINUTE_MS)
        fields = {"state": "ALARM", "acts": True, "route": None, "arn": f"{ARN}{name}", **more}
        return AlarmFacts(name=name, since_ms=since_ms, **fields)

    def found(self, *alarms: AlarmFacts) -> list[dict[str, Any]]:
        """What the sweep finds unanswered."""
        view = self.made.view
        scene = Scene(self.profile, "eu-central-1", self.clock.now_ms(), view)
        return unanswered(scene, alarms, cast("Dependencies", self))

    def opened(self, *alarms: AlarmFacts) -> list[str]:
        """What comes of it."""
        sweep = {"unanswered": self.found(*alarms)}
        return open_unanswered(sweep, cast("Dependencies", self))


@pytest.fixture
def sweep(profile: Profile) -> Sweep:
    """A sweep of a service whose ledger is empty."""
    return Sweep(profile)


def test_an_alarm_that_nobody_answered_starts_the_run_of_its_incident(sweep: Sweep) -> None:
    """Once: the next sweep finds it answered."""
    alarm = sweep.alarm(10, route=HOME_DIRECT)
    (incident,) = sweep.opened(alarm)
    assert sweep.runs.started == [incident]
    assert sweep.found(alarm) == []


@pytest.mark.parametrize(
    "name, more",
    [
        (NAME, {"state": "OK"}),
        (NAME, {"state": "INSUFFICIENT_DATA"}),
        (NAME, {"suppressed_by": "Alarm"}),
        ("autopilot-hybrid-routing-sweep-silent", {}),
    ],
    ids=["well", "blind", "explained", "about the automation"],
)
def test_what_starts_no_incident_is_left_alone(
    sweep: Sweep, name: str, more: dict[str, Any]
) -> None:
    """Neither does its event."""
    assert sweep.found(sweep.alarm(10, name, **more)) == []


def test_an_event_that_may_be_on_its_way_is_waited_for(sweep: Sweep) -> None:
    """For a minute."""
    assert sweep.found(sweep.alarm(0.9)) == []
    assert sweep.found(sweep.alarm(1.0)) != []


def test_two_hundred_alarms_of_one_family_are_one_case(sweep: Sweep) -> None:
    """The newest of each family is enough: an incident looks at everything."""
    storm = [sweep.alarm(5, f"hybrid-routing-storm-{number}") for number in range(200)]
    other = sweep.alarm(5, "hybrid-routing-trail-chain")
    assert len(sweep.opened(*storm, other)) == 2
    assert len(sweep.runs.started) == 2


def test_an_alarm_that_an_incident_has_seen_does_not_open_another(sweep: Sweep) -> None:
    """However long it stays on after that incident was closed."""
    alarm = sweep.alarm(10)
    (incident,) = sweep.opened(alarm)
    begun(sweep, incident)
    assert sweep.found(sweep.alarm(2)) == []
    reopen_seconds = sweep.profile.incident.reopen_minutes * 60
    sweep.gate.close_incident("traffic", incident, reopen_seconds=reopen_seconds)
    sweep.clock.pass_seconds(5_000)
    assert sweep.found(alarm) == []


def test_an_alarm_after_the_end_of_an_incident_was_not_answered_by_it(sweep: Sweep) -> None:
    """Its event was lost; the incident is opened again."""
    (incident,) = sweep.opened(sweep.alarm(10))
    begun(sweep, incident)
    reopen_seconds = sweep.profile.incident.reopen_minutes * 60
    sweep.gate.close_incident("traffic", incident, reopen_seconds=reopen_seconds)
    sweep.clock.pass_seconds(300)
    assert sweep.opened(sweep.alarm(2)) == [incident]
    assert sweep.runs.started == [incident, f"{incident}-2"]


def test_a_claim_that_cannot_be_read_opens_nothing(sweep: Sweep) -> None:
    """It could not be written either; the next sweep reads again."""

    class Silent:
        def find_incident(self, _family: str) -> IncidentClaim:
            message = "no answer"
            raise Transient(message)

    alarm, view = sweep.alarm(10), sweep.made.view
    scene = Scene(sweep.profile, "eu-central-1", sweep.clock.now_ms(), view)
    sweep.gate = cast("Any", Silent())
    assert unanswered(scene, [alarm], cast("Dependencies", sweep)) == []
    nothing_known = Scene(sweep.profile, "eu-central-1", sweep.clock.now_ms(), None)
    assert unanswered(nothing_known, [alarm], cast("Dependencies", sweep)) == []


def begun(sweep: Sweep, incident: str) -> None:
    """Its run works on it."""
    claim = sweep.gate.begin_incident("traffic", incident, incident)
    assert claim.runner == incident
