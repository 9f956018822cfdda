"""EventBridge, Scheduler, SNS, SQS and Logs: what they deliver, and what they refuse."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from autopilot_lab.conformance.belief import Danger, Gap, belief
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import operation
from autopilot_lab.conformance.verdicts import equal, refused

SQS_BYTES_MAX = 1_048_576


@belief(
    operation("scheduler", "CreateSchedule"),
    breaks="a schedule with a typing error would be deployed, and never fire",
    makes="1 queue, 1 role",
)
def a_schedule_expression_is_checked(sandbox: Sandbox) -> None:
    """CreateSchedule refuses an expression that is none of at, rate and cron."""
    client = sandbox.client("scheduler")
    refused(client.create_schedule, "ValidationException", **_bad_schedule(sandbox))


@belief(
    operation("scheduler", "CreateSchedule"),
    breaks="a refused deployment would leave a schedule behind that stops all others",
    makes="1 queue, 1 role",
    gap=Gap(
        lab="the refused schedule is stored, and every later call to Scheduler in the region fails",
        closed_by="check ScheduleExpression before the call is passed on, not after it",
        danger=Danger.EFFECT,
        seen="instead of ResourceNotFoundException",
    ),
)
def a_refused_schedule_is_not_there(sandbox: Sandbox) -> None:
    """After CreateSchedule was refused there is no schedule of that name."""
    client, schedule = sandbox.client("scheduler"), _bad_schedule(sandbox)
    refused(client.create_schedule, "ValidationException", **schedule)
    refused(client.get_schedule, "ResourceNotFoundException", Name=schedule["Name"])


@belief(
    operation("scheduler", "CreateSchedule"),
    breaks="the sweep would start without its mode, and only ever make a dry run",
    makes="1 schedule, 1 queue, 1 role",
)
def a_schedule_sends_its_input(sandbox: Sandbox) -> None:
    """A schedule of rate(1 minute) sends its Input, as it is, within two minutes."""
    url, queue = sandbox.queue()
    name, client = sandbox.name(), sandbox.client("scheduler")
    role = sandbox.role("scheduler.amazonaws.com", {"sqs:SendMessage": queue})
    client.create_schedule(
        Name=name,
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": queue, "RoleArn": role, "Input": '{"mode": "execute"}'},
    )
    sandbox.cleaner.later(f"schedule {name}", lambda: _delete_schedule(sandbox, name))
    equal(sandbox.received(url, within_seconds=150), {"mode": "execute"}, "the message")


@belief(
    operation("sns", "Publish"),
    breaks="people would be paged with the text made for a chat",
    makes="1 topic, 1 queue",
)
def a_page_has_a_text_for_each_protocol(sandbox: Sandbox) -> None:
    """With MessageStructure json each protocol gets its own text, and others the default."""
    client = sandbox.client("sns")
    topic = sandbox.topic()
    url, queue = sandbox.queue()
    client.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    texts = {"default": "to everybody", "sqs": "to queues", "email": "to people"}
    client.publish(TopicArn=topic, Message=json.dumps(texts), MessageStructure="json")
    equal(sandbox.received(url, within_seconds=60)["Message"], "to queues", "the message")


@belief(
    operation("sns", "Publish"),
    breaks="a page without a default text would be refused only when it is needed",
    makes="1 topic",
    gap=Gap(
        lab="a page without a default text is accepted",
        closed_by="refuse Publish with MessageStructure json and no string under default",
        danger=Danger.EFFECT,
    ),
)
def a_page_by_protocol_needs_a_default(sandbox: Sandbox) -> None:
    """Publish with MessageStructure json and no default text is refused."""
    refused(
        sandbox.client("sns").publish,
        "InvalidParameter",
        TopicArn=sandbox.topic(),
        Message=json.dumps({"email": "to people"}),
        MessageStructure="json",
    )


@belief(
    operation("sns", "Publish"),
    breaks="a long report would be refused in production and sent in the lab",
    makes="1 topic",
)
def a_page_has_at_most_256_kib(sandbox: Sandbox) -> None:
    """Publish refuses a message of more than 262,144 bytes."""
    client = sandbox.client("sns")
    message = "x" * 262_145
    refused(client.publish, "InvalidParameter", TopicArn=sandbox.topic(), Message=message)


@belief(
    operation("sqs", "SendMessage"),
    breaks="a batch of audit events would be refused in production and accepted in the lab",
    makes="1 queue",
)
def a_queued_message_has_at_most_1_mib(sandbox: Sandbox) -> None:
    """SendMessage refuses a body of more than 1,048,576 bytes."""
    url, _ = sandbox.queue()
    refused(
        sandbox.client("sqs").send_message,
        "InvalidParameterValue",
        QueueUrl=url,
        MessageBody="x" * (SQS_BYTES_MAX + 1),
    )


@belief(
    operation("logs", "PutRetentionPolicy"),
    breaks="a log group with an impossible retention would fail at deployment only",
    makes="1 log group",
    gap=Gap(
        lab="any number of days is stored",
        closed_by="refuse PutRetentionPolicy with a number of days that is not on AWS's list",
        danger=Danger.DETAIL,
    ),
)
def a_log_retention_is_one_of_a_list(sandbox: Sandbox) -> None:
    """PutRetentionPolicy refuses a number of days that is not on its list."""
    name, client = sandbox.name(), sandbox.client("logs")
    client.create_log_group(logGroupName=name)
    sandbox.cleaner.later(f"log group {name}", lambda: client.delete_log_group(logGroupName=name))
    refused(
        client.put_retention_policy,
        "InvalidParameterException",
        logGroupName=name,
        retentionInDays=11,
    )


def _bad_schedule(sandbox: Sandbox) -> dict[str, Any]:
    """The arguments of a CreateSchedule that must be refused."""
    _, queue = sandbox.queue()
    name = sandbox.name()
    role = sandbox.role("scheduler.amazonaws.com", {"sqs:SendMessage": queue})
    sandbox.cleaner.later(f"schedule {name}", lambda: _delete_schedule(sandbox, name))
    return {
        "Name": name,
        "ScheduleExpression": "banana(1)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": queue, "RoleArn": role},
    }


def _delete_schedule(sandbox: Sandbox, name: str) -> None:
    client = sandbox.client("scheduler")
    with suppress(client.exceptions.ResourceNotFoundException):
        client.delete_schedule(Name=name)
