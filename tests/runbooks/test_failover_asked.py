"""A failover of choice where somebody is asked first: who starts it by hand says who they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from autopilot_lab.assurance.assure import SEED, prepared_bench
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.cases import CASES
from autopilot_lab.drill.profiles import profile_text, with_changes
from autopilot_lab.drill.project import ROOT, SCENARIOS
from tests.assurance.slices import in_a_fork

MOVE, _ = CASES["regional_failover"]
EXAMPLE = json.loads((ROOT / "events" / "console_regional_failover_away.json").read_text("utf-8"))
ASKED_AFTER_SECONDS = 20.0


def asking() -> str:
    """The profile of failovers, but nobody moves a region alone."""
    described = profile_text(SCENARIOS / "profiles" / "failover.toml")
    return with_changes(described, "approvals.regional_failover.needed = true")


@pytest.fixture(scope="module")
def ready() -> Iterator[Bench]:
    """Both regions are well, and the standby is proven to carry everything."""
    with prepared_bench(SEED, (asking, MOVE.prepare)) as prepared:
        yield prepared


def started(bench: Bench, request: Mapping[str, Any]) -> tuple[str, str | None, str, list[str]]:
    """A run's status, error and cause a little later, and the titles of pages about failovers."""
    standby = bench.installation.regions[1]
    bench.installation.start_run("regional_failover", request, region=standby, name="by-hand")
    bench.aws.run(ASKED_AFTER_SECONDS)
    run = next(each for each in bench.aws.engine.list() if each.name == "by-hand")
    titles = [str(page["subject"]) for page in bench.aws.log.of("page")]
    about = [title for title in titles if "regional failover" in title]
    return str(run.status), run.error, run.cause or "", about


def test_the_example_asks_somebody_and_waits(ready: Bench) -> None:
    """What the documents tell an operator to paste is all that a move needs."""
    status, _, _, titles = in_a_fork(lambda: started(ready, EXAMPLE))
    assert status == "RUNNING"
    assert ["waits for approval" in title for title in titles] == [True]


def test_who_asks_without_a_name_is_refused_and_nobody_is_woken(ready: Bench) -> None:
    """It is the input that is wrong: neither the target nor the pre-flight says NO-GO."""
    unnamed = {name: value for name, value in EXAMPLE.items() if name != "requested_by"}
    status, error, cause, titles = in_a_fork(lambda: started(ready, unnamed))
    assert (status, error, titles) == ("FAILED", "Refused", [])
    assert "requested_by: expected the ARN of who starts this run" in cause
