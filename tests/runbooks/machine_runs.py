"""Runs of machines in a deployed product, and what they leave: outputs, pages and reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from autopilot_lab.drill.installation import Installation

_LOOKS, _BETWEEN_SECONDS = 40, 5


def run(
    world: Installation, runbook: str, request: Mapping[str, Any], *, region: str, name: str
) -> dict[str, Any]:
    """Start a machine, as a schedule or an operator does, and wait for its end."""
    arn = world.start_run(runbook, request, region=region, name=name)
    states = world.aws.client("stepfunctions", region)
    for _ in range(_LOOKS):
        world.aws.run(_BETWEEN_SECONDS)
        found: dict[str, Any] = states.describe_execution(executionArn=arn)
        if found["status"] != "RUNNING":
            return found
    raise AssertionError(f"{name} did not end")


def output(found: Mapping[str, Any]) -> dict[str, Any]:
    """What a run that succeeded gave."""
    assert found["status"] == "SUCCEEDED", found.get("cause")
    answer: dict[str, Any] = json.loads(found["output"])
    return answer


def pages(world: Installation, about: str) -> list[str]:
    """The subjects of the pages about it, in order."""
    subjects = [str(one["subject"]) for one in world.aws.log.of("page")]
    return [one for one in subjects if about in one]


def reports(world: Installation, region: str) -> list[str]:
    """The keys of the reports that lie beside the region's trail."""
    bucket = world.stacks[region].outputs["TrailBucket"]
    page = world.aws.client("s3", region).list_objects_v2(Bucket=bucket, Prefix="reports/")
    return [one["Key"] for one in page.get("Contents", ())]
