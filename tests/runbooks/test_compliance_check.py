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
from tests.runbooks.machine_runs import output, pages, reports, run

START = 1_790_000_000.0  # 2026-09-21, 14:13:20 UTC
DAY = "2026-09-21"
HOME, STANDBY = "eu-central-1", "eu-west-1"
EXECUTE = {"mode": "execute", "once_a_day": True}


@pytest.fixture
def world() -> Iterator[Installation]:
    """The product, deployed for one test: a day is checked once."""
    with installed(REFERENCE_PROFILE.read_text("utf-8"), start=START) as installation:
        yield installation


def check(
    world: Installation, request: Mapping[str, Any], name: str, region: str = HOME
) -> dict[str, Any]:
    """Run the machine to its end."""
    return run(world, "compliance_check", request, region=region, name=name)


def test_a_dry_run_shows_everything_and_leaves_no_trace(world: Installation) -> None:
    """Under the function's own role: what it may not read would be unknown."""
    shown = output(check(world, {}, "dry"))

    assert shown["counts"]["fail"] == shown["counts"]["unknown"] == 0
    assert shown["counts"]["pass"] >= 30
    assert len(json.dumps(shown)) < 128 * 1024
    assert reports(world, HOME) == []
    assert world.gate.find_record(f"compliance/{DAY}") is None


def test_a_part_of_the_controls_is_no_days_check(world: Installation) -> None:
    """It answers somebody's question, and is not recorded as the day's."""
    shown = output(check(world, {"mode": "execute", "controls": ["keys-kept"]}, "part"))

    assert [one["id"] for one in shown["findings"]] == ["keys-kept"]
    assert world.gate.find_record(f"compliance/{DAY}") is None


def test_an_unknown_control_is_refused(world: Installation) -> None:
    """With the names that there are."""
    found = check(world, {"controls": ["keys-lost"]}, "unknown")

    assert (found["status"], found["error"]) == ("FAILED", "Refused")
    assert "keys-kept" in found["cause"]


def test_a_day_is_recorded_once_and_told_when_it_is_worse(world: Installation) -> None:
    """Home records; standby leaves it; the next day something fails, and one page says so."""
    first = output(check(world, EXECUTE, "first"))
    again = output(check(world, EXECUTE, "again", STANDBY))

    assert first["score"] == 100
    assert again["done_already"] is True
    recorded = world.gate.find_record(f"compliance/{DAY}")
    assert recorded is not None
    assert recorded["score"] == 100
    assert sorted(key.rpartition(".")[2] for key in reports(world, HOME)) == ["csv", "html", "json"]
    assert reports(world, STANDBY) == []


def test_what_is_worse_is_paged_once(world: Installation) -> None:
    """The alarm that somebody muted is news today; two checks of one day tell of it once."""
    day = {"day": "2026-09-20", "score": 100, "verdicts": {"alarms-act": "pass"}}
    world.gate.record("compliance/2026-09-20", day)
    cloudwatch = world.aws.client("cloudwatch", STANDBY)
    cloudwatch.disable_alarm_actions(AlarmNames=["autopilot-hybrid-routing-sweep-silent"])

    found = [output(check(world, {"mode": "execute"}, name, STANDBY)) for name in ("w1", "w2")]

    failing = [one["id"] for one in found[0]["findings"] if one["verdict"] == Verdict.FAIL]
    assert failing == ["alarms-act"]
    (told,) = pages(world, "compliance")
    assert "1 compliance control" in told
    page = _report(world, STANDBY, ".html")
    assert "Since 2026-09-20" in page


def test_scores_are_published_as_metrics(world: Installation) -> None:
    """By the region that checked, in the namespace of the catalogue."""
    check(world, {"mode": "execute"}, "scores", HOME)

    cloudwatch = world.aws.client("cloudwatch", HOME)
    names = {one["MetricName"] for one in cloudwatch.list_metrics(Namespace="Autopilot")["Metrics"]}

    assert names >= {"ComplianceScore", "SecurityScore"}


def _report(world: Installation, region: str, ending: str) -> str:
    bucket = world.stacks[region].outputs["TrailBucket"]
    key = next(one for one in reports(world, region) if one.endswith(ending))
    body = world.aws.client("s3", region).get_object(Bucket=bucket, Key=key)["Body"]
    return str(body.read().decode())
