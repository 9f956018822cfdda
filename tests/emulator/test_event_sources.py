"""A function is invoked with a queue's messages, and what it fails on comes again."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.cloud import EmbeddedAws
from tests.emulator.conftest import HOME, DeployFunction, messages

FAILS_ON_BAD = """
    def handler(event, context):
        failed = [r["messageId"] for r in event["Records"] if r["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}
"""
UNKNOWN = """
    def handler(event, context):
        return {"batchItemFailures": [{"itemIdentifier": "none of them"}]}
"""
RAISES = "def handler(event, context):\n    raise ValueError('all of it')\n"


def resources(*, partial: bool = True, visibility: int = 60, tries: int = 3) -> dict[str, Any]:
    """A queue with its dead letters, and the mapping to the function."""
    arn = {"Fn::GetAtt": ["Dead", "Arn"]}
    return {
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "dead"}},
        "Work": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": "work",
                "VisibilityTimeout": visibility,
                "RedrivePolicy": {"deadLetterTargetArn": arn, "maxReceiveCount": tries},
            },
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Work", "Arn"]},
                "FunctionName": {"Ref": "Function"},
                "BatchSize": 10,
                "MaximumBatchingWindowInSeconds": 5,
                **({"FunctionResponseTypes": ["ReportBatchItemFailures"]} if partial else {}),
            },
        },
    }


#: What SAM gives a function without a role of its own does not read queues.
READS: list[Any] = [{"SQSPollerPolicy": {"QueueName": "work"}}]


def send(aws: EmbeddedAws, *bodies: str) -> None:
    """Put messages into the queue."""
    sqs = aws.client("sqs", HOME)
    for body in bodies:
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="work")["QueueUrl"], MessageBody=body)


def batches(aws: EmbeddedAws) -> list[tuple[int, int]]:
    """How many messages each batch had, and how many of them failed."""
    return [(each["messages"], each["failed"]) for each in aws.log.of("batch")]


def test_messages_are_gathered_for_the_window_and_deleted(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """One invocation for several messages, none for an empty queue."""
    deploy_function(FAILS_ON_BAD, resources=resources(), Policies=READS)
    send(aws, "one", "two")
    aws.run(300)
    assert batches(aws) == [(2, 0)]
    assert messages(aws, "work") == []


def test_only_the_failed_messages_of_a_batch_come_again(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """And after as many times as the queue's redrive policy says, they are dead letters."""
    deploy_function(FAILS_ON_BAD, resources=resources(), Policies=READS)
    send(aws, "good", "bad")
    aws.run(600)
    assert batches(aws) == [(2, 1), (1, 1), (1, 1)]
    assert [each["Body"] for each in messages(aws, "dead")] == ["bad"]


@pytest.mark.parametrize("source, partial", [(RAISES, True), (RAISES, False), (UNKNOWN, True)])
def test_an_error_or_an_unknown_id_fails_the_whole_batch(
    aws: EmbeddedAws, deploy_function: DeployFunction, source: str, *, partial: bool
) -> None:
    """All of it comes again."""
    deploy_function(source, resources=resources(partial=partial), Policies=READS)
    send(aws, "one", "two")
    aws.run(100)
    assert batches(aws) == [(2, 2), (2, 2)]


def test_without_the_response_type_what_a_function_answers_is_no_failure(
    aws: EmbeddedAws, deploy_function: DeployFunction
) -> None:
    """The list is then an answer like any other."""
    deploy_function(FAILS_ON_BAD, resources=resources(partial=False), Policies=READS)
    send(aws, "bad")
    aws.run(100)
    assert batches(aws) == [(1, 0)]


def test_a_queue_that_shows_messages_too_soon_is_refused(deploy_function: DeployFunction) -> None:
    """They would be delivered again while the function still runs."""
    with pytest.raises(AwsError, match="less than Function timeout: 10 seconds"):
        deploy_function(FAILS_ON_BAD, resources=resources(visibility=9), Policies=READS)


def test_a_role_that_may_not_read_the_queue_is_refused(deploy_function: DeployFunction) -> None:
    """Lambda looks when the mapping is made."""
    with pytest.raises(AwsError, match="does not have permissions to call ReceiveMessage on SQS"):
        deploy_function(FAILS_ON_BAD, resources=resources())
