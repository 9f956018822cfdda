"""Metrics that CloudWatch Logs takes out of a function's log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopilot.adapters.embedded_metrics import EmbeddedMetrics
from autopilot.domain.readings import Measured, Reading
from autopilot_lab.emulator.embedded_metrics import take_metrics
from autopilot_lab.emulator.metrics import Metrics, metric_id

NOW = 1_767_600_000.0
HOME = "eu-central-1"


def event(**changes: Any) -> dict[str, Any]:
    """A log event as the specification shows one."""
    directive = {
        "Namespace": "Autopilot",
        "Dimensions": [["Service"]],
        "Metrics": [{"Name": "Effects", "Unit": "Count"}],
    }
    about = {"Timestamp": int(NOW * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": about, "Service": "hybrid-routing", "Effects": [2.0, 3.0], **changes}


def taken(*lines: str) -> Metrics:
    """What the store holds once these lines were logged and became visible."""
    clock = [NOW]
    metrics = Metrics(lambda: clock[0])
    take_metrics(metrics, HOME, lines)
    clock[0] += 60
    return metrics


def test_an_event_in_the_format_is_a_metric() -> None:
    """A list of values is as many points."""
    metric = metric_id("Autopilot", "Effects", {"Service": "hybrid-routing"})
    found = taken("START RequestId", json.dumps(event())).period(HOME, metric, NOW, 60)

    assert found is not None
    assert (found.total, found.count) == (5.0, 2.0)


@pytest.mark.parametrize(
    "line",
    [
        'not json with "_aws" in it',
        json.dumps(["_aws"]),
        json.dumps(event(_aws="mine")),
        json.dumps(event(_aws={"Timestamp": "soon", "CloudWatchMetrics": []})),
    ],
)
def test_anything_else_is_a_log_event_and_nothing_more(line: str) -> None:
    """A line of a log must not be able to stop a function."""
    assert taken(line).known(HOME) == []


def test_what_the_program_writes_is_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    """One line for each set of dimensions, the managed service first, and no other dimension."""
    meter = EmbeddedMetrics(service="hybrid-routing")
    meter.record(
        [
            Reading(Measured.EFFECTS, 2),
            Reading(Measured.SWEEP_AGE, 90, {"Vantage": "eu-west-1"}),
            Reading(Measured.AUDIT_LAG, 0.5),
        ]
    )
    lines = capsys.readouterr().out.splitlines()
    known = [(metric.name, dict(metric.dimensions)) for metric in taken(*lines).known(HOME)]

    assert len(lines) == 2
    assert known == [
        ("Effects", {"Service": "hybrid-routing"}),
        ("AuditLag", {"Service": "hybrid-routing"}),
        ("SweepAge", {"Service": "hybrid-routing", "Vantage": "eu-west-1"}),
    ]


def test_nothing_measured_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """No metric, rather than an empty one."""
    EmbeddedMetrics(service="hybrid-routing").record([])
    assert capsys.readouterr().out == ""
