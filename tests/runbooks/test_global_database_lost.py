"""The loss of a region with a global database that does not come: what stands is told."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from autopilot_lab.assurance.assure import SEED, prepared_bench
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.cases import CASES
from tests.assurance.slices import in_a_fork
from tests.runbooks.databases import RUN, begin, described, the_database, told

_, LOSS = CASES["regional_failover"]


@pytest.fixture(scope="module")
def lost() -> Iterator[Bench]:
    """Home is gone, and every vantage knows it."""
    with prepared_bench(SEED, (described, LOSS.prepare)) as prepared:
        yield prepared


def test_a_loss_whose_database_does_not_come_stays_and_tells_how_it_stands(lost: Bench) -> None:
    """Nothing goes back to a lost region; the next run goes on from there."""
    home, standby = lost.installation.regions

    def play() -> list[dict[str, Any]]:
        begin(lost, failover_seconds=math.inf)
        lost.aws.run(150)
        told_first = told(lost)
        lost.aws.services.global_databases.end(the_database(lost))
        request = {"mode": "execute", "reason": "again"}
        again = lost.installation.start_run(
            "regional_failover", request, region=standby, name=f"{RUN}-2"
        )
        lost.aws.run(200)
        run = next(each for each in lost.aws.engine.list() if each.arn == again)
        return [told_first, told(lost) | {"status": run.status}]

    first, last = in_a_fork(play)
    assert (first["status"], first["error"], first["holder"]) == ("FAILED", "Kept", "")
    assert (
        f"writer shows {standby}, database shows {home} on its way to {standby}" in first["cause"]
    )
    assert (last["status"], last["moves"]) == ("SUCCEEDED", ["FailoverGlobalCluster"])
    assert last["shown"] == [standby] * 3


def test_a_plan_is_not_too_old_after_the_minutes_of_a_database(lost: Bench) -> None:
    """It holds for 80 s, and the database comes later: what is left is looked at again."""
    standby = lost.installation.regions[1]

    def play() -> dict[str, Any]:
        begin(lost, failover_seconds=58.0)
        lost.aws.run(300)
        return told(lost)

    found = in_a_fork(play)
    assert (found["status"], found["shown"]) == ("SUCCEEDED", [standby] * 3)
