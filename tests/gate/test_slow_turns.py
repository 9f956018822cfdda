"""A turn that takes minutes: started once, and not back before it is back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import pytest

from autopilot.domain.allocation import Allocation
from autopilot.domain.plan import ActKind
from autopilot.domain.switches import (
    DATABASE,
    DATABASE_LOSS,
    WRITER,
    Span,
    SwitchPlan,
    SwitchStep,
)
from autopilot.errors import Inconsistent, NotYet, Transient
from autopilot.gate.intents import Turned
from autopilot.gate.reap import Reaped
from autopilot.ports import Switch
from tests.gate.made_up_switches import MadeUpSwitch, SlowSwitch
from tests.gate.service import (
    HOME,
    HOME_DIRECT,
    HOME_MCP,
    STANDBY,
    STANDBY_DIRECT,
    STANDBY_MCP,
    Service,
    cause,
)

RUN = "run-1"
Turns: TypeAlias = tuple[Turned, ...]


class Failover:
    """A run that has handed over the writes and started the move of a database."""

    def __init__(self, service: Service, database: str = DATABASE) -> None:
        """Take both turns; the second is under way."""
        self.service, self.gate = service, service.gate
        self.database = SlowSwitch(database, HOME)
        self.writer = MadeUpSwitch(WRITER, HOME)
        self.switches: Mapping[str, Switch] = {WRITER: self.writer, database: self.database}
        self.turns = SwitchPlan(
            runbook="regional_failover",
            service="hybrid-routing",
            base_turn=0,
            goal=STANDBY,
            steps=tuple(
                SwitchStep(index, name, HOME, STANDBY, Span.LASTING)
                for index, name in enumerate((WRITER, database))
            ),
            runs_max=3,
            window_seconds=3600,
        )
        away = Allocation.of({HOME_DIRECT: 35, HOME_MCP: 30, STANDBY_DIRECT: 30, STANDBY_MCP: 5})
        plan = service.ramp(away, kind=ActKind.FAILOVER)
        self.gate.open_run(RUN, "regional_failover", plan, self.turns)
        self.lease = self.gate.take_lease(RUN, "regional_failover")
        self.started = [self.turn(index) for index in (0, 1)]

    def turn(self, index: int) -> Turned:
        """Take one turn, or look at it again."""
        expires_ms = self.service.clock.at_ms + 60_000
        return self.gate.turn(
            self.lease,
            self.turns,
            index,
            cause(RUN),
            expires_ms=expires_ms,
            switches=self.switches,
        )

    def back(self) -> Turns:
        """Put the turns back."""
        return self.gate.turn_back(self.lease, self.turns, cause(RUN), self.switches)

    def reaped(self) -> Reaped | None:
        """One pass of the reaper, long after the run or the last reaper died."""
        self.service.clock.pass_seconds(120)
        view, evidence = self.service.view, self.service.evidence()
        return self.gate.reap(view, evidence, lambda *_: None, lambda: self.switches)

    @property
    def shown(self) -> tuple[str, str]:
        """The owner of the writes, and where the database is written."""
        return self.writer.value, self.database.value


@pytest.fixture
def failover(service: Service) -> Failover:
    """A planned move."""
    return Failover(service)


def test_a_slow_turn_is_started_once_however_often_it_is_looked_at(failover: Failover) -> None:
    """Each look shows how it stands, under the one intent."""
    _, started = failover.started
    looks = [failover.turn(1) for _ in range(3)]
    failover.database.arrive()
    last = failover.turn(1)

    outcome = failover.gate.find_record(f"outcome/{started.entry_id}")
    assert {each.shows for each in looks} == {HOME}
    assert (last.shows, last.entry_id) == (STANDBY, started.entry_id)
    assert failover.database.changes == [STANDBY]
    assert failover.service.view.turns.count == 2
    assert outcome is not None
    assert outcome["result"] == "turned"


def test_what_was_only_started_is_not_told_as_turned(failover: Failover) -> None:
    """The record of the outcome says so."""
    outcome = failover.gate.find_record(f"outcome/{failover.started[1].entry_id}")
    assert outcome is not None
    assert (outcome["result"], outcome["shows"], outcome["wanted"]) == ("started", HOME, STANDBY)


def test_what_is_on_its_way_is_no_reason_to_think_that_it_never_left(failover: Failover) -> None:
    """It shows the old region still, and would be in the new one a minute later."""
    (turned,) = failover.back()
    assert (turned.switch, turned.left, turned.pending) == (
        DATABASE,
        False,
        f"on its way to {STANDBY}",
    )


def test_the_writes_go_back_only_after_the_database(failover: Failover) -> None:
    """Each try gets as far as it can; none starts anything twice."""
    steps = [failover.back()]
    failover.database.arrive()
    steps += [failover.back(), failover.back()]
    assert failover.shown == (STANDBY, STANDBY)
    failover.database.arrive()
    steps.append(failover.back())

    assert failover.shown == (HOME, HOME)
    assert [bool(each[0].pending) for each in steps] == [True, True, True, False]
    assert failover.database.changes == [STANDBY, HOME]
    assert failover.back()[0].pending == ""


def test_a_database_that_refuses_to_go_back_yet_is_waited_for(failover: Failover) -> None:
    """A cluster that has just moved is busy for a while."""
    failover.database.arrive()
    failover.database.busy = "its copy is being made again"
    (turned,) = failover.back()
    assert turned.pending == "its copy is being made again"
    assert failover.shown == (STANDBY, STANDBY)


def test_on_the_way_there_a_refusal_is_one(service: Service) -> None:
    """People are told; nothing is waited for."""
    failover = Failover(service)
    failover.database.heading, failover.database.busy = "", "it is being upgraded"
    with pytest.raises(NotYet, match="upgraded"):
        failover.turn(1)


def test_the_reaper_goes_on_until_a_dead_move_is_back(failover: Failover) -> None:
    """It keeps the dead run's lease meanwhile, so that nobody begins on half a service."""
    for _ in range(2):
        with pytest.raises(Transient, match=DATABASE):
            failover.reaped()
        assert failover.service.view.lease.holder == f"reaper/{RUN}"
        failover.database.arrive()
    reaped = failover.reaped()

    assert reaped is not None
    assert reaped.outcome.startswith("undone: ")
    assert failover.shown == (HOME, HOME)
    assert failover.service.view.lease.holder == ""


def test_data_that_was_given_up_is_not_gone_back_on(service: Service) -> None:
    """Not even to a region that is well again before the reaper comes."""
    failover = Failover(service, DATABASE_LOSS)
    failover.database.arrive()
    reaped = failover.reaped()

    assert reaped is not None
    assert reaped.outcome == (
        f"kept half way: {DATABASE_LOSS} went to {STANDBY}, which is not gone back on"
    )
    assert failover.shown == (STANDBY, STANDBY)


def test_there_is_no_way_to_ask_for_data_back_that_was_given_up(service: Service) -> None:
    """Whoever tries has a bug."""
    failover = Failover(service, DATABASE_LOSS)
    with pytest.raises(Inconsistent, match="gave up data"):
        failover.back()
