"""A planned move with a global database: there, back, refused, or left by a dead run.

Optional, and in no profile but the drill's; what AWS does is told in the beliefs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from autopilot_lab.assurance.assure import SEED, prepared_bench
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.cases import CASES
from tests.assurance.slices import in_a_fork
from tests.runbooks.databases import RUN, begin, described, the_database, told

MOVE, _ = CASES["regional_failover"]


@pytest.fixture(scope="module")
def well() -> Iterator[Bench]:
    """Everything is well."""
    with prepared_bench(SEED, (described, MOVE.prepare)) as prepared:
        yield prepared


def after(bench: Bench, seconds: float, **database: Any) -> Mapping[str, Any]:
    """What a failover comes to after so long."""

    def play() -> dict[str, Any]:
        begin(bench, **database)
        bench.aws.run(seconds)
        return told(bench)

    found: dict[str, Any] = in_a_fork(play)
    return found


def test_a_move_takes_the_database_along_without_losing_anything(well: Bench) -> None:
    """After the writes, before weight and clients; one call, however often it is looked at."""
    home, standby = well.installation.regions
    found = after(well, 400)
    assert (found["status"], found["moves"]) == ("SUCCEEDED", ["SwitchoverGlobalCluster"])
    assert found["shown"] == [standby] * 3
    assert home not in found["shown"]


def test_a_database_that_takes_too_long_is_put_back_with_everything_else(well: Bench) -> None:
    """The run waits until it is there, and then until it is back again."""
    home, standby = well.installation.regions

    def play() -> dict[str, Any]:
        begin(well, switchover_seconds=70.0)
        well.aws.run(80)
        the_database(well).switchover_seconds = 30.0
        well.aws.run(200)
        return told(well)

    found = in_a_fork(play)
    assert (found["status"], found["error"]) == ("FAILED", "Undone")
    assert "DatabaseNotPromoted" in found["cause"]
    assert found["shown"] == [home, home, f"{home}+{standby}"]
    assert found["holder"] == ""


def test_what_is_not_back_in_time_is_the_reapers(well: Bench) -> None:
    """The lease stays taken until the database ends its way there, and goes the way back."""
    home, standby = well.installation.regions

    def play() -> list[dict[str, Any]]:
        begin(well, switchover_seconds=math.inf)
        well.aws.run(300)
        database, told_first = the_database(well), told(well)
        database.switchover_seconds = 60.0
        well.aws.services.global_databases.end(database)
        well.aws.run(600)
        return [told_first, told(well)]

    first, last = in_a_fork(play)
    assert (first["status"], first["error"]) == ("FAILED", "UndoFailed")
    assert f"on its way to {standby}" in first["cause"]
    assert first["holder"].endswith(RUN)
    assert last["shown"] == [home, home, f"{home}+{standby}"]
    assert (last["moves"], last["holder"]) == (["SwitchoverGlobalCluster"] * 2, "")


def test_a_run_that_dies_during_the_promotion_is_put_back(well: Bench) -> None:
    """The reaper waits until the database is there, and then until it is back."""
    home, standby = well.installation.regions

    def play() -> dict[str, Any]:
        begin(well, switchover_seconds=200.0)
        well.aws.run(45)
        run = next(each for each in well.aws.engine.list() if each.name == RUN)
        well.aws.client("stepfunctions", standby).stop_execution(executionArn=run.arn)
        well.aws.run(900)
        return told(well)

    found = in_a_fork(play)
    assert found["status"] == "ABORTED"
    assert found["shown"] == [home, home, f"{home}+{standby}"]
    assert (found["moves"], found["holder"]) == (["SwitchoverGlobalCluster"] * 2, "")


def test_a_cluster_that_refuses_ends_the_move_and_gives_the_writes_back(well: Bench) -> None:
    """People are told in the words of AWS."""
    home, standby = well.installation.regions
    found = after(well, 120, refuses="its engine versions differ")
    assert (found["status"], found["error"]) == ("FAILED", "Undone")
    assert "its engine versions differ" in found["cause"]
    assert found["shown"] == [home, home, f"{home}+{standby}"]
