"""What kind of incident it is, by which rule: the whole table, and what unknown never does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autopilot.domain.alarm import read_alarm
from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.family import Family, family_of
from autopilot.domain.incident import Facts, Situation, classify, situation_of
from autopilot.domain.probes import RegionVerdict
from autopilot.domain.profile import Profile
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State, Verdict
from autopilot.errors import BadInput, Inconsistent

ROOT = Path(__file__).resolve().parents[2]
HOME, STANDBY = "eu-central-1", "eu-west-1"
DIRECT, MCP = Route(HOME, "direct"), Route(HOME, "mcp")
FAR_DIRECT, FAR_MCP = Route(STANDBY, "direct"), Route(STANDBY, "mcp")
BASELINE = Allocation.of({DIRECT: 60, MCP: 30, FAR_DIRECT: 5, FAR_MCP: 5})
PROFILE = (ROOT / "layers/profile/profile/profile.toml").read_text("utf-8")
LOST = {
    HOME: RegionVerdict(State.UNHEALTHY, (STANDBY, "eu-west-3"), "unreachable from two"),
    STANDBY: RegionVerdict(State.HEALTHY, (STANDBY, "eu-west-3"), "answers two"),
}


@pytest.fixture(scope="module")
def profile() -> Profile:
    """The reference profile."""
    return Profile.load(PROFILE)


def verdict(state: State, *, requests: int = 1_000, lower_ppm: int = 0) -> Verdict:
    """A verdict of that state."""
    return Verdict(state, requests, 0, lower_ppm, 1_000, 5, "as a test says")


def facts(*unhealthy: Route, **changes: Any) -> Facts:
    """The baseline, in which these routes fail and the others are well."""
    routes = {
        route: verdict(State.UNHEALTHY if route in unhealthy else State.HEALTHY)
        for route in BASELINE.routes
    }
    calm = Facts(
        family=Family.TRAFFIC,
        allocation=BASELINE,
        shares=dict(BASELINE.weights),
        routes=routes,
        whole=verdict(State.UNHEALTHY if unhealthy else State.HEALTHY),
        objective_ppm=1_000,
        alarms=("an-alarm",),
    )
    return replace(calm, **changes)


DARK = verdict(State.UNKNOWN, requests=0)
DRAINED = Allocation.of({DIRECT: 0, MCP: 60, FAR_DIRECT: 20, FAR_MCP: 20})
#: By case: the facts, and the situation, rule, severity and runbook that follow.
TABLE: Mapping[str, tuple[Facts, tuple[Situation, str, Severity, str]]] = {
    "nothing": (
        facts(),
        (Situation.NOTHING_WRONG, "nothing-wrong", Severity.P3, ""),
    ),
    "the main path fails": (
        facts(DIRECT),
        (Situation.PATH_LOST, "main-path-lost", Severity.P0, "traffic_ramp"),
    ),
    "a small path fails": (
        facts(FAR_MCP),
        (Situation.PATH_LOST, "path-lost", Severity.P1, "traffic_ramp"),
    ),
    "two paths of two regions fail, together the most of the load": (
        facts(
            MCP, FAR_MCP, allocation=Allocation.of({DIRECT: 5, MCP: 45, FAR_DIRECT: 5, FAR_MCP: 45})
        ),
        (Situation.PATH_LOST, "main-path-lost", Severity.P0, "traffic_ramp"),
    ),
    "the main path was contained, and all is well": (
        facts(contained=DIRECT, allocation=DRAINED),
        (Situation.PATH_LOST, "main-path-lost", Severity.P0, "traffic_ramp"),
    ),
    "a path without a share fails": (
        facts(DIRECT, allocation=DRAINED, whole=verdict(State.HEALTHY)),
        (Situation.NOTHING_WRONG, "nothing-wrong", Severity.P3, ""),
    ),
    "both paths of a region fail": (
        facts(DIRECT, MCP),
        (Situation.REGION_DEGRADED, "region-degraded", Severity.P0, "traffic_ramp"),
    ),
    "every path fails": (
        facts(*BASELINE.routes),
        (Situation.OBSERVER_SUSPECT, "observer-suspect", Severity.P0, ""),
    ),
    "every path fails since a release": (
        facts(*BASELINE.routes, release_suspect=True),
        (Situation.BAD_RELEASE, "bad-release", Severity.P0, "emergency_rollback"),
    ),
    "the paths of one region fail since a release": (
        facts(DIRECT, MCP, release_suspect=True),
        (Situation.BAD_RELEASE, "bad-release", Severity.P0, "emergency_rollback"),
    ),
    "too much fails since a release, and no route surely does": (
        facts(whole=verdict(State.UNKNOWN, lower_ppm=2_000), release_suspect=True),
        (Situation.BAD_RELEASE, "bad-release", Severity.P0, "emergency_rollback"),
    ),
    "one path fails since a release: that path may be put out of use": (
        facts(DIRECT, release_suspect=True),
        (Situation.PATH_LOST, "main-path-lost", Severity.P0, "traffic_ramp"),
    ),
    "a region is lost since a release": (
        facts(DIRECT, MCP, regions=LOST, release_suspect=True),
        (Situation.REGION_LOST, "region-lost", Severity.P0, "regional_failover"),
    ),
    "no region can be reached since a release": (
        facts(
            *BASELINE.routes,
            dark=(HOME, STANDBY),
            release_suspect=True,
        ),
        (Situation.OBSERVER_SUSPECT, "observer-suspect", Severity.P0, ""),
    ),
    "nothing is wrong since a release": (
        facts(release_suspect=True),
        (Situation.NOTHING_WRONG, "nothing-wrong", Severity.P3, ""),
    ),
    "two vantages cannot reach a region": (
        facts(regions=LOST),
        (Situation.REGION_LOST, "region-lost", Severity.P0, "regional_failover"),
    ),
    "what the vantages say of a region is unknown": (
        facts(regions={**LOST, HOME: RegionVerdict(State.UNKNOWN, (STANDBY,), "one is needed")}),
        (Situation.NOTHING_WRONG, "nothing-wrong", Severity.P3, ""),
    ),
    "no region can be reached": (
        facts(dark=(HOME, STANDBY)),
        (Situation.OBSERVER_SUSPECT, "observer-suspect", Severity.P0, ""),
    ),
    "there is no data": (
        facts(whole=DARK, routes=dict.fromkeys(BASELINE.routes, DARK)),
        (Situation.BLIND, "blind", Severity.P1, ""),
    ),
    "too much fails, and no route surely does": (
        facts(whole=verdict(State.UNKNOWN, lower_ppm=2_000)),
        (Situation.OBJECTIVE_AT_RISK, "objective-at-risk", Severity.P2, ""),
    ),
    "too few requests to tell": (
        facts(whole=verdict(State.UNKNOWN)),
        (Situation.NOTHING_WRONG, "nothing-wrong", Severity.P3, ""),
    ),
    "a runbook failed": (
        facts(FAR_MCP, runbook_failed=True),
        (Situation.PATH_LOST, "runbook-failed", Severity.P0, ""),
    ),
    "an alarm about the automation": (
        facts(family=Family.AUTOMATION),
        (Situation.AUTOMATION_FAILING, "automation", Severity.P2, ""),
    ),
    "an alarm about data": (
        facts(family=Family.DATA),
        (Situation.DATA_AT_RISK, "data", Severity.P1, ""),
    ),
    "a security finding": (
        facts(family=Family.SECURITY),
        (Situation.SECURITY_FINDING, "security", Severity.P1, ""),
    ),
    "an alarm about the automation while a path fails": (
        facts(FAR_MCP, family=Family.AUTOMATION),
        (Situation.PATH_LOST, "path-lost", Severity.P1, "traffic_ramp"),
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_an_incident_is_classified_by_the_first_rule_that_matches(
    profile: Profile, case: str
) -> None:
    """Situation, rule, severity and runbook follow from the facts alone."""
    given, expected = TABLE[case]
    found = classify(given, profile.incident.rules)
    assert (found.situation, found.rule, found.severity, found.runbook) == expected


def test_the_worst_route_is_the_one_with_the_largest_share(profile: Profile) -> None:
    """That is what a runbook is about; the share counts all that fail."""
    found = classify(facts(FAR_MCP, MCP), profile.incident.rules)
    assert (found.route, found.share_percent) == (MCP, 35)


def test_the_evidence_says_what_was_seen_and_of_what(profile: Profile) -> None:
    """Alarms, regions, failing routes and the service, each a sentence."""
    many = tuple(f"alarm-{number}" for number in range(7))
    found = classify(facts(DIRECT, regions=LOST, alarms=many), profile.incident.rules)
    assert "Alarm alarm-0 went off." in found.evidence
    assert "2 more alarms went off." in found.evidence
    assert "eu-central-1 is unhealthy: unreachable from two." in found.evidence
    assert any("eu-central-1/direct (60 % of requests) is unhealthy" in e for e in found.evidence)
    assert found.evidence[-1].startswith("The service is unhealthy")


def test_without_a_rule_that_matches_the_profile_is_inconsistent(profile: Profile) -> None:
    """The profile demands a default rule, so this is never the profile's fault."""
    with pytest.raises(Inconsistent, match="expected a default rule at the end"):
        classify(facts(), profile.incident.rules[:1])


@pytest.mark.parametrize("state", [State.UNKNOWN, State.HEALTHY])
def test_only_what_is_surely_unhealthy_is_a_path_that_is_lost(state: State) -> None:
    """Unknown is never a reason to act."""
    routes = dict.fromkeys(BASELINE.routes, verdict(state))
    assert situation_of(facts(routes=routes)) is Situation.NOTHING_WRONG


NAMES = {
    "hybrid-routing-eu-central-1-unreachable": Family.TRAFFIC,
    "hybrid-routing-burn-fast": Family.TRAFFIC,
    "hybrid-routing-security-root-login": Family.SECURITY,
    "hybrid-routing-trail-chain": Family.DATA,
    "hybrid-routing-queue-age": Family.AUTOMATION,
    "hybrid-routing-something": Family.TRAFFIC,
}


@pytest.mark.parametrize("name", NAMES)
def test_words_of_an_alarms_name_say_its_family(name: str) -> None:
    """What says nothing of itself is traffic."""
    path = ROOT / "events/alarm_direct_composite.json"
    event: dict[str, Any] = json.loads(path.read_text("utf-8"))
    event["alarmData"]["alarmName"] = name
    assert family_of(read_alarm(event), "hybrid-routing") is NAMES[name]


def test_the_metrics_of_an_aws_service_say_the_family_too() -> None:
    """Where the name does not; a route's alarm is traffic whatever it is called."""
    path = ROOT / "events/alarm_direct_metric.json"
    event: dict[str, Any] = json.loads(path.read_text("utf-8"))
    event["alarmData"]["alarmName"] = "hybrid-routing-security-eu-central-1-direct"
    assert family_of(read_alarm(event), "hybrid-routing") is Family.TRAFFIC
    event["alarmData"]["alarmName"] = "hybrid-routing-throttles"
    metric = event["alarmData"]["configuration"]["metrics"][0]["metricStat"]["metric"]
    metric.update(namespace="AWS/DynamoDB", dimensions={"TableName": "ledger"})
    assert family_of(read_alarm(event), "hybrid-routing") is Family.DATA


BROKEN = {
    "no default": (
        'name = "default"\nseverity',
        'name = "default"\nsituation = "blind"\nseverity',
        "a last rule without conditions",
    ),
    "a default in the middle": (
        'name = "blind"\nsituation = "blind"\n',
        'name = "blind"\n',
        "nothing after it is ever reached",
    ),
    "a name twice": ('name = "data"', 'name = "blind"', "each name once"),
    "neither runbook nor advice": (
        'advice = "Look at what the alarm names; nothing is repaired by itself."\n',
        "",
        "a runbook, or advice",
    ),
    "a watch shorter than the verification": (
        "verify_minutes = 5",
        "verify_minutes = 60",
        "more than incident.verify_minutes, 60",
    ),
    "replays could reopen": ("reopen_minutes = 30", "reopen_minutes = 14", "reopen_minutes"),
    "a runbook that there is not": (
        'situation = "security_finding"\nseverity = "P1"\n',
        'situation = "security_finding"\nseverity = "P1"\nrunbook = "close_everything"\n',
        "one of emergency_rollback, regional_failover, traffic_ramp, or none",
    ),
    "a runbook for another situation": (
        'runbook = "emergency_rollback"',
        'runbook = "traffic_ramp"',
        "a runbook that is started when bad_release",
    ),
    "an unknown situation": ('situation = "blind"', 'situation = "gone"', "situation"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_rules_that_contradict_each_other_are_refused(case: str) -> None:
    """With the key, what was expected, and what came."""
    old, new, said = BROKEN[case]
    assert PROFILE.count(old) == 1
    with pytest.raises(BadInput, match=said):
        Profile.load(PROFILE.replace(old, new))
