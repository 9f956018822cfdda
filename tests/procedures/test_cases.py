"""An incident whose run waits for another run, or for people, is shown to live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import pytest

from autopilot.domain.permit import Permit
from autopilot.domain.writes import ConditionalWrite
from autopilot.errors import Transient
from autopilot.gate.gate import Gate
from autopilot.gate.incidents import IncidentClaim, Opening
from autopilot.procedures.cases import keep, restart_dead
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import Service
from tests.procedures.test_reflex import NotedRuns

INCIDENT: Final = "incident-traffic-20260105T080000Z-0123456789ab"
ANOTHER: Final = "incident-traffic-20260105T070000Z-ba9876543210"
#: Longer than a run that says nothing is believed to live.
LONG_SECONDS: Final = 3_600


class Unanswering(MemoryLedger):
    """A ledger that may stop to answer writes."""

    answers = True

    def write(self, write: ConditionalWrite, permit: Permit) -> Mapping[str, Any]:
        """As the ledger does, or not at all."""
        if not self.answers:
            raise Transient("the ledger did not answer")
        return super().write(write, permit)


@pytest.fixture
def service() -> Service:
    """A service with an incident whose run has begun."""
    made = Service()
    opening = Opening("traffic", INCIDENT, "cause", "alarm direct-failing")
    stands = made.gate.claim_incident(opening)
    made.gate.begin_incident("traffic", stands.run, "execution")
    return made


def claim(service: Service) -> IncidentClaim:
    """The family's claim as it stands."""
    found = service.gate.find_incident("traffic")
    assert found is not None
    return found


def test_an_incident_that_waits_lives_until_what_it_waits_for_ends(service: Service) -> None:
    """Nobody puts a new run in its place meanwhile; afterwards somebody does."""
    runs = NotedRuns()
    until_ms = service.clock.now_ms() + LONG_SECONDS * 1000
    keep(service.gate, INCIDENT, until_ms=until_ms)
    assert claim(service).expires_ms >= until_ms

    service.clock.pass_seconds(LONG_SECONDS - 1)
    assert restart_dead(service.gate, runs, service.clock.now_ms()) == []
    service.clock.pass_seconds(LONG_SECONDS)
    assert restart_dead(service.gate, runs, service.clock.now_ms()) == runs.started != []


def test_whoever_shows_it_again_and_again_names_no_end(service: Service) -> None:
    """A run that works for the incident keeps it with each of its renewals."""
    for _ in range(20):
        service.clock.pass_seconds(60)
        keep(service.gate, INCIDENT)
    assert restart_dead(service.gate, NotedRuns(), service.clock.now_ms()) == []


@pytest.mark.parametrize("incident", ["", ANOTHER])
def test_only_the_incident_that_is_waited_for_is_kept(service: Service, incident: str) -> None:
    """A run without an incident keeps none; one of an earlier incident does not keep this one."""
    before = claim(service)
    keep(service.gate, incident, until_ms=before.expires_ms + LONG_SECONDS * 1000)
    assert claim(service) == before


def test_a_closed_incident_stays_closed(service: Service) -> None:
    """Whoever waited was too late."""
    service.gate.close_incident("traffic", "execution", reopen_seconds=60)
    before = claim(service)
    keep(service.gate, INCIDENT, until_ms=before.expires_ms + LONG_SECONDS * 1000)
    assert claim(service) == before
    assert not before.is_open


def test_a_ledger_that_does_not_answer_fails_nobody(service: Service) -> None:
    """The next look keeps it; that this one could not is no reason to end the run."""
    before = claim(service)
    ledger = Unanswering()
    ledger.items = cast("MemoryLedger", service.ledger).items
    gate = Gate(ledger, service.clock)
    until_ms = before.expires_ms + LONG_SECONDS * 1000
    ledger.answers = False
    keep(gate, INCIDENT, until_ms=until_ms)
    assert claim(service) == before

    ledger.answers = True
    keep(gate, INCIDENT, until_ms=until_ms)
    assert claim(service).expires_ms >= until_ms
