"""Each event of a timeline makes of the lab what it says, for as long as it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from autopilot_lab.drill.evidence import Evidence
from autopilot_lab.drill.project import REFERENCE_PROFILE, ROOT
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.runner import run_drill
from autopilot_lab.drill.timeline import (
    ACTIONS,
    ALARM_EVENTS,
    CLOUD_FAULTS,
    MODEL_FAULTS,
    SERVICE_FAULTS,
    TimelineEvent,
)

SECOND_PROFILE = ROOT / "tests" / "fixtures" / "second_profile.toml"
HEAD = """
name: tried
title: One event is tried
horizon: {horizon}
load:
  requests_per_second: 50
timeline:
{timeline}
expect:
{expect}
"""

#: A full sweep in the standby, which looks whether the load could move there.
LOOK = """
  - {at: 2m, event: start_run, runbook: health_sweep, region: standby,
     input: {mode: execute, kind: full}}
"""
#: By event: how long it is played, what happens, and what must come of it.
TRIED: dict[str, tuple[str, str, str]] = {
    "aws_fault": (
        "6m",
        """
  - {at: 1m, event: aws_fault, kind: throttle, service: dynamodb, operation: UpdateItem,
     function: tend_ledger, region: home, until: 3m}
""",
        # The standby's replica takes what home's refuses.
        """
  - {check: calls, service: dynamodb, operation: UpdateItem, function: tend_ledger,
     region: home, from: 1m, until: 3m, at_least: 1}
  - {check: record, record: planner}
  - {check: trail_verified}
""",
    ),
    "model_fault": (
        "3m",
        "  - {at: 1m, event: model_fault, kind: no_access, region: standby}" + LOOK,
        """
  - {check: record, record: preflight/eu-west-1, field: against.canary/direct, equals: NO-GO}
  - {check: record, record: preflight/eu-west-1, field: against.model-availability/direct,
     exactly: 0}
""",
    ),
    "quota": (
        "3m",
        "  - {at: 1m, event: quota, region: standby, of: tokens, percent: 5}" + LOOK,
        """
  - {check: record, record: preflight/eu-west-1, equals: NO-GO,
     field: against.quota-tokens-per-minute/direct}
  - {check: record, record: preflight/eu-west-1, exactly: 0,
     field: against.quota-requests-per-minute/direct}
""",
    ),
    "no_guardrails": (
        "3m",
        "  - {at: 1m, event: no_guardrails, region: standby}" + LOOK,
        """
  - {check: record, record: preflight/eu-west-1, equals: NO-GO,
     field: against.guardrail/no-personal-data}
  - {check: record, record: preflight/eu-west-1, field: against.canary/direct, equals: NO-GO}
""",
    ),
    "replication_lag": (
        "3m",
        "  - {at: 30s, event: replication_lag, region: standby, behind: 2h}" + LOOK,
        """
  - {check: record, record: preflight/eu-west-1, equals: WARN,
     field: against.data-lag/conversations}
""",
    ),
    "profile_routed": (
        "3m",
        "  - {at: 1m, event: profile_routed, destinations: [eu-central-1]}" + LOOK,
        """
  - {check: record, record: preflight/eu-west-1, field: against.shared-fate/direct, equals: NO-GO}
""",
    ),
    "ledger_down": (
        "5m",
        "  - {at: 1m, event: ledger_down}",
        "  - {check: alarms, alarm: '*-failed-schedules', from: 1m, exactly: 2}",
    ),
    "region_isolated": (
        "7m",
        """
  - {at: 1m, event: region_isolated, region: home, until: 5m}
  - {at: 2m, event: route_error_rate, route: standby/mcp, percent: 90, until: 5m}
""",
        # The other side has a quorum, so its reflex works; home's router sees it after the cut.
        "  - {check: effects, act: contain, from: 2m, until: 5m, exactly: 1}",
    ),
    "region_lost": (
        "8m",
        "  - {at: 2m, event: region_lost, region: home}",
        """
  - {check: pages, region: home, from: 2m, exactly: 0}
  - {check: alarms, region: home, from: 2m, exactly: 0}
  - {check: calls, service: dynamodb, function: tend_ledger, region: standby, from: 4m}
  - {check: runs, runbook: health_sweep, region: home, from: 2m, exactly: 0}
""",
    ),
    "function_broken": (
        "6m",
        "  - {at: 1m, event: function_broken, function: tend_ledger, region: home}",
        """
  - {check: calls, service: dynamodb, function: tend_ledger, region: home, until: 1m}
  - {check: calls, service: dynamodb, function: tend_ledger, region: home, from: 90s, exactly: 0}
  - {check: calls, service: dynamodb, function: tend_ledger, region: standby, from: 90s}
""",
    ),
    "stop_schedule": (
        "12m",
        "  - {at: 1m, event: stop_schedule, schedule: tend_ledger, until: 9m}",
        """
  - {check: alarms, alarm: '*-tend-silent', exactly: 2}
  - {check: calls, service: dynamodb, function: tend_ledger, from: 2m30s, until: 9m, exactly: 0}
  - {check: calls, service: dynamodb, function: tend_ledger, from: 9m}
""",
    ),
    "set_alarm": (
        "4m",
        "  - {at: 1m, event: set_alarm, route: home/direct, region: home}",
        """
  - {check: alarms, alarm: '*-eu-central-1-direct-failing', from: 1m, until: 61s, exactly: 1}
  - {check: alarms, alarm: '*-eu-central-1-direct-failing', state: OK, from: 1m}
  - {check: runs, runbook: incident_response, exactly: 1}
""",
    ),
    "alarm_storm": (
        "7m",
        """
  - {at: 1m, event: alarm_storm, route: home/direct, count: 200}
  - {at: 4m, event: route_error_rate, route: home/direct, percent: 40, until: 5m}
""",
        """
  - {check: alarms, alarm: '*-storm-*', from: 4m, until: 6m30s, exactly: 200}
  - {check: runs, runbook: traffic_ramp, exactly: 1}
""",
    ),
    "mute_alarms": (
        "10m",
        """
  - {at: 1m, event: mute_alarms, alarm: '*-failing', until: 7m}
  - {at: 2m, event: route_error_rate, route: home/direct, percent: 40}
""",
        # A muted alarm still tells EventBridge: a run starts, but there is no reflex.
        """
  - {check: alarms, alarm: '*-failing', from: 2m, until: 7m}
  - {check: effects, act: contain, until: 7m, exactly: 0}
""",
    ),
    "poison_event": (
        "8m",
        "  - {at: 1m, event: poison_event, function: contain_route, region: standby}",
        """
  - {check: dead_letters, queue: failed-alarms, region: standby, exactly: 1}
  - {check: dead_letters, region: home, exactly: 0}
""",
    ),
    "replay_event": (
        "8m",
        """
  - {at: 1m, event: route_error_rate, route: home/direct, percent: 40}
  - {at: 3m, event: replay_event, function: contain_route, times: 5, region: home}
  - {at: 3m, event: replay_event, function: receive_alarm, times: 5, region: home}
""",
        """
  - {check: effects, act: contain, exactly: 1}
  - {check: runs, runbook: traffic_ramp, exactly: 1}
""",
    ),
    "kill_run": (
        "2m",
        """
  - {at: 10s, event: kill_run, runbook: traffic_ramp}
  - {at: 20s, event: start_run, runbook: traffic_ramp,
     input: {mode: execute, direction: up, route: home/direct, to_percent: 61}}
  - {at: 30s, event: kill_run, runbook: traffic_ramp}
""",
        "  - {check: runs, runbook: traffic_ramp, ending: Stopped, exactly: 1}",
    ),
}

#: Those that scenarios of the project try.
ELSEWHERE = {
    "start_run", "engage_lever", "resume",
    "approve", "deny", "break_glass", "acknowledge", "release",
    "sealed_before", "damage_segment", "person_acts", "person_asks",
    "ledger_damaged", "endpoint_down",
}  # fmt: skip


def play(folder: Path, horizon: str, timeline: str, expect: str) -> tuple[list[str], Evidence]:
    """Play a scenario; return what did not hold, and what was left."""
    file = folder / "tried.yaml"
    file.write_text(HEAD.format(horizon=horizon, timeline=timeline, expect=expect), "utf-8")
    result = run_drill(read_scenario(file), seed=1)
    broken = [f"{c.name}: {c.finding.detail}" for c in result.checked if not c.finding.held]
    return broken, result.evidence


@pytest.mark.parametrize("event", TRIED)
def test_an_event_does_what_it_says(tmp_path: Path, event: str) -> None:
    """On the deployed templates, from its start to its end."""
    broken, _ = play(tmp_path, *TRIED[event])
    assert broken == []


def test_every_event_is_tried() -> None:
    """A new one needs a case here."""
    cloud = (*CLOUD_FAULTS, *MODEL_FAULTS, *ALARM_EVENTS, *ACTIONS)
    kinds = {model.model_fields["event"].annotation.__args__[0] for model in cloud}  # type: ignore[union-attr]
    assert kinds | {"region_lost"} == set(TRIED) | ELSEWHERE


def test_every_event_is_documented_once() -> None:
    """The tables of docs/scenarios.md are made of these."""
    documented = (*SERVICE_FAULTS, *CLOUD_FAULTS, *MODEL_FAULTS, *ALARM_EVENTS, *ACTIONS)
    kinds = [str(model.model_fields["event"].annotation) for model in documented]
    union = str(TypeAdapter(TimelineEvent).json_schema()["discriminator"]["mapping"].keys())
    assert len(set(kinds)) == len(kinds) == union.count("'") // 2


def test_what_cannot_be_killed_or_replayed_is_said(tmp_path: Path) -> None:
    """An operator is told; the drill goes on."""
    timeline = """
  - {at: 10s, event: kill_run, runbook: traffic_ramp}
  - {at: 20s, event: replay_event, function: contain_route}
"""
    _, evidence = play(tmp_path, "1m", timeline, "  - {check: lease_free}")
    told = [note.text for note in evidence.notes]
    assert "no run of traffic_ramp is there to be stopped" in told
    assert "contain_route was never sent an event" in told


def test_routers_of_an_isolated_region_keep_the_past(tmp_path: Path) -> None:
    """They read their own replica, which does not hear of the other region's write."""
    horizon, timeline, _ = TRIED["region_isolated"]
    expect = """
  - {check: route_share, route: standby/mcp, from: 4m30s, until: 5m, percent_at_most: 0}
  - {check: effects, act: contain, until: 5m}
"""
    broken, evidence = play(tmp_path, horizon, timeline, expect)
    assert broken == []
    seen = {sample.end_seconds: sample.allocation for sample in evidence.series.samples}
    contained = evidence.effects[0].after.allocation
    assert seen[290] == evidence.start.allocation
    assert seen[290] != contained
    assert seen[400] != evidence.start.allocation


def test_words_for_regions_hold_for_every_profile(tmp_path: Path) -> None:
    """The same file on a profile with other regions names other regions."""
    timeline = "  - {at: 1m, event: route_error_rate, route: standby/direct, percent: 40}"
    expect = "  - {check: runs, runbook: traffic_ramp, region: home, exactly: 0}"
    text = HEAD.format(horizon="2m", timeline=timeline, expect=expect)
    file = tmp_path / "tried.yaml"
    for profile, standby in ((REFERENCE_PROFILE, "eu-west-1"), (SECOND_PROFILE, "us-west-2")):
        file.write_text(f"profile: {profile}\n{text}", "utf-8")
        (fault,) = read_scenario(file).scenario.faults
        assert str(fault.route) == f"{standby}/direct"
