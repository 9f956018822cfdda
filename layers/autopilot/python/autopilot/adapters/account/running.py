"""Reads Lambda, Step Functions, Scheduler, CloudWatch, SNS, SQS and logs in one region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from autopilot.adapters.account.asking import ask, listed
from autopilot.domain.evidence.running import (
    AlarmSwitch,
    Function,
    LogGroup,
    Machine,
    Messages,
    Schedule,
)
from autopilot.domain.known import Found
from autopilot.domain.policy_document import Statement, statements_of

_NONE: Final = "ResourceNotFoundException"


def read_functions(awslambda: Any) -> Found[tuple[Function, ...]]:
    """The functions of the region."""
    return ask(
        lambda: tuple(
            _function(awslambda, one) for one in listed(awslambda, "list_functions", "Functions")
        )
    )


def _function(awslambda: Any, found: Mapping[str, Any]) -> Function:
    name = str(found["FunctionName"])
    letter = bool(found.get("DeadLetterConfig", {}).get("TargetArn"))
    return Function(
        arn=str(found["FunctionArn"]),
        runtime=str(found.get("Runtime", "")),
        policy=ask(lambda: _policy(awslambda, name), {_NONE: ()}),
        url_auth=ask(
            lambda: tuple(
                str(one["AuthType"])
                for one in listed(
                    awslambda, "list_function_url_configs", "FunctionUrlConfigs", FunctionName=name
                )
            )
        ),
        keeps_failures=ask(lambda: letter or _keeps(awslambda, name), {_NONE: letter}),
    )


def _policy(awslambda: Any, name: str) -> tuple[Statement, ...]:
    return statements_of(str(awslambda.get_policy(FunctionName=name)["Policy"]))


def _keeps(awslambda: Any, name: str) -> bool:
    answer = awslambda.get_function_event_invoke_config(FunctionName=name)
    return bool(answer.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"))


def read_machines(states: Any) -> Found[tuple[Machine, ...]]:
    """The state machines of the region."""

    def call() -> tuple[Machine, ...]:
        arns = [
            one["stateMachineArn"] for one in listed(states, "list_state_machines", "stateMachines")
        ]
        return tuple(_machine(states.describe_state_machine(stateMachineArn=arn)) for arn in arns)

    return ask(call)


def _machine(found: Mapping[str, Any]) -> Machine:
    logging = found.get("loggingConfiguration", {})
    return Machine(
        arn=str(found["stateMachineArn"]),
        log_level=str(logging.get("level", "OFF")),
        logs_data=bool(logging.get("includeExecutionData", False)),
    )


def read_schedules(scheduler: Any) -> Found[tuple[Schedule, ...]]:
    """The schedules of the region, of every group."""
    return ask(
        lambda: tuple(
            Schedule(str(one["Arn"]), one["State"] == "ENABLED")
            for one in listed(scheduler, "list_schedules", "Schedules")
        )
    )


def read_alarms(cloudwatch: Any) -> Found[tuple[AlarmSwitch, ...]]:
    """Metric and composite alarms of the region."""
    kinds = ["MetricAlarm", "CompositeAlarm"]  # without them DescribeAlarms leaves the latter out

    def call() -> tuple[AlarmSwitch, ...]:
        return tuple(
            AlarmSwitch(str(one["AlarmArn"]), bool(one.get("ActionsEnabled", True)))
            for key in ("MetricAlarms", "CompositeAlarms")
            for one in listed(cloudwatch, "describe_alarms", key, AlarmTypes=kinds)
        )

    return ask(call)


def read_topics(sns: Any) -> Found[tuple[Messages, ...]]:
    """The topics of the region."""

    def call() -> tuple[Messages, ...]:
        arns = [one["TopicArn"] for one in listed(sns, "list_topics", "Topics")]
        return tuple(_topic(sns.get_topic_attributes(TopicArn=arn)["Attributes"]) for arn in arns)

    return ask(call)


def _topic(attributes: Mapping[str, Any]) -> Messages:
    return Messages(
        arn=str(attributes["TopicArn"]),
        encrypted=bool(attributes.get("KmsMasterKeyId")),
        policy=statements_of(str(attributes.get("Policy", "{}"))),
    )


def read_queues(sqs: Any) -> Found[tuple[Messages, ...]]:
    """The queues of the region."""

    def call() -> tuple[Messages, ...]:
        urls = list(listed(sqs, "list_queues", "QueueUrls"))
        return tuple(_queue(sqs, url) for url in urls)

    return ask(call)


def _queue(sqs: Any, url: str) -> Messages:
    names = ["QueueArn", "Policy", "KmsMasterKeyId", "SqsManagedSseEnabled"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return Messages(
        arn=str(found["QueueArn"]),
        encrypted=bool(found.get("KmsMasterKeyId")) or found.get("SqsManagedSseEnabled") == "true",
        policy=statements_of(str(found.get("Policy", "{}"))),
    )


def read_log_groups(logs: Any) -> Found[tuple[LogGroup, ...]]:
    """The log groups of the region."""
    return ask(
        lambda: tuple(
            LogGroup(str(one["arn"]).removesuffix(":*"), int(one.get("retentionInDays", 0)))
            for one in listed(logs, "describe_log_groups", "logGroups")
        )
    )
