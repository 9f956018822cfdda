"""The alarms of the routes, made from the profile."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from autopilot.adapters import cloudwatch_telemetry
from autopilot.domain.allocation import Route
from autopilot.domain.profile import Profile, RouteProfile
from autopilot.errors import BadInput
from autopilot.signals import catalogue
from autopilot.signals.alarms import logical_id, route_alarms

ROOT: Final = Path(__file__).resolve().parents[2]
PROFILES: Final = ("layers/profile/profile/profile.toml", "tests/fixtures/second_profile.toml")
every_profile: Final = pytest.mark.parametrize("path", PROFILES, ids=["reference", "second"])


def _profile(path: str) -> Profile:
    return Profile.load((ROOT / path).read_text(encoding="utf-8"))


def _properties(alarm: Mapping[str, Any]) -> Mapping[str, Any]:
    properties: Mapping[str, Any] = alarm["Properties"]
    return properties


@every_profile
def test_every_route_has_one_alarm_about_its_own_metric(path: str) -> None:
    """The dimensions name the service, the region and the path that the router published."""
    profile = _profile(path)
    dimensions = [
        {each["Name"]: each["Value"] for each in _properties(alarm)["Dimensions"]}
        for alarm in route_alarms(profile).values()
    ]

    assert dimensions == [
        {"Service": {"Ref": "Service"}, "Region": route.region, "Path": route.path}
        for route in profile.proven
    ]
    assert all(tuple(each) == catalogue.DIMENSIONS for each in dimensions)


@every_profile
def test_the_threshold_is_the_guard_of_the_profile(path: str) -> None:
    """The alarm and the verdict call the same rate too high; the average is a share, 0 to 1."""
    profile = _profile(path)
    for alarm in route_alarms(profile).values():
        assert _properties(alarm)["Threshold"] == pytest.approx(profile.verdict.guard_percent / 100)
        assert _properties(alarm)["ComparisonOperator"] == "GreaterThanThreshold"


def test_two_bad_periods_of_three_set_an_alarm_off_and_silence_does_not() -> None:
    """Absence of data is unknown, never a reason to act."""
    for alarm in route_alarms(_profile(PROFILES[0])).values():
        properties = _properties(alarm)
        assert (properties["DatapointsToAlarm"], properties["EvaluationPeriods"]) == (2, 3)
        assert properties["Period"] == 10
        assert properties["TreatMissingData"] == "missing"


def test_an_alarm_calls_the_reflex_directly() -> None:
    """No topic, queue or rule stands between the alarm and the function."""
    for alarm in route_alarms(_profile(PROFILES[0])).values():
        assert _properties(alarm)["AlarmActions"] == [{"Fn::GetAtt": ["ContainRoute", "Arn"]}]


def test_an_alarm_is_named_after_its_route() -> None:
    """The name is what people see, and what the rule and the permission match by prefix."""
    alarms = route_alarms(_profile(PROFILES[0]))
    name = _properties(alarms["FailingEuCentral1Direct"])["AlarmName"]

    assert name == {"Fn::Sub": "${Service}-eu-central-1-direct-failing"}


def test_logical_ids_have_letters_and_digits_only() -> None:
    """CloudFormation takes nothing else."""
    assert logical_id(Route("ap-northeast-1", "slow-path")) == "FailingApNortheast1SlowPath"


def test_routes_that_would_share_a_logical_id_are_refused() -> None:
    """One alarm would silently take the place of the other."""
    profile = _profile(PROFILES[0])
    twins = [
        RouteProfile(
            region="eu-central-1", path=path, baseline_percent=50, proven_capacity_percent=100
        )
        for path in ("slow-path", "slow--path")
    ]
    ambiguous = profile.model_copy(update={"routes": tuple(twins)})

    with pytest.raises(BadInput, match="eu-central-1/slow-path"):
        route_alarms(ambiguous)


def test_alarms_and_telemetry_read_the_same_metrics() -> None:
    """The reflex and the considered judgement look at one and the same thing."""
    assert cloudwatch_telemetry.NAMESPACE == catalogue.NAMESPACE
    assert cloudwatch_telemetry.PERIOD_SECONDS == catalogue.PERIOD_SECONDS
