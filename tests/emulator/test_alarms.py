"""Alarms through the API: when they are evaluated, and what a transition sets off."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.metrics import Statistics, metric_id
from tests.emulator.conftest import HOME, START, DeployFunction

ALARM = {
    "AlarmName": "direct-failing",
    "Namespace": "Lab",
    "MetricName": "Failed",
    "Statistic": "Average",
    "Period": 10,
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 0.05,
    "ComparisonOperator": "GreaterThanThreshold",
}
SEEN = "def handler(event, context):\n    print('seen', event)\n    return event\n"


def put_alarm(aws: EmbeddedAws, **settings: Any) -> None:
    """Put the alarm of these tests, with changes."""
    aws.client("cloudwatch", HOME).put_metric_alarm(**{**ALARM, **settings})


def publish(aws: EmbeddedAws, rate: float, periods: int = 1) -> None:
    """Publish a failure rate for some periods of ten seconds."""
    for _ in range(periods):
        aws.run(10)
        aws.metrics.publish(
            HOME,
            metric_id("Lab", "Failed", {}),
            aws.scheduler.now - 10,
            Statistics(100, 100 * rate, 0, 1),
            resolution_seconds=1,
        )


def transitions(aws: EmbeddedAws) -> list[tuple[str, str]]:
    """Every change of state, as previous and new."""
    return [(event["previous"], event["state"]) for event in aws.log.of("alarm")]


def test_a_new_alarm_has_insufficient_data(aws: EmbeddedAws) -> None:
    """Before its first evaluation an alarm knows nothing."""
    put_alarm(aws)
    described = aws.client("cloudwatch", HOME).describe_alarms()["MetricAlarms"][0]
    assert described["StateValue"] == "INSUFFICIENT_DATA"


def test_two_breaching_points_of_three_alarm_within_half_a_minute(aws: EmbeddedAws) -> None:
    """Period 10 s twice, ingestion 2 s, and at most 10 s to the next evaluation."""
    put_alarm(aws)
    publish(aws, 0.0, periods=6)
    failing_since = aws.scheduler.now
    publish(aws, 0.3, periods=4)
    alarm = aws.log.of("alarm", state="ALARM")[0]
    assert 20 < alarm["t"] - failing_since <= 20 + 2 + 10
    assert transitions(aws) == [("INSUFFICIENT_DATA", "OK"), ("OK", "ALARM")]


def test_a_standard_alarm_is_evaluated_once_a_minute(aws: EmbeddedAws) -> None:
    """Two evaluations of one alarm lie exactly a minute apart."""
    put_alarm(aws, Period=60, EvaluationPeriods=1, DatapointsToAlarm=1)
    cloudwatch = aws.client("cloudwatch", HOME)
    instants = []
    for _ in range(2):
        cloudwatch.set_alarm_state(
            AlarmName="direct-failing", StateValue="ALARM", StateReason="test"
        )
        aws.run(60)
        instants.append(aws.log.of("alarm", state="INSUFFICIENT_DATA")[-1]["t"])
    assert instants[1] - instants[0] == pytest.approx(60)


def test_a_state_that_stays_sets_nothing_off(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Actions happen on a change of state, not at each evaluation."""
    arn = _function_with_permission(deploy_function)
    put_alarm(aws, AlarmActions=[arn])
    publish(aws, 0.3, periods=30)
    assert len(aws.log.of("invocation")) == 1


def test_an_alarm_invokes_its_function_with_the_documented_event(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """The payload names alarm, states, metric and region as the user guide shows."""
    arn = _function_with_permission(deploy_function)
    put_alarm(aws, AlarmActions=[arn], Dimensions=[])
    publish(aws, 0.3, periods=4)
    [invocation] = aws.log.of("invocation")
    line = invocation["lines"][0]
    assert invocation["caller"] == "lambda.alarms.cloudwatch.amazonaws.com"
    assert "'source': 'aws.cloudwatch'" in line
    assert "'alarmName': 'direct-failing'" in line
    assert "'metricStat': {'metric': {'namespace': 'Lab', 'name': 'Failed'" in line


def test_without_a_permission_the_function_is_not_invoked(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """The alarm's principal is refused, and the refusal is on record."""
    name = deploy_function(SEEN)
    put_alarm(aws, AlarmActions=[aws.runner.function(HOME, name).function_arn])
    publish(aws, 0.3, periods=4)
    assert not aws.log.of("invocation")
    [refusal] = aws.log.of("refused_invocation")
    assert refusal["principal"] == "lambda.alarms.cloudwatch.amazonaws.com"


def test_disabled_actions_keep_the_transition_but_not_the_action(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """DisableAlarmActions quiets the action only."""
    put_alarm(aws, AlarmActions=[_function_with_permission(deploy_function)])
    aws.client("cloudwatch", HOME).disable_alarm_actions(AlarmNames=["direct-failing"])
    publish(aws, 0.0, periods=6)
    publish(aws, 0.3, periods=4)
    assert ("OK", "ALARM") in transitions(aws)
    assert not aws.log.of("invocation")


def test_history_keeps_every_transition(aws: EmbeddedAws) -> None:
    """DescribeAlarmHistory lists state updates, newest first."""
    put_alarm(aws)
    publish(aws, 0.0, periods=6)
    publish(aws, 0.3, periods=4)
    items = aws.client("cloudwatch", HOME).describe_alarm_history(
        AlarmName="direct-failing", HistoryItemType="StateUpdate"
    )["AlarmHistoryItems"]
    assert items[0]["HistorySummary"] == "Alarm updated from OK to ALARM"


def test_a_composite_alarm_follows_its_children(aws: EmbeddedAws) -> None:
    """The rule is evaluated when a child changes."""
    put_alarm(aws)
    aws.client("cloudwatch", HOME).put_composite_alarm(
        AlarmName="all", AlarmRule="ALARM(direct-failing) AND NOT (OK(nobody) OR FALSE)"
    )
    publish(aws, 0.3, periods=4)
    assert aws.log.of("alarm", name="all", state="ALARM")


def test_an_impossible_period_is_refused(aws: EmbeddedAws) -> None:
    """Periods are 10, 20, 30 or multiples of 60."""
    with pytest.raises(ClientError, match="multiple of 60"):
        put_alarm(aws, Period=15)


def rate_alarm(*, period: int = 300, stats: tuple[str, ...] = ("Sum", "SampleCount")) -> Any:
    """Settings of an alarm on the share of failed requests."""
    metric = {"Namespace": "Lab", "MetricName": "Failed"}
    queries: list[dict[str, Any]] = [
        {
            "Id": f"m{number}",
            "MetricStat": {"Metric": metric, "Period": period, "Stat": stat},
            "ReturnData": False,
        }
        for number, stat in enumerate(stats)
    ]
    rate = {"Id": "rate", "Expression": "m0 / m1", "ReturnData": True}
    return {
        "AlarmName": "rate",
        "Metrics": [rate, *queries],
        "EvaluationPeriods": 1,
        "Threshold": 0.05,
        "ComparisonOperator": "GreaterThanThreshold",
    }


def test_an_alarm_on_an_expression_is_judged_by_its_value(aws: EmbeddedAws) -> None:
    """The share of failed requests, from two statistics of one metric."""
    aws.client("cloudwatch", HOME).put_metric_alarm(**rate_alarm(period=60))
    publish(aws, 0.0, periods=12)
    publish(aws, 0.3, periods=12)
    assert transitions(aws) == [("INSUFFICIENT_DATA", "OK"), ("OK", "ALARM")]


def test_a_long_period_slides_by_the_minute(aws: EmbeddedAws) -> None:
    """It ends at the minute, not at the multiple of its length ("Alarm evaluation windows")."""
    aws.client("cloudwatch", HOME).put_metric_alarm(**rate_alarm())
    publish(aws, 0.0, periods=31 + int(-aws.scheduler.now % 300) // 10)
    failing_since = aws.scheduler.now
    publish(aws, 0.3, periods=30)
    [alarm] = aws.log.of("alarm", state="ALARM")
    # Fixed windows would end 290 s later. A minute of failures is 6 % of what five minutes saw.
    assert alarm["t"] - failing_since <= 60 + 60 + 60


def test_an_alarm_on_an_expression_tells_its_queries(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """As the user guide shows the event of an alarm on metric math."""
    arn = _function_with_permission(deploy_function)
    settings = {**rate_alarm(period=60), "AlarmName": "direct-rate", "AlarmActions": [arn]}
    aws.client("cloudwatch", HOME).put_metric_alarm(**settings)
    publish(aws, 0.3, periods=20)
    [invocation] = aws.log.of("invocation")
    assert "'expression': 'm0 / m1'" in invocation["lines"][0]
    assert "'stat': 'SampleCount'" in invocation["lines"][0]


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"Metrics": rate_alarm(stats=("Sum",) * 11)["Metrics"]}, "at most 10 metrics"),
        ({"Metrics": rate_alarm()["Metrics"][1:]}, "exactly one expression"),
        ({"Metrics": rate_alarm(stats=("Sum",))["Metrics"]}, "no metric has the id"),
        ({"EvaluationPeriods": 289}, "at most 86400 seconds"),
        ({"Metrics": rate_alarm(period=3_600)["Metrics"], "EvaluationPeriods": 169}, "604800"),
    ],
    ids=["too many", "no expression", "unknown id", "over a day", "over a week"],
)
def test_an_expression_that_cloudwatch_would_not_take_is_refused(
    aws: EmbeddedAws, changes: Any, message: str
) -> None:
    """Limits of alarms on metric math, and of what an alarm looks back on."""
    with pytest.raises(ClientError, match=message):
        aws.client("cloudwatch", HOME).put_metric_alarm(**{**rate_alarm(), **changes})


def test_eight_alarms_over_four_hours_are_cheap(aws: EmbeddedAws) -> None:
    """A day in the lab is not spent on alarms; the bound leaves room for slow machines."""
    for number in range(8):
        put_alarm(aws, AlarmName=f"alarm-{number}")
    before = perf_counter()
    publish(aws, 0.0, periods=1440)
    assert perf_counter() - before < 4
    assert aws.scheduler.now == START + 14_400


def _function_with_permission(deploy_function: DeployFunction) -> str:
    permission = {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": {"Ref": "Function"},
            "Action": "lambda:InvokeFunction",
            "Principal": "lambda.alarms.cloudwatch.amazonaws.com",
            "SourceArn": {
                "Fn::Sub": "arn:aws:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:direct-*"
            },
        },
    }
    name = deploy_function(SEEN, resources={"Permission": permission})
    return f"arn:aws:lambda:{HOME}:123456789012:function:{name}"
