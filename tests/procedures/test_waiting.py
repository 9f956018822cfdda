"""A run writes down how it ended while it still has its lease, and only then returns it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final, cast

import pytest

from autopilot.domain.permit import Permit
from autopilot.domain.writes import ConditionalWrite
from autopilot.errors import Transient
from autopilot.gate.gate import Gate
from autopilot.gate.ledger import Lease
from autopilot.procedures.waiting import end_and_return
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import Service

RUN: Final = "operator-1"
RECORD: Final = f"run/{RUN}"


class Refusing(MemoryLedger):
    """A ledger that does not answer writes of one record, and remembers the others."""

    def __init__(self, items: dict[str, dict[str, Any]], refused: str = "") -> None:
        """Over what there is already."""
        super().__init__()
        self.items, self.refused = items, refused
        self.written: list[str] = []

    def write(self, write: ConditionalWrite, permit: Permit) -> Mapping[str, Any]:
        """As the ledger does, or not at all."""
        if write.record == self.refused:
            raise Transient("the ledger did not answer")
        self.written.append(write.record)
        return super().write(write, permit)


@pytest.fixture
def service() -> Service:
    """A run that holds the lease."""
    made = Service()
    made.gate.open_run(RUN, "traffic_ramp", made.ramp_down())
    made.gate.take_lease(RUN, "traffic_ramp")
    return made


def over(service: Service, refused: str = "") -> tuple[Gate, Refusing]:
    """The same ledger, whose answers a test decides."""
    ledger = Refusing(cast("MemoryLedger", service.ledger).items, refused)
    return Gate(ledger, service.clock), ledger


def message(lease: Lease, **more: str) -> dict[str, Any]:
    """As the machine sends it."""
    return {"run": RUN, "lease": asdict(lease), **more}


def outcome(service: Service) -> str:
    """What the run's record says."""
    found = service.gate.find_run(RUN)
    assert found is not None
    return found.outcome


def test_a_run_that_is_cut_off_after_its_lease_has_said_how_it_ended(service: Service) -> None:
    """Nobody reports any more, and the reaper has nothing to look for."""
    gate, ledger = over(service)
    assert end_and_return(message(service.view.lease, outcome="done"), gate) == {"returned": True}
    assert ledger.written == [RECORD, "ledger"]
    assert (outcome(service), service.view.lease.holder) == ("done", "")


def test_a_run_that_is_cut_off_before_it_returned_its_lease_is_the_reapers(
    service: Service,
) -> None:
    """What the run wrote of itself gives way to what was done about it."""
    gate, _ = over(service, refused="ledger")
    with pytest.raises(Transient):
        end_and_return(message(service.view.lease, outcome="done"), gate)
    assert (outcome(service), service.view.lease.holder) == ("done", RUN)

    service.clock.pass_seconds(600)
    told: list[str] = []
    service.gate.reap(service.view, service.evidence(), lambda run, _: told.append(run))
    assert told == [RUN]
    assert outcome(service).startswith("reaped: ")


def test_the_next_run_does_not_wait_for_a_record(service: Service) -> None:
    """It cannot be written now, and the report writes it later."""
    gate, _ = over(service, refused=RECORD)
    end_and_return(message(service.view.lease, outcome="done"), gate)
    assert (outcome(service), service.view.lease.holder) == ("", "")


def test_a_run_that_began_on_the_definition_before_ends_as_it_did(service: Service) -> None:
    """Its machine sends no outcome with the lease; its report says it."""
    gate, ledger = over(service)
    end_and_return(message(service.view.lease), gate)
    assert (ledger.written, service.view.lease.holder) == (["ledger"], "")
