"""The restore as it is deployed, under its roles: what it puts back, and what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from autopilot_lab.assurance.cases.restores import described
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.drill.compliance import installed
from autopilot_lab.drill.events.ledger import key_of, names_in
from autopilot_lab.drill.installation import Installation
from autopilot_lab.drill.persons import Persons
from autopilot_lab.drill.trails import read_trail

START = 1_790_000_000.0  # 2026-09-21, 14:13:20 UTC
HOME, STANDBY = "eu-central-1", "eu-west-1"
SERVICE = "hybrid-routing"
RESTORE = {"mode": "execute", "action": "restore"}
#: Long enough for everything that was written to be restorable.
OLD_SECONDS = 420.0


@pytest.fixture(scope="module")
def deployed() -> Iterator[Installation]:
    """The product, with something in the trail; what a test does to it happens in a fork."""
    with installed(described(), start=START) as installation:
        installation.aws.run(60)
        Persons(installation, HOME).report("customer-1", 3)
        installation.aws.run(OLD_SECONDS)
        yield installation


def in_a_fork(work: Any) -> Any:
    """What `work` answers; the world is as it was afterwards."""
    ((_, answer),) = in_forks([work], lambda each: each(), at_once=1)
    return answer


def run(world: Installation, request: Mapping[str, Any], seconds: float = 800) -> dict[str, Any]:
    """Start the machine in the standby, and let it run."""
    arn = world.start_run("ledger_restore", request, region=STANDBY, name="restore")
    world.aws.run(seconds)
    found = world.aws.client("stepfunctions", STANDBY).describe_execution(executionArn=arn)
    return {
        "status": found["status"],
        "error": found.get("error", ""),
        "cause": found.get("cause", ""),
        "output": json.loads(found.get("output") or "{}"),
    }


def delete(world: Installation, *records: str) -> None:
    """Somebody with too many rights deletes records; all of them when none is named."""
    dynamodb = world.aws.client("dynamodb", HOME)
    names = records or names_in(dynamodb, world.ledger_table, SERVICE)
    for name in names:
        dynamodb.delete_item(TableName=world.ledger_table, Key=key_of(SERVICE, name))


def tables(world: Installation) -> list[str]:
    """The tables of the standby."""
    names: list[str] = world.aws.client("dynamodb", STANDBY).list_tables()["TableNames"]
    return names


def plain(world: Installation) -> dict[str, Any]:
    """The ledger's item, read past the gate."""
    return dict(world.ledger.read("ledger") or {})


def pages(world: Installation) -> list[str]:
    """What people were told of restores."""
    return [str(one["subject"]) for one in world.aws.log.of("page") if "restore" in one["subject"]]


def test_a_dry_run_says_how_the_ledger_is_and_makes_nothing(deployed: Installation) -> None:
    """No table, no page, no record."""

    def work() -> list[Any]:
        ended = run(deployed, {}, 30)
        records = [one["record"] for one in deployed.gate.find_records("restore")]
        return [ended["output"]["summary"], tables(deployed), records]

    summary, there, records = in_a_fork(work)

    assert "The ledger is sound, at version 1.1" in summary
    assert [name for name in there if "-copy-" in name] == []
    assert records == []


def test_verifying_measures_and_leaves_ledger_and_tables_as_they_were(
    deployed: Installation,
) -> None:
    """The copy is gone afterwards; how long it took is on record for the next rehearsal."""

    def work() -> list[Any]:
        before = plain(deployed)
        ended = run(deployed, {"mode": "execute"})
        last = dict(deployed.gate.find_record("restore/last") or {})
        kept = {name: plain(deployed)[name] == before[name] for name in ("epoch", "lever", "fence")}
        return [ended["output"]["outcome"], last, kept, tables(deployed)]

    outcome, last, kept, there = in_a_fork(work)

    assert outcome == "verified"
    assert last["verified"]
    assert 600 <= last["seconds"] <= 640
    assert kept == {"epoch": True, "lever": True, "fence": True}
    assert [name for name in there if "-copy-" in name] == []


def test_a_ledger_of_which_every_record_is_gone_comes_back_and_its_trail_goes_on(
    deployed: Installation,
) -> None:
    """The head of the log is read from its own signed checkpoint; what is sealed next verifies."""

    def work() -> list[Any]:
        delete(deployed)
        ended = run(deployed, RESTORE)
        head = dict(deployed.gate.find_record(f"log/{HOME}") or {})
        stopped = plain(deployed)
        deployed.gate.resume(by="anna", reason="it is what it was")
        Persons(deployed, HOME).report("customer-1", 2)
        deployed.aws.run(150)
        later = dict(deployed.gate.find_record(f"log/{HOME}") or {})
        problems = read_trail(deployed, HOME).problems
        numbers = [stopped[name] for name in ("epoch", "version", "fence")]
        return [
            ended["output"].get("outcome"),
            numbers,
            stopped["lever"]["engaged"],
            [head["size"], later["size"], later["entries"]],
            list(problems),
            pages(deployed),
        ]

    outcome, numbers, engaged, sizes, problems, told = in_a_fork(work)

    assert (outcome, numbers, engaged) == ("done", [2, 2, 1_000_000], True)
    assert sizes == [1, 2, 5]
    assert problems == []
    assert told == ["[P0 CRITICAL] hybrid-routing: restore of the ledger done"]


def test_a_table_that_was_made_again_is_filled_from_a_copy_that_people_made(
    deployed: Installation,
) -> None:
    """It is empty, as after step two of the document; the copy stays theirs."""

    def work() -> list[Any]:
        copy = f"{deployed.ledger_table}-copy-deleted"
        deployed.aws.client("dynamodb", STANDBY).restore_table_to_point_in_time(
            SourceTableName=deployed.ledger_table,
            TargetTableName=copy,
            UseLatestRestorableTime=True,
        )
        delete(deployed)
        deployed.aws.run(630)
        delete(deployed)  # what sweeps and probes have written since
        ended = run(deployed, {**RESTORE, "from_table": copy}, 60)
        view = deployed.gate.read()
        answer = ended["output"]
        return [answer.get("outcome"), answer.get("summary"), view.epoch, tables(deployed)]

    outcome, summary, epoch, there = in_a_fork(work)

    assert (outcome, epoch) == ("done", 2)
    assert "of work is not in it" not in summary
    assert f"{SERVICE}-ledger-copy-deleted" in there


def test_an_item_that_cannot_be_read_is_replaced(deployed: Installation) -> None:
    """Stopped first, although it cannot even be read."""

    def work() -> list[Any]:
        deployed.aws.client("dynamodb", HOME).update_item(
            TableName=deployed.ledger_table,
            Key=key_of(SERVICE, "ledger"),
            UpdateExpression="REMOVE allocation",
        )
        ended = run(deployed, RESTORE)
        view = deployed.gate.read()
        return [
            ended["output"].get("outcome"),
            view.epoch,
            view.lever.engaged,
            str(view.allocation),
        ]

    outcome, epoch, engaged, allocation = in_a_fork(work)

    assert (outcome, epoch, engaged) == ("done", 2, True)
    assert "eu-central-1/direct=60" in allocation


def test_a_copy_of_an_instant_after_the_loss_is_not_put_back(deployed: Installation) -> None:
    """There is no ledger in it; the copy is removed, and people choose another instant."""

    def work() -> list[Any]:
        delete(deployed, "ledger")
        deployed.aws.run(330)
        ended = run(deployed, RESTORE)
        return [ended["error"], ended["cause"], plain(deployed), tables(deployed)]

    error, cause, item, there = in_a_fork(work)

    assert error == "Unsound"
    assert "choose an instant before the ledger was lost" in cause
    assert item == {}
    assert [name for name in there if "-copy-" in name] == []


def test_a_ledger_that_was_initialised_meanwhile_is_not_replaced(deployed: Installation) -> None:
    """It was lost when the plan was made; now somebody works with a new one."""

    def work() -> list[Any]:
        start = deployed.gate.read().allocation
        delete(deployed, "ledger")
        arn = deployed.start_run("ledger_restore", RESTORE, region=STANDBY, name="late")
        deployed.aws.run(300)
        deployed.gate.initialise(start)
        deployed.aws.run(500)
        states = deployed.aws.client("stepfunctions", STANDBY)
        found = states.describe_execution(executionArn=arn)
        item = plain(deployed)
        return [found["error"], found["cause"], item["epoch"], item["lever"]["engaged"]]

    error, cause, epoch, engaged = in_a_fork(work)

    assert error == "Refused"
    assert "the ledger was lost and is sound" in cause
    assert (epoch, engaged) == (1, False)


@pytest.mark.parametrize(
    "request_, said",
    [
        (RESTORE, "the ledger is sound and automation goes on"),
        ({"mode": "execute", "at": "2026-01-01T00:00:00Z"}, "expected from 2026-09-21T14:13:"),
        ({"mode": "execute", "at": "yesterday"}, "an instant such as"),
        ({"from_table": f"{SERVICE}-vault"}, "expected a name that begins with"),
    ],
    ids=["sound", "outside-of-the-window", "no-instant", "no-copy"],
)
def test_what_must_not_be_restored_is_refused_before_anything_is_made(
    deployed: Installation, request_: Mapping[str, Any], said: str
) -> None:
    """With what was expected, or what to do first."""

    def work() -> list[Any]:
        ended = run(deployed, request_, 30)
        return [ended["error"], ended["cause"], tables(deployed)]

    error, cause, there = in_a_fork(work)

    assert error == "Refused"
    assert said in cause
    assert [name for name in there if "-copy-" in name] == []
