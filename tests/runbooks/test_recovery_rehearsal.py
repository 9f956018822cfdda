"""The rehearsal as it is deployed: dry, filed and recorded, and told when recovery would fail."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from autopilot_lab.drill.compliance import installed
from autopilot_lab.drill.installation import Installation
from autopilot_lab.drill.profiles import profile_text
from autopilot_lab.drill.project import SCENARIOS
from tests.runbooks.machine_runs import output, pages, reports, run

START = 1_790_000_000.0  # 2026-09-21, 14:13:20 UTC
DAY = "2026-09-21"
TOLD = "could not be recovered"
HOME, STANDBY = "eu-central-1", "eu-west-1"
PROFILE = SCENARIOS / "profiles" / "failover.toml"


@pytest.fixture(scope="module")
def world() -> Iterator[Installation]:
    """The product, deployed, with nothing behind the regional endpoints: recovery would fail."""
    with installed(profile_text(PROFILE), start=START) as installation:
        installation.aws.run(130)
        yield installation


def rehearse(world: Installation, request: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Run the machine in the standby to its end."""
    return run(world, "recovery_rehearsal", request, region=STANDBY, name=name)


def answers(shown: Mapping[str, Any]) -> dict[str, str]:
    """By check."""
    return {each["name"]: each["answer"] for each in shown["rehearsal"]["checks"]}


def test_a_dry_run_shows_all_of_it_and_leaves_no_trace(world: Installation) -> None:
    """Pre-flight, plan, backups and both times, under the functions' own roles."""
    shown = output(rehearse(world, {}, "dry"))

    said = answers(shown)
    assert {"plan", "canary/direct", "data-lag/ledger", "rto/failover", "rpo/restore"} <= set(said)
    assert said[f"backup/{HOME}"] == said[f"backup/{STANDBY}"] == "GO"
    assert shown["rehearsal"]["source"] == HOME
    assert world.gate.find_records("rehearsal") == []
    assert reports(world, STANDBY) == []
    assert pages(world, TOLD) == []


def test_a_region_that_serves_nobody_is_refused(world: Installation) -> None:
    """With the names that there are."""
    found = rehearse(world, {"to": "eu-west-3"}, "elsewhere")

    assert (found["status"], found["error"]) == ("FAILED", "Refused")
    assert f"one of {HOME}, {STANDBY}" in found["cause"]


def test_a_rehearsal_that_fails_is_paged_filed_and_recorded(world: Installation) -> None:
    """One page for the day, three forms of the report, the numbers for the trend."""
    first = output(rehearse(world, {"mode": "execute"}, "first"))
    second = output(rehearse(world, {"mode": "execute"}, "second"))

    assert (first["outcome"], second["outcome"]) == ("NO-GO", "NO-GO")
    assert len(pages(world, TOLD)) == 1
    (recorded,) = world.gate.find_records("rehearsal/")
    assert recorded["record"] == f"rehearsal/{STANDBY}/{DAY}"
    assert recorded["lost_seconds"]["restore"] > 0
    assert {key.rpartition(".")[2] for key in reports(world, STANDBY)} == {"html", "md", "json"}


def test_times_and_losses_are_published_by_recovery(world: Installation) -> None:
    """The numbers of the record; what is not known of a recovery is absent and not zero."""
    output(rehearse(world, {"mode": "execute"}, "published"))

    (recorded,) = world.gate.find_records(f"rehearsal/{STANDBY}/{DAY}")
    cloudwatch = world.aws.client("cloudwatch", STANDBY)
    for metric, numbers in (("RecoveryTime", "rto_seconds"), ("RecoveryLoss", "lost_seconds")):
        for recovery in ("failover", "restore"):
            names = {"Service": "hybrid-routing", "Recovery": recovery}
            found = cloudwatch.get_metric_statistics(
                Namespace="Autopilot",
                MetricName=metric,
                Dimensions=[{"Name": key, "Value": value} for key, value in names.items()],
                StartTime=START,
                EndTime=START + 86_400,
                Period=86_400,
                Statistics=["Maximum"],
            )["Datapoints"]
            known = recorded[numbers].get(recovery)
            assert bool(found) == (known is not None), (metric, recovery)
            assert all(one["Maximum"] >= known for one in found)


def test_the_trend_holds_earlier_rehearsals_and_not_those_of_the_other_move(
    world: Installation,
) -> None:
    """A month ago it took longer; what home would need is another line."""
    old = {"answer": "GO", "rto_seconds": {"failover": 999}, "lost_seconds": {}}
    earlier = {**old, "day": "2026-08-04", "target": STANDBY}
    world.gate.record(f"rehearsal/{STANDBY}/2026-08-04", earlier)
    world.gate.record(f"rehearsal/{HOME}/2026-08-04", {**earlier, "target": HOME})

    output(rehearse(world, {"mode": "execute"}, "later"))

    bucket = world.stacks[STANDBY].outputs["TrailBucket"]
    key = next(one for one in reports(world, STANDBY) if one.endswith("later.json"))
    body = world.aws.client("s3", STANDBY).get_object(Bucket=bucket, Key=key)["Body"].read()
    trend = json.loads(body)["trend"]
    assert [each["day"] for each in trend] == ["2026-08-04", DAY]
    assert trend[0]["rto_seconds"] == {"failover": 999}


def test_backups_that_are_off_are_no_go(world: Installation) -> None:
    """In one region is enough to say so: that is where a restore may have to begin."""
    dynamodb = world.aws.client("dynamodb", STANDBY)
    off = {"PointInTimeRecoveryEnabled": False}
    dynamodb.update_continuous_backups(
        TableName=world.ledger_table, PointInTimeRecoverySpecification=off
    )

    said = answers(output(rehearse(world, {}, "off")))

    assert (said[f"backup/{STANDBY}"], said[f"backup/{HOME}"]) == ("NO-GO", "GO")
