"""Alarm mute rules: alarms go on changing state, and stop acting for a while."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME, START
from tests.emulator.services.conftest import refusal

MINUTE = 60.0


@pytest.fixture
def topic(aws: EmbeddedAws) -> str:
    """A topic that an alarm, "failing", pages when it goes off."""
    arn = str(aws.client("sns", HOME).create_topic(Name="pages")["TopicArn"])
    aws.client("cloudwatch", HOME).put_metric_alarm(
        AlarmName="failing",
        Namespace="Lab",
        MetricName="Failed",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
        AlarmActions=[arn],
    )
    return arn


def mute(aws: EmbeddedAws, *, after: float = 0, minutes: int = 10, **more: Any) -> None:
    """Mute the alarm from some minutes after the start on."""
    moment = datetime.fromtimestamp(START + after * MINUTE, UTC)
    schedule = {"Expression": f"at({moment:%Y-%m-%dT%H:%M})", "Duration": f"PT{minutes}M"}
    aws.client("cloudwatch", HOME).put_alarm_mute_rule(
        Name="deployment",
        Rule={"Schedule": schedule | more},
        MuteTargets={"AlarmNames": ["failing"]},
    )


def go(aws: EmbeddedAws, state: str) -> None:
    """Put the alarm in a state."""
    aws.client("cloudwatch", HOME).set_alarm_state(
        AlarmName="failing", StateValue=state, StateReason="a test"
    )
    aws.run(10)


def pages(aws: EmbeddedAws) -> int:
    """How many pages were sent."""
    return len(aws.log.of("page"))


def status(aws: EmbeddedAws) -> str:
    """The status of the rule."""
    found = aws.client("cloudwatch", HOME).get_alarm_mute_rule(AlarmMuteRuleName="deployment")
    return str(found["Status"])


@pytest.mark.usefixtures("topic")
def test_a_muted_alarm_changes_state_without_acting(aws: EmbeddedAws) -> None:
    """And acts at the end of the window, if the state still holds."""
    mute(aws)
    go(aws, "ALARM")
    assert (status(aws), pages(aws)) == ("ACTIVE", 0)
    aws.run(10 * MINUTE)
    assert (status(aws), pages(aws)) == ("EXPIRED", 1)


@pytest.mark.usefixtures("topic")
def test_an_alarm_that_recovers_while_muted_never_acts(aws: EmbeddedAws) -> None:
    """There is nothing left to say."""
    mute(aws)
    go(aws, "ALARM")
    go(aws, "OK")
    aws.run(10 * MINUTE)
    assert pages(aws) == 0


@pytest.mark.usefixtures("topic")
def test_events_are_not_muted(aws: EmbeddedAws) -> None:
    """A rule on the event bus hears of the change, so it must know of the window itself."""
    events, logs = aws.client("events", HOME), aws.client("sqs", HOME)
    queue = logs.create_queue(QueueName="heard")["QueueUrl"]
    arn = f"arn:aws:sqs:{HOME}:123456789012:heard"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    logs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    events.put_rule(Name="alarms", EventPattern='{"source": ["aws.cloudwatch"]}')
    events.put_targets(Rule="alarms", Targets=[{"Id": "1", "Arn": arn}])
    mute(aws)
    go(aws, "ALARM")
    assert pages(aws) == 0
    assert len(logs.receive_message(QueueUrl=queue).get("Messages", [])) == 1


@pytest.mark.usefixtures("topic")
def test_deleting_a_rule_lets_the_alarm_act_at_once(aws: EmbeddedAws) -> None:
    """Deleting one that does not exist does nothing."""
    mute(aws)
    go(aws, "ALARM")
    cloudwatch = aws.client("cloudwatch", HOME)
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="deployment")
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="deployment")
    aws.run(10)
    assert pages(aws) == 1


@pytest.mark.usefixtures("topic")
def test_before_its_window_a_rule_mutes_nothing(aws: EmbeddedAws) -> None:
    """It is scheduled."""
    mute(aws, after=5)
    assert status(aws) == "SCHEDULED"
    go(aws, "ALARM")
    assert pages(aws) == 1


@pytest.mark.usefixtures("topic")
def test_a_recurring_rule_mutes_again(aws: EmbeddedAws) -> None:
    """Two windows on two days, an action after each."""
    moment = datetime.fromtimestamp(START + MINUTE, UTC)
    mute(aws, Expression=f"cron({moment.minute} {moment.hour} * * *)")
    for _ in range(2):
        aws.run(2 * MINUTE)
        before = pages(aws)
        go(aws, "ALARM")
        assert (status(aws), pages(aws)) == ("ACTIVE", before)
        aws.run(20 * MINUTE)
        assert (status(aws), pages(aws)) == ("SCHEDULED", before + 1)
        go(aws, "OK")
        aws.run(86_400 - 22 * MINUTE - 20)


def test_an_alarm_can_be_muted_by_two_rules(aws: EmbeddedAws, topic: str) -> None:
    """It acts when the last window has ended."""
    mute(aws, minutes=5)
    aws.client("cloudwatch", HOME).put_alarm_mute_rule(
        Name="longer",
        Rule={
            "Schedule": {
                "Expression": f"at({datetime.fromtimestamp(START, UTC):%Y-%m-%dT%H:%M})",
                "Duration": "PT15M",
            }
        },
        MuteTargets={"AlarmNames": ["failing"]},
    )
    go(aws, "ALARM")
    aws.run(10 * MINUTE)
    assert (pages(aws), topic.endswith("pages")) == (0, True)
    aws.run(6 * MINUTE)
    assert pages(aws) == 1


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"Expression": "rate(1 hour)"}, "expected cron(five fields) or at("),
        ({"Expression": "cron(0 2 ? * *)"}, "only *, - and commas"),
        ({"Duration": "PT30S"}, "Duration must be from PT1M to P15D"),
        ({"Duration": "P16D"}, "Duration must be from PT1M to P15D"),
        ({"Timezone": "Europe/Nowhere"}, "unknown time zone"),
    ],
)
def test_a_schedule_that_says_nothing_is_refused(
    aws: EmbeddedAws, change: dict[str, Any], expected: str
) -> None:
    """With what was expected."""
    code, message = refusal(lambda: mute(aws, **change))
    assert code == "ValidationError"
    assert expected in message


@pytest.mark.usefixtures("topic")
def test_rules_are_listed_by_alarm_and_status(aws: EmbeddedAws) -> None:
    """The summary says when a rule is one of many windows."""
    mute(aws)
    cloudwatch = aws.client("cloudwatch", HOME)
    listed = cloudwatch.list_alarm_mute_rules(AlarmName="failing", Statuses=["ACTIVE"])
    others = cloudwatch.list_alarm_mute_rules(AlarmName="quiet")
    assert [one["MuteType"] for one in listed["AlarmMuteRuleSummaries"]] == ["ONE_TIME"]
    assert others["AlarmMuteRuleSummaries"] == []
