"""Alarms as CloudWatch sends them, and everything that is none."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from autopilot.domain.alarm import AlarmSource, AlarmState, read_alarm
from autopilot.domain.allocation import Route
from autopilot.errors import BadInput

EVENTS = Path(__file__).resolve().parents[2] / "events"
ARN = "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:"


def event(name: str) -> Any:
    """A payload from events/."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def test_a_metric_alarm_by_the_direct_way_names_its_route() -> None:
    """The dimensions of its metric are the route."""
    signal = read_alarm(event("alarm_direct_metric"))
    assert signal.name == "hybrid-routing-eu-central-1-direct-failing"
    assert signal.arn == ARN + signal.name
    assert (signal.state, signal.previous_state) == (AlarmState.ALARM, AlarmState.OK)
    assert signal.changed_ms == _ms(datetime(2026, 11, 23, 3, 14, 42, 879_000, tzinfo=UTC))
    assert (signal.region, signal.account) == ("eu-central-1", "123456789012")
    assert (signal.service, signal.route) == ("hybrid-routing", Route("eu-central-1", "direct"))
    assert signal.reason.startswith("Threshold Crossed: 2 out of the last 3 datapoints")
    assert signal.source is AlarmSource.DIRECT


def test_one_change_has_one_identity_whichever_way_it_came() -> None:
    """So that a second delivery joins the case of the first."""
    direct, bus = (read_alarm(event(f"alarm_{way}_metric")) for way in ("direct", "eventbridge"))
    assert (direct.arn, direct.changed_ms) == (bus.arn, bus.changed_ms)
    assert (direct.route, direct.reason) == (bus.route, bus.reason)
    assert bus.source is AlarmSource.EVENTBRIDGE


@pytest.mark.parametrize(
    "name, field, said",
    [
        ("alarm_direct_metric", "region", "a region such as eu-central-1"),
        ("alarm_direct_metric", "accountId", "an account of 12 digits"),
        ("alarm_direct_metric", "alarmArn", "the ARN of a CloudWatch alarm"),
        ("alarm_eventbridge_metric", "account", "an account of 12 digits"),
        ("alarm_eventbridge_metric", "resources", "the ARN of a CloudWatch alarm"),
    ],
)
def test_what_is_written_down_of_an_alarm_has_its_shape(name: str, field: str, said: str) -> None:
    """Records and pages repeat these, so that nothing else may stand there."""
    wrong = event(name)
    wrong[field] = ["Jo Doe"] if field == "resources" else "Jo Doe"
    with pytest.raises(BadInput, match=f"{field}: expected {said}, got text of 6 characters"):
        read_alarm(wrong)


def test_a_math_alarm_names_the_route_that_all_its_metrics_share() -> None:
    """The expression itself has no dimensions."""
    signal = read_alarm(event("alarm_eventbridge_math"))
    assert signal.route == Route("eu-west-1", "mcp")


def test_a_math_alarm_over_two_routes_names_none() -> None:
    """Which of them failed cannot be told."""
    mixed = event("alarm_eventbridge_math")
    metrics = mixed["detail"]["configuration"]["metrics"]
    metrics[2]["metricStat"]["metric"]["dimensions"]["Path"] = "direct"
    signal = read_alarm(mixed)
    assert (signal.service, signal.route) == ("hybrid-routing", None)


def test_a_composite_alarm_has_no_route() -> None:
    """It has a rule instead of metrics."""
    signal = read_alarm(event("alarm_direct_composite"))
    assert (signal.state, signal.route, signal.service) == (AlarmState.ALARM, None, None)


def test_a_composite_alarm_by_the_bus_says_its_rule_and_what_holds_its_actions_back() -> None:
    """An event is sent although actions are suppressed, so the reader must see that they are."""
    signal = read_alarm(event("alarm_eventbridge_composite"))
    assert signal.route is None
    assert signal.rule.startswith("ALARM(hybrid-routing-eu-central-1-direct-failing) OR ")
    assert signal.suppressed_by == "WaitPeriod"


@pytest.mark.parametrize("way", ["direct", "eventbridge"])
def test_a_math_alarm_reads_the_same_by_either_way(way: str) -> None:
    """Its metrics agree on the route, and say where they come from."""
    signal = read_alarm(event(f"alarm_{way}_math"))
    assert signal.route == Route("eu-west-1", "mcp")
    assert signal.namespaces == ("HybridRouting",)
    assert dict(signal.dimensions) == {
        "Service": "hybrid-routing",
        "Region": "eu-west-1",
        "Path": "mcp",
    }


def test_an_anomaly_detection_alarm_names_the_route_of_its_metric() -> None:
    """The band is an expression, and has no dimensions."""
    signal = read_alarm(event("alarm_eventbridge_anomaly"))
    assert (signal.state, signal.route) == (AlarmState.ALARM, Route("eu-central-1", "direct"))
    assert signal.rule == signal.suppressed_by == ""


@pytest.mark.parametrize("field", ["alarmRule", "metrics"])
def test_a_configuration_that_is_not_as_documented_is_refused_by_field(field: str) -> None:
    """Of a composite alarm its rule, of another its metrics."""
    broken = event("alarm_eventbridge_composite")
    broken["detail"]["configuration"][field] = 7
    with pytest.raises(BadInput, match=f"detail.configuration.{field}: expected"):
        read_alarm(broken)


def test_missing_data_is_a_state_of_its_own() -> None:
    """The caller decides; the reader does not turn silence into an alarm."""
    signal = read_alarm(event("alarm_insufficient_data"))
    assert signal.state is AlarmState.INSUFFICIENT_DATA
    assert signal.previous_state is AlarmState.ALARM


def test_an_alarm_on_something_else_has_no_route() -> None:
    """Dimensions that are no route are no error: the caller says what it needs."""
    other = event("alarm_direct_metric")
    metric = other["alarmData"]["configuration"]["metrics"][0]["metricStat"]["metric"]
    metric["dimensions"] = {"InstanceId": "i-1"}
    assert read_alarm(other).route is None
    del metric["dimensions"]
    assert read_alarm(other).route is None


@pytest.mark.parametrize("name", sorted(path.stem for path in EVENTS.glob("alarm_*.json")))
def test_fields_that_aws_adds_later_are_no_error(name: str) -> None:
    """What is not read may change."""
    later = event(name)
    later["alarmTags"] = {"team": "routing"}
    inner = later.get("alarmData") or later["detail"]
    inner["state"]["evaluationState"] = "PARTIAL_DATA"
    inner.pop("previousState")
    assert read_alarm(later).previous_state is None


@pytest.mark.parametrize("value", [None, "ALARM", 3, [], True])
def test_what_is_no_object_is_refused(value: object) -> None:
    """With what came."""
    with pytest.raises(BadInput, match="an alarm event: expected an object, got"):
        read_alarm(value)


def test_another_event_of_the_bus_is_refused_by_its_type() -> None:
    """A rule that is too wide is found at once."""
    other = event("alarm_eventbridge_metric")
    other["detail-type"] = "CloudWatch Alarm Configuration Change"
    expected = "detail-type: expected 'CloudWatch Alarm State Change', got text of 37 characters"
    with pytest.raises(BadInput, match=expected):
        read_alarm(other)


REQUIRED = [
    ("alarm_direct_metric", ("source",)),
    ("alarm_direct_metric", ("alarmArn",)),
    ("alarm_direct_metric", ("accountId",)),
    ("alarm_direct_metric", ("region",)),
    ("alarm_direct_metric", ("alarmData",)),
    ("alarm_direct_metric", ("alarmData", "alarmName")),
    ("alarm_direct_metric", ("alarmData", "state")),
    ("alarm_direct_metric", ("alarmData", "state", "value")),
    ("alarm_direct_metric", ("alarmData", "state", "timestamp")),
    ("alarm_eventbridge_metric", ("source",)),
    ("alarm_eventbridge_metric", ("account",)),
    ("alarm_eventbridge_metric", ("resources",)),
    ("alarm_eventbridge_metric", ("detail", "alarmName")),
    ("alarm_eventbridge_metric", ("detail", "state", "value")),
]


@pytest.mark.parametrize("name, path", REQUIRED)
@pytest.mark.parametrize("wrong", ["gone", 7])
def test_a_field_that_is_needed_is_named_when_it_is_wrong(
    name: str, path: tuple[str, ...], wrong: object
) -> None:
    """One problem, at its place."""
    broken = copy.deepcopy(event(name))
    holder = broken
    for part in path[:-1]:
        holder = holder[part]
    if wrong == "gone":
        del holder[path[-1]]
    else:
        holder[path[-1]] = wrong
    with pytest.raises(BadInput) as refused:
        read_alarm(broken)
    assert [problem.key for problem in refused.value.problems] == [".".join(path)]


def test_an_instant_that_is_none_is_refused_with_an_example() -> None:
    """A case could not be told from the next."""
    broken = event("alarm_direct_metric")
    broken["alarmData"]["state"]["timestamp"] = "yesterday"
    with pytest.raises(BadInput, match=r"timestamp: expected an instant such as 2023"):
        read_alarm(broken)


def _ms(instant: datetime) -> int:
    return round(instant.timestamp() * 1000)
