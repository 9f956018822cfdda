"""Composite alarms, as incidents use them: one page for many alarms, and a mute rule over it."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME
from tests.emulator.services.conftest import refusal


@pytest.fixture
def cloudwatch(aws: EmbeddedAws) -> Any:
    """Two alarms, and a composite that pages when both are in ALARM."""
    client = aws.client("cloudwatch", HOME)
    topic = aws.client("sns", HOME).create_topic(Name="pages")["TopicArn"]
    for name in ("direct", "mcp"):
        client.put_metric_alarm(
            AlarmName=name,
            Namespace="Lab",
            MetricName="Failed",
            Statistic="Average",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1.0,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
        )
    client.put_composite_alarm(
        AlarmName="region", AlarmRule='ALARM("direct") AND ALARM("mcp")', AlarmActions=[topic]
    )
    return client


def go(aws: EmbeddedAws, name: str, state: str) -> tuple[str, int]:
    """Put an alarm in a state; return the state of the composite and the pages so far."""
    client = aws.client("cloudwatch", HOME)
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")
    aws.run(10)
    found = client.describe_alarms(AlarmNames=["region"], AlarmTypes=["CompositeAlarm"])
    return str(found["CompositeAlarms"][0]["StateValue"]), len(aws.log.of("page"))


@pytest.mark.usefixtures("cloudwatch")
def test_a_composite_alarm_acts_when_its_rule_begins_to_hold(aws: EmbeddedAws) -> None:
    """Once, however many of its children change afterwards."""
    assert go(aws, "direct", "ALARM") == ("OK", 0)
    assert go(aws, "mcp", "ALARM") == ("ALARM", 1)
    assert go(aws, "mcp", "OK") == ("OK", 1)


def test_a_mute_rule_holds_a_composite_alarm_back(aws: EmbeddedAws, cloudwatch: Any) -> None:
    """Muting the composite does not mute its children, nor the other way round."""
    cloudwatch.put_alarm_mute_rule(
        Name="quiet",
        Rule={"Schedule": {"Expression": "cron(* * * * *)", "Duration": "PT10M"}},
        MuteTargets={"AlarmNames": ["region"]},
    )
    aws.run(60)
    go(aws, "direct", "ALARM")
    assert go(aws, "mcp", "ALARM") == ("ALARM", 0)
    cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName="quiet")
    aws.run(10)
    assert len(aws.log.of("page")) == 1


@pytest.fixture
def suppressed(cloudwatch: Any) -> Any:
    """The composite pages for `direct` alone, and waits for `mcp` to suppress that."""
    arn = cloudwatch.describe_alarms(AlarmNames=["region"], AlarmTypes=["CompositeAlarm"])
    cloudwatch.put_composite_alarm(
        AlarmName="region",
        AlarmRule='ALARM("direct")',
        AlarmActions=arn["CompositeAlarms"][0]["AlarmActions"],
        ActionsSuppressor="mcp",
        ActionsSuppressorWaitPeriod=120,
        ActionsSuppressorExtensionPeriod=60,
    )
    return cloudwatch


def suppressed_by(cloudwatch: Any) -> str:
    """What keeps the composite's actions back."""
    found = cloudwatch.describe_alarms(AlarmNames=["region"], AlarmTypes=["CompositeAlarm"])
    return str(found["CompositeAlarms"][0].get("ActionsSuppressedBy", ""))


def test_a_composite_waits_for_its_suppressor_and_then_acts(
    aws: EmbeddedAws, suppressed: Any
) -> None:
    """The suppressor never goes off: the page is as late as the wait is long, and comes once."""
    assert go(aws, "direct", "ALARM") == ("ALARM", 0)
    assert suppressed_by(suppressed) == "WaitPeriod"
    aws.run(100)
    assert len(aws.log.of("page")) == 0
    aws.run(20)
    assert (len(aws.log.of("page")), suppressed_by(suppressed)) == (1, "")


def test_a_composite_goes_on_waiting_when_it_is_put_into_the_state_it_is_in(
    aws: EmbeddedAws, suppressed: Any
) -> None:
    """Only a change of state begins a wait, or ends one."""
    go(aws, "direct", "ALARM")
    aws.run(60)
    suppressed.set_alarm_state(AlarmName="region", StateValue="ALARM", StateReason="again")
    assert suppressed_by(suppressed) == "WaitPeriod"
    aws.run(60)
    assert len(aws.log.of("page")) == 1


@pytest.mark.usefixtures("suppressed")
def test_a_composite_that_is_ok_again_before_the_wait_ends_never_acts(aws: EmbeddedAws) -> None:
    """And the next time it waits anew."""
    go(aws, "direct", "ALARM")
    go(aws, "direct", "OK")
    aws.run(100)
    go(aws, "direct", "ALARM")
    aws.run(60)
    assert len(aws.log.of("page")) == 0


def test_a_suppressor_keeps_actions_back_until_the_extension_is_over(
    aws: EmbeddedAws, suppressed: Any
) -> None:
    """It goes off within the wait; the composite acts a while after the suppressor has ended."""
    go(aws, "direct", "ALARM")
    go(aws, "mcp", "ALARM")
    aws.run(150)
    assert (len(aws.log.of("page")), suppressed_by(suppressed)) == (0, "Alarm")
    go(aws, "mcp", "OK")
    assert suppressed_by(suppressed) == "ExtensionPeriod"
    aws.run(60)
    assert len(aws.log.of("page")) == 1


@pytest.mark.parametrize(
    "settings",
    [
        {"ActionsSuppressor": "mcp", "ActionsSuppressorWaitPeriod": 60},
        {
            "ActionsSuppressor": "nobody",
            "ActionsSuppressorWaitPeriod": 60,
            "ActionsSuppressorExtensionPeriod": 60,
        },
    ],
)
def test_a_suppressor_needs_both_periods_and_an_alarm(
    cloudwatch: Any, settings: dict[str, Any]
) -> None:
    """Otherwise nothing is stored."""
    code, message = refusal(
        lambda: cloudwatch.put_composite_alarm(
            AlarmName="region", AlarmRule='ALARM("direct")', **settings
        )
    )
    assert (code, "ActionsSuppressor" in message) == ("ValidationError", True)
