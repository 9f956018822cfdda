"""The daily check as it is deployed: under its role, recorded once a day, told when it is worse."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from autopilot.domain.assessment import Verdict
from autopilot_lab.drill.compliance import installed
from autopilot_lab.drill.installation import Installation
from autopilot_lab.drill.project import REFERENCE_PROFILE

START = 1_790_000_000.0  # 2026-09-21, 14:13:20 UTC
DAY = "2026-09-21"
HOME, STANDBY = "eu-central-1", "eu-west-1"
EXECUTE = {"mode": "execute", "once_a_day": True}


@pytest.fixture
def world() -> Iterator[Installation]:
    """The product, deployed for one test: a day is checked once."""
    with installed(REFERENCE_PROFILE.read_text("utf-8"), start=START) as installation:
        yield installation


def run(
    world: Installation, request: Mapping[str, Any], name: str, region: str = HOME
) -> dict[str, Any]:
    """Start the machine, as a schedule or an operator does, and wait for its end."""
    arn = world.start_run("compliance_check", request, region=region, name=name)
    states = world.aws.client("stepfunctions", region)
    for _ in range(40):
        world.aws.run(5)
        found: dict[str, Any] = states.describe_execution(executionArn=arn)
        if found["status"] != "RUNNING":
            return found
    raise AssertionError(f"{name} did not end")


def output(found: Mapping[str, Any]) -> dict[str, Any]:
    """What a run that succeeded gave."""
    assert found["status"] == "SUCCEEDED", found.get("cause")
    answer: dict[str, Any] = json.loads(found["output"])
    return answer


def pages(world: Installation) -> list[str]:
    """What people were told of it."""
    subjects = [str(one["subject"]) for one in world.aws.log.of("page")]
    return [one for one in subjects if "compliance" in one]


def reports(world: Installation, region: str = HOME) -> list[str]:
    """The reports that lie beside the region's trail."""
    bucket = world.stacks[region].outputs["TrailBucket"]
    page = world.aws.client("s3", region).list_objects_v2(Bucket=bucket, Prefix="reports/")
    return [one["Key"] for one in page.get("Contents", ())]


def test_a_dry_run_shows_everything_and_leaves_no_trace(world: Installation) -> None:
    """Under the function's own role: what it may not read would be unknown."""
    shown = output(run(world, {}, "dry"))

    assert shown["counts"]["fail"] == shown["counts"]["unknown"] == 0
    assert shown["counts"]["pass"] >= 30
    assert len(json.dumps(shown)) < 128 * 1024
    assert reports(world) == []
    assert world.gate.find_record(f"compliance/{DAY}") is None


def test_a_part_of_the_controls_is_no_days_check(world: Installation) -> None:
    """It answers somebody's question, and is not recorded as the day's."""
    shown = output(run(world, {"mode": "execute", "controls": ["keys-kept"]}, "part"))

    assert [one["id"] for one in shown["findings"]] == ["keys-kept"]
    assert world.gate.find_record(f"compliance/{DAY}") is None


def test_an_unknown_control_is_refused(world: Installation) -> None:
    """With the names that there are."""
    found = run(world, {"controls": ["keys-lost"]}, "unknown")

    assert (found["status"], found["error"]) == ("FAILED", "Refused")
    assert "keys-kept" in found["cause"]


def test_a_day_is_recorded_once_and_told_when_it_is_worse(world: Installation) -> None:
    """Home records; standby leaves it; the next day something fails, and one page says so."""
    first = output(run(world, EXECUTE, "first"))
    again = output(run(world, EXECUTE, "again", STANDBY))

    assert first["score"] == 100
    assert again["done_already"] is True
    recorded = world.gate.find_record(f"compliance/{DAY}")
    assert recorded is not None
    assert recorded["score"] == 100
    assert sorted(key.rpartition(".")[2] for key in reports(world)) == ["csv", "html", "json"]
    assert reports(world, STANDBY) == []


def test_what_is_worse_is_paged_once(world: Installation) -> None:
    """The alarm that somebody muted is news today; two checks of one day tell of it once."""
    day = {"day": "2026-09-20", "score": 100, "verdicts": {"alarms-act": "pass"}}
    world.gate.record("compliance/2026-09-20", day)
    cloudwatch = world.aws.client("cloudwatch", STANDBY)
    cloudwatch.disable_alarm_actions(AlarmNames=["autopilot-hybrid-routing-sweep-silent"])

    found = [output(run(world, {"mode": "execute"}, name, STANDBY)) for name in ("w1", "w2")]

    failing = [one["id"] for one in found[0]["findings"] if one["verdict"] == Verdict.FAIL]
    assert failing == ["alarms-act"]
    (told,) = pages(world)
    assert "1 compliance control" in told
    page = _report(world, STANDBY, ".html")
    assert "Since 2026-09-20" in page


def test_scores_are_published_as_metrics(world: Installation) -> None:
    """By the region that checked, in the namespace of the catalogue."""
    run(world, {"mode": "execute"}, "scores", HOME)

    cloudwatch = world.aws.client("cloudwatch", HOME)
    names = {one["MetricName"] for one in cloudwatch.list_metrics(Namespace="Autopilot")["Metrics"]}

    assert names >= {"ComplianceScore", "SecurityScore"}


def _report(world: Installation, region: str, ending: str) -> str:
    bucket = world.stacks[region].outputs["TrailBucket"]
    key = next(one for one in reports(world, region) if one.endswith(ending))
    body = world.aws.client("s3", region).get_object(Bucket=bucket, Key=key)["Body"]
    return str(body.read().decode())
