"""What must hold for every alarm of the templates, made from the profile or written by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from autopilot.domain.allocation import Route
from autopilot.domain.burn_rate import FAST, SLOW
from autopilot.domain.profile import Profile
from autopilot.signals.burn_alarms import METRICS_MAX, parts
from autopilot.signals.catalogue import metric_named
from autopilot.signals.section import generated_alarms
from autopilot_lab.dashboards.described import WORDS, Described
from autopilot_lab.dashboards.documents import alarms_of
from autopilot_lab.emulator.alarm_inputs import Input

ROOT: Final = Path(__file__).resolve().parents[2]
ALARMS: Final = list(alarms_of(ROOT))
BY_NAME: Final = {alarm.name: alarm for alarm in ALARMS}
PROFILES: Final = ("layers/profile/profile/profile.toml", "tests/fixtures/second_profile.toml")
RULE_MAX: Final = 10_240  #: characters (PutCompositeAlarm)
CHILDREN_MAX: Final = 100
#: Sources that publish only when something happens: silence is their usual state.
SPARSE: Final = {
    "bedrock_throttles",
    "failed_events",
    "oldest_waiting",
    "pages_undelivered",
    "runs_aborted",
    "runs_failed",
    "runs_timed_out",
    "reflex_throttles",
    "refusals",
    "audit_lag",
    "trail_quarantined",
    "trail_verified",
}
#: What is watched for its absence.
WATCHED_FOR_SILENCE: Final = {"runs_succeeded", "invocations"}
every_alarm: Final = pytest.mark.parametrize("alarm", ALARMS, ids=[each.name for each in ALARMS])
every_profile: Final = pytest.mark.parametrize("path", PROFILES, ids=["reference", "second"])


def profile_of(path: str) -> Profile:
    """The profile in a file of the repository."""
    return Profile.load((ROOT / path).read_text("utf-8"))


def children(alarm: Described) -> set[str]:
    """Names in a composite's rule."""
    return set(re.findall(r'\w+\("([^"]+)"\)', alarm.rule))


@every_alarm
def test_an_alarm_says_its_level_its_meaning_where_to_read_and_what_to_do_first(
    alarm: Described,
) -> None:
    """In one form, within CloudWatch's limit; the page and its section exist."""
    match = WORDS.fullmatch(alarm.description)
    assert match, f"expected {WORDS.pattern}, got {alarm.description!r}"
    assert len(alarm.description) <= 1_024
    page = (ROOT / match["runbook"]).read_text("utf-8")
    assert not match["section"] or f"# {match['section']}\n" in page


@every_alarm
def test_no_alarm_is_without_an_action(alarm: Described) -> None:
    """It acts, or the rule of the service's alarms takes it, or a composite looks at it."""
    assert alarm.has_action or alarm.starts_an_incident or alarm.parents


def test_no_action_is_without_an_alarm() -> None:
    """Reflex, incident and page topic are each reached by some alarm, and by nothing unknown."""
    told = {alarm.told.split()[0].rstrip(",") for alarm in ALARMS}
    actions = [action for alarm in ALARMS for action in alarm.properties.get("AlarmActions", ())]

    assert told == {"reflex", "incident", "page", "composite"}
    assert all(
        action in ({"Ref": "PageTopic"}, {"Fn::GetAtt": ["ContainRoute", "Arn"]})
        for action in actions
    )


@every_alarm
def test_an_alarm_looks_at_catalogued_metrics_that_something_publishes(alarm: Described) -> None:
    """A metric that nobody publishes makes an alarm that never goes off."""
    for namespace, name, statistic in alarm.metrics:
        metric = metric_named(namespace, name, statistic)
        assert metric is not None, (namespace, name)


@every_alarm
def test_missing_data_is_treated_as_the_metric_behaves(alarm: Described) -> None:
    """Sparse sources are normal when silent; else silence is unknown, or what is looked for."""
    found = {metric_named(*each) for each in alarm.metrics}
    ids = {metric.id for metric in found if metric}
    silent = ids & WATCHED_FOR_SILENCE or alarm.properties.get("Statistic") == "SampleCount"
    expected = "breaching" if silent else "notBreaching" if ids & SPARSE else "missing"
    if alarm.name.endswith("-begun"):
        expected = "ignore"  # what has begun has, however long ago
    assert alarm.rule or alarm.missing == expected


@every_alarm
def test_a_composite_names_alarms_of_its_own_region_that_exist(alarm: Described) -> None:
    """And few enough, in few enough characters."""
    assert children(alarm) <= BY_NAME.keys()
    assert len(children(alarm)) <= CHILDREN_MAX
    assert len(alarm.rule) <= RULE_MAX


def test_what_explains_something_quiets_it() -> None:
    """Slow causes page only while no alarm is on that started an incident about the service."""
    incidents = {each.name for each in ALARMS if each.starts_an_incident}
    about_regions = {name for name in incidents if name.endswith("-unreachable")}
    for name in ("autopilot-${Service}-degrading", "autopilot-${Service}-budget-draining"):
        quieted_by = BY_NAME[name].rule.partition("AND NOT")[2]
        assert {
            each for each in incidents if f'"{each}"' in quieted_by
        } == incidents - about_regions


@every_profile
def test_every_generated_alarm_is_one_that_cloudwatch_takes(path: str) -> None:
    """Periods, windows, one period in an expression, at most ten metrics in it."""
    for alarm in generated_alarms(profile_of(path)).values():
        properties: Mapping[str, Any] = alarm["Properties"]
        if alarm["Type"] == "AWS::CloudWatch::Alarm":
            assert Input.of(properties).statistics


def test_more_routes_than_one_expression_can_count_are_counted_by_region_then_alone() -> None:
    """An expression of an alarm reads at most ten metrics, two for each route."""
    near = [Route("eu-central-1", f"p{number}") for number in range(3)]
    far = [Route("eu-west-1", f"p{number}") for number in range(6)]

    assert dict(parts(near)) == {"": near}
    by_region = dict(parts([*near, *far]))
    assert by_region["eu-central-1"] == near
    assert by_region["eu-west-1-p5"] == [far[5]]
    assert all(2 * len(routes) <= METRICS_MAX for routes in by_region.values())


@every_profile
def test_burn_rates_are_those_of_the_sweep(path: str) -> None:
    """The alarm's threshold is the pair's factor times the budget that the sweep judges by."""
    profile = profile_of(path)
    alarms = generated_alarms(profile)
    for pair, prefix in ((FAST, "Burn1h"), (SLOW, "Burn6h")):
        windows = [each for name, each in alarms.items() if name.startswith(prefix)]
        assert windows
        for alarm in windows:
            expected = pair.factor_tenths / 10 * profile.budget.ppm / 1_000_000
            assert alarm["Properties"]["Threshold"] == pytest.approx(expected)
            stats = [each.get("MetricStat") for each in alarm["Properties"]["Metrics"]]
            assert {each["Period"] for each in stats if each} == {pair.long_seconds}
