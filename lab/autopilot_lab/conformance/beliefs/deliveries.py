"""EventBridge, Scheduler, SNS, SQS and Logs: what they deliver, and what they refuse."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from autopilot_lab.conformance.belief import belief
from autopilot_lab.conformance.sandbox import Sandbox, allow
from autopilot_lab.conformance.sources import SCHEDULER_DEPUTY, operation
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
    role = sandbox.role("scheduler.amazonaws.com", {"sqs:SendMessage": queue})
    _schedule(sandbox, sandbox.name(), queue, role)
    equal(sandbox.received(url, within_seconds=150), {"mode": "execute"}, "the message")


@belief(
    SCHEDULER_DEPUTY,
    breaks="the trust condition of our templates would stop every schedule",
    makes="1 schedule, 1 queue, 1 role",
)
def a_schedules_role_may_name_its_group(sandbox: Sandbox) -> None:
    """A role that trusts Scheduler for the schedule group only is assumed for its schedules."""
    url, queue = sandbox.queue()
    group = f"{_scheduler_arn(sandbox)}:schedule-group/default"
    rights = {"sqs:SendMessage": queue}
    role = sandbox.role("scheduler.amazonaws.com", rights, acting_for=group)
    _schedule(sandbox, sandbox.name(), queue, role)
    sandbox.received(url, within_seconds=150)


@belief(
    SCHEDULER_DEPUTY,
    breaks="a trust condition on the schedule itself would seem to be the safer choice",
    makes="1 schedule, 1 queue, 1 role",
)
def a_schedules_role_cannot_name_the_schedule(sandbox: Sandbox) -> None:
    """A role that trusts Scheduler for the schedule itself is not assumed for it."""
    url, queue = sandbox.queue()
    name = sandbox.name()
    schedule = f"{_scheduler_arn(sandbox)}:schedule/default/{name}"
    rights = {"sqs:SendMessage": queue}
    role = sandbox.role("scheduler.amazonaws.com", rights, acting_for=schedule)
    with suppress(sandbox.client("scheduler").exceptions.ValidationException):
        _schedule(sandbox, name, queue, role)
        sandbox.nothing_comes(url, within_seconds=150)


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
    operation("sqs", "CreateQueue"),
    breaks="dead-letter queues that a template makes would refuse what is sent to them",
    makes="1 queue, 1 rule",
)
def a_queues_policy_holds_from_its_creation(sandbox: Sandbox) -> None:
    """A policy that CreateQueue is given lets its service send at once."""
    name, client = sandbox.name(), sandbox.client("sqs")
    arn = f"arn:aws:sqs:{sandbox.regions.home}:{sandbox.account}:{name}"
    policy = allow("sqs:SendMessage", arn, {"Service": "events.amazonaws.com"}, sandbox.account)
    attributes = {"Policy": json.dumps(policy)}
    url = client.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    sandbox.cleaner.later(f"queue {name}", lambda: client.delete_queue(QueueUrl=url))
    sandbox.rule({"source": [name]}, arn)
    event = {"Source": name, "DetailType": "trial", "Detail": "{}"}
    sandbox.client("events").put_events(Entries=[event])
    equal(sandbox.received(url, within_seconds=60)["source"], name, "the event's source")


@belief(
    operation("logs", "PutRetentionPolicy"),
    breaks="a log group with an impossible retention would fail at deployment only",
    makes="1 log group",
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


def _scheduler_arn(sandbox: Sandbox) -> str:
    return f"arn:aws:scheduler:{sandbox.regions.home}:{sandbox.account}"


def _schedule(sandbox: Sandbox, name: str, queue: str, role: str) -> None:
    """A schedule that sends its input to a queue every minute."""
    sandbox.cleaner.later(f"schedule {name}", lambda: _delete_schedule(sandbox, name))
    sandbox.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": queue, "RoleArn": role, "Input": '{"mode": "execute"}'},
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
