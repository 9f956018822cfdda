"""The event pump: rules, schedules, topics, and what becomes of undeliverable events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.faults import Fault
from tests.emulator.conftest import HOME, DeployFunction, messages

SEEN = "def handler(event, context):\n    print(__import__('json').dumps(event))\n"
MAY_SEND = {
    "Effect": "Allow",
    "Principal": {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]},
    "Action": "sqs:SendMessage",
    "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
}
QUEUE = {
    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}},
    "QueuePolicy": {
        "Type": "AWS::SQS::QueuePolicy",
        "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Statement": [MAY_SEND]}},
    },
}
TICKER = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "RoleName": "ticker",
        "AssumeRolePolicyDocument": {
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "scheduler.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ]
        },
        "ManagedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AWSLambdaRole"],
    },
}
RULE = {
    "OnOrder": {
        "Type": "EventBridgeRule",
        "Properties": {
            "Pattern": {"source": ["shop"], "detail": {"state": [{"prefix": "ord"}]}},
            "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}},
            "RetryPolicy": {"MaximumRetryAttempts": 2},
        },
    }
}


def put_event(aws: EmbeddedAws, **detail: Any) -> None:
    """Put an order on the default bus."""
    aws.client("events", HOME).put_events(
        Entries=[{"Source": "shop", "DetailType": "Order", "Detail": json.dumps(detail)}]
    )


def seen(aws: EmbeddedAws) -> list[Any]:
    """The events that functions were invoked with, as they printed them."""
    return [json.loads(event["lines"][0]) for event in aws.log.of("invocation")]


def test_a_rule_sends_matching_events_to_its_function(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """The envelope is EventBridge's, and other events stay away."""
    deploy_function(SEEN, resources=QUEUE, Events=RULE)
    put_event(aws, state="ordered")
    put_event(aws, state="paid")
    aws.run(5)
    [event] = seen(aws)
    assert event["detail-type"] == "Order"
    assert event["detail"] == {"state": "ordered"}
    assert event["region"] == HOME


def test_an_event_that_cannot_be_delivered_ends_in_the_dead_letter_queue(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Lambda is down: three attempts, then the queue, with the reason."""
    deploy_function(SEEN, resources=QUEUE, Events=RULE)
    aws.faults.add(Fault("lambda", "Invoke", code="ServiceException", status=500))
    put_event(aws, state="ordered")
    aws.run(60)
    [message] = messages(aws, "dead")
    assert aws.log.of("delivery")[0]["attempts"] == 3
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "ServiceException"
    assert json.loads(message["Body"])["detail"] == {"state": "ordered"}


def test_a_rule_without_permission_is_not_tried_again(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Access denied is final: one attempt, then the queue."""
    deploy_function(SEEN, resources=QUEUE, Events=RULE)
    function = aws.runner.function(HOME, "worker")
    function.policy.statements.clear()
    put_event(aws, state="ordered")
    aws.run(60)
    [delivery] = aws.log.of("delivery")
    assert (delivery["attempts"], delivery["result"]) == (1, "AccessDeniedException")
    assert len(messages(aws, "dead")) == 1


def test_a_schedule_fires_every_five_minutes_with_its_input(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """Three times in a quarter of an hour and a minute, at the same offset inside the minute."""
    schedule = {
        "Every5": {
            "Type": "ScheduleV2",
            "Properties": {"ScheduleExpression": "rate(5 minutes)", "Input": '{"mode": "execute"}'},
        }
    }
    deploy_function(SEEN, Events=schedule)
    aws.run(16 * 60)
    assert seen(aws) == [{"mode": "execute"}] * 3
    starts = [event["t"] for event in aws.log.of("invocation")]
    assert starts[1] - starts[0] == pytest.approx(300, abs=1)


def test_a_schedule_made_through_the_api_fires_and_stops_when_deleted(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """No deployment is needed."""
    name = deploy_function(SEEN, resources={"Ticker": TICKER})
    scheduler = aws.client("scheduler", HOME)
    arn = aws.runner.function(HOME, name).function_arn
    scheduler.create_schedule(
        Name="tick",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": "arn:aws:iam::123456789012:role/ticker", "Input": "{}"},
    )
    aws.run(180)
    scheduler.delete_schedule(Name="tick")
    fired = len(aws.log.of("invocation"))
    aws.run(600)
    assert 2 <= fired == len(aws.log.of("invocation"))


def test_a_publication_is_a_page_and_reaches_its_subscribers(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """A queue gets the notification, a function the record."""
    topic = {
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "pages"}},
        "ToQueue": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "TopicArn": {"Ref": "Topic"},
                "Protocol": "sqs",
                "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
            },
        },
    }
    subscription = {"Page": {"Type": "SNS", "Properties": {"Topic": {"Ref": "Topic"}}}}
    deploy_function(SEEN, resources={**QUEUE, **topic}, Events=subscription)
    sns = aws.client("sns", HOME)
    arn = sns.list_topics()["Topics"][0]["TopicArn"]
    sns.publish(TopicArn=arn, Subject="P0", Message="the direct path fails")
    aws.run(5)
    [page] = aws.log.of("page")
    assert (page["subject"], page["message"]) == ("P0", "the direct path fails")
    assert seen(aws)[0]["Records"][0]["Sns"]["Message"] == "the direct path fails"
    assert json.loads(messages(aws, "dead")[0]["Body"])["Subject"] == "P0"


def test_a_publication_to_no_topic_is_refused(aws: EmbeddedAws) -> None:
    """As SNS refuses it."""
    with pytest.raises(ClientError, match="NotFound"):
        aws.client("sns", HOME).publish(
            TopicArn=f"arn:aws:sns:{HOME}:123456789012:nowhere", Message="x"
        )
    assert not aws.log.of("page")
