"""The writer of a global database on the lab's Aurora, and what is read of it before a move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias

import pytest

from autopilot.adapters import clients
from autopilot.adapters.global_database import GlobalDatabase
from autopilot.adapters.inventory.databases import AuroraDatabases
from autopilot.domain.failover_section import Database
from autopilot.domain.permit import issue_switch
from autopilot.domain.switches import DATABASE, DATABASE_LOSS, SwitchChange, SwitchState
from autopilot.errors import Inconsistent, Misconfigured, NotYet, Transient
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.faults import Fault, FaultKind
from autopilot_lab.emulator.services import global_databases as lab
from tests.failovers import HOME, NOW_MS, STANDBY

DESCRIBED = Database.model_validate(
    {
        "identifier": "main",
        "clusters": tuple(
            {"region": region, "arn": f"arn:aws:rds:{region}:123456789012:cluster:main-{name}"}
            for name, region in (("home", HOME), ("standby", STANDBY))
        ),
    }
)
Switch: TypeAlias = Callable[[str], GlobalDatabase]


@pytest.fixture
def aws() -> Iterator[EmbeddedAws]:
    """An account without anything in it."""
    with EmbeddedAws(start=NOW_MS / 1000) as embedded:
        yield embedded


@pytest.fixture
def database(aws: EmbeddedAws) -> lab.GlobalDatabase:
    """Written at home, copied to the standby."""
    made = {each.region: each.arn for each in DESCRIBED.clusters}
    held = lab.GlobalDatabase(DESCRIBED.identifier, made, writer=HOME)
    aws.services.global_databases.add(held)
    return held


@pytest.fixture
def switch(database: lab.GlobalDatabase) -> Switch:
    """The switch of either name, as a function in the standby has it."""
    assert database.writer == HOME
    return lambda name: GlobalDatabase(
        name=name, database=DESCRIBED, client=clients.client, region=STANDBY
    )


def move(switch: GlobalDatabase, name: str, to: str) -> SwitchState:
    """Turn it from what it shows."""
    seen = switch.observe()
    return switch.change(to, seen, issue_switch("switch", SwitchChange(name, to, seen)))


def asked(aws: EmbeddedAws) -> list[tuple[str, str]]:
    """What was asked to change, and where."""
    calls = aws.log.of("call", service="rds")
    told = ((str(each["operation"]), str(each["region"])) for each in calls)
    return [each for each in told if each[0] != "DescribeGlobalClusters"]


@pytest.mark.parametrize(
    "name, call",
    [
        (DATABASE, ("SwitchoverGlobalCluster", HOME)),
        (DATABASE_LOSS, ("FailoverGlobalCluster", STANDBY)),
    ],
)
def test_a_move_is_started_where_it_must_be_and_shown_until_it_is_over(
    aws: EmbeddedAws, switch: Switch, name: str, call: tuple[str, str]
) -> None:
    """A switchover where the writer is, a failover where it shall be."""
    held = switch(name)
    started = move(held, name, STANDBY)
    assert (started, held.observe()) == (SwitchState(HOME, heading=STANDBY),) * 2
    aws.run(100)
    assert held.observe() == SwitchState(STANDBY)
    assert asked(aws) == [call]


@pytest.mark.parametrize("name", [DATABASE, DATABASE_LOSS])
def test_what_is_under_way_or_there_is_not_started_again(
    aws: EmbeddedAws, switch: Switch, name: str
) -> None:
    """However often somebody looks."""
    for _ in range(3):
        move(switch(name), name, STANDBY)
        aws.run(50)
    assert len(asked(aws)) == 1


def test_the_loss_of_a_region_needs_nothing_of_it(aws: EmbeddedAws, switch: Switch) -> None:
    """Nobody waits for a call into it."""
    aws.faults.add(Fault(region=HOME, kind=FaultKind.CONNECT_TIMEOUT))
    move(switch(DATABASE_LOSS), DATABASE_LOSS, STANDBY)
    assert {str(each["region"]) for each in aws.log.of("call", service="rds")} == {STANDBY}


def test_a_move_of_choice_does_without_no_region(aws: EmbeddedAws, switch: Switch) -> None:
    """A switchover waits until nothing is missing in the copy, so it needs the source."""
    aws.faults.add(Fault(region=HOME, kind=FaultKind.CONNECT_TIMEOUT))
    with pytest.raises(Transient, match=f"rds in {HOME} did not answer"):
        move(switch(DATABASE), DATABASE, STANDBY)


def test_a_call_whose_answer_was_lost_counts_once(aws: EmbeddedAws, switch: Switch) -> None:
    """The next try sees it under way."""
    fault = Fault("rds", "SwitchoverGlobalCluster", kind=FaultKind.APPLIED_UNANSWERED, count=1)
    aws.faults.add(fault)
    with pytest.raises(Transient):
        move(switch(DATABASE), DATABASE, STANDBY)
    assert move(switch(DATABASE), DATABASE, STANDBY).heading == STANDBY
    assert len(asked(aws)) == 1


def test_a_start_that_crosses_somebody_elses_is_no_refusal(switch: Switch) -> None:
    """Both wanted the same, and one of them was first."""
    held, other = switch(DATABASE), switch(DATABASE)
    seen = held.observe()
    move(other, DATABASE, STANDBY)
    permit = issue_switch("switch", SwitchChange(DATABASE, STANDBY, seen))
    assert held.change(STANDBY, seen, permit) == SwitchState(HOME, heading=STANDBY)


def test_a_writer_on_its_way_elsewhere_is_waited_for(switch: Switch) -> None:
    """What is expected, what is there, and what to do."""
    move(switch(DATABASE), DATABASE, STANDBY)
    with pytest.raises(
        NotYet, match=f"on its way to {STANDBY}, expected to {HOME} or nowhere. Wait"
    ):
        move(switch(DATABASE), DATABASE, HOME)


def test_a_cluster_that_refuses_says_why(database: lab.GlobalDatabase, switch: Switch) -> None:
    """In the words of AWS, with the next step."""
    database.refuses = "its engine versions differ"
    with pytest.raises(NotYet, match=r"engine versions differ.*Expected an available cluster"):
        move(switch(DATABASE), DATABASE, STANDBY)


def test_a_profile_that_names_another_database_is_wrong(
    aws: EmbeddedAws, database: lab.GlobalDatabase, switch: Switch
) -> None:
    """Nothing is guessed."""
    del aws.services.global_databases.databases[database.identifier]
    with pytest.raises(Inconsistent, match="expected main with the clusters"):
        switch(DATABASE).observe()


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.THROTTLE, FaultKind.TIMEOUT])
def test_no_answer_is_asked_for_again(aws: EmbeddedAws, switch: Switch, kind: FaultKind) -> None:
    """It says nothing about the database."""
    aws.faults.add(Fault("rds", kind=kind))
    with pytest.raises(Transient):
        switch(DATABASE).observe()


# -- the inventory ---------------------------------------------------------------------------------


@pytest.fixture
def inventory() -> AuroraDatabases:
    """What may read."""
    reading = partial(clients.client, read_only=True)
    return AuroraDatabases(partial(reading, "rds"), partial(reading, "cloudwatch"))


def test_facts_are_those_of_the_region_that_is_asked(
    inventory: AuroraDatabases, switch: Switch
) -> None:
    """Status, writer, way and members."""
    move(switch(DATABASE), DATABASE, STANDBY)
    found = inventory.database(STANDBY, DESCRIBED.identifier)
    assert (found.status, found.writer, found.heading) == ("switching-over", HOME, STANDBY)
    assert found.members == {each.arn: "connected" for each in DESCRIBED.clusters}


def test_a_database_that_is_not_there_is_a_fault_of_configuration(
    aws: EmbeddedAws, inventory: AuroraDatabases
) -> None:
    """Never a sign of a lost region."""
    assert not aws.services.global_databases.databases
    with pytest.raises(Misconfigured, match="GlobalClusterNotFoundFault"):
        inventory.database(STANDBY, "main")


def test_a_lag_is_told_where_the_copy_is_in_whole_seconds_rounded_up(
    aws: EmbeddedAws, database: lab.GlobalDatabase, inventory: AuroraDatabases
) -> None:
    """The metric counts milliseconds; where it is written there is none."""
    database.lag_ms = 1_200.0
    aws.run(130)
    now_ms = round(aws.scheduler.now * 1000)
    lags = [
        inventory.database_lag(
            DESCRIBED.cluster_in(region), source, since_ms=now_ms - 900_000, until_ms=now_ms
        )
        for region, source in ((STANDBY, HOME), (HOME, STANDBY))
    ]
    assert lags[0] is not None
    assert (lags[0].seconds, lags[1]) == (2, None)
