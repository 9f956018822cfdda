"""The rights that operations need, service by service; an operation not listed has none here.

Action names and resource types are those of the service authorization reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import unquote, urlsplit

from moto.kms.models import kms_backends

from autopilot_lab.emulator.access.inspection import INSPECTION
from autopilot_lab.emulator.access.needs import Asked, Need
from autopilot_lab.emulator.access.objects import S3
from autopilot_lab.emulator.access.tables import DYNAMODB
from autopilot_lab.emulator.moto_backend import ACCOUNT
from autopilot_lab.emulator.services.rights import OWN_RULES

Rule = Callable[[Asked], list[Need]]


def _on(
    prefix: str, operations: Iterable[str], resource: Callable[[Asked], str]
) -> dict[str, Rule]:
    """Operations whose action has their own name, and which are about one resource."""
    return {name: _rule(f"{prefix}:{name}", resource) for name in operations}


def _rule(action: str, resource: Callable[[Asked], str]) -> Rule:
    return lambda asked: [Need(action, resource(asked))]


def _anything(_asked: Asked) -> str:
    return "*"


def _named(parameter: str) -> Callable[[Asked], str]:
    """The resource is the ARN in a parameter."""
    return lambda asked: asked.text(parameter)


# -- queues and topics -----------------------------------------------------------------------------


def _queue(asked: Asked) -> str:
    url = asked.text("QueueUrl")
    name = url.rstrip("/").rsplit("/", 1)[-1] if url else asked.text("QueueName")
    return asked.arn("sqs", name)


SQS: Mapping[str, Rule] = {
    **_on(
        "sqs",
        (
            "SendMessage",
            "ReceiveMessage",
            "DeleteMessage",
            "ChangeMessageVisibility",
            "GetQueueAttributes",
            "SetQueueAttributes",
            "GetQueueUrl",
            "PurgeQueue",
            "CreateQueue",
            "DeleteQueue",
        ),
        _queue,
    ),
    "SendMessageBatch": _rule("sqs:SendMessage", _queue),
    "DeleteMessageBatch": _rule("sqs:DeleteMessage", _queue),
    "ChangeMessageVisibilityBatch": _rule("sqs:ChangeMessageVisibility", _queue),
    "ListQueues": _rule("sqs:ListQueues", _anything),
}


def _topic(asked: Asked) -> str:
    return asked.text("TopicArn") or asked.text("TargetArn") or "*"


SNS: Mapping[str, Rule] = {
    **_on(
        "sns",
        (
            "Publish",
            "Subscribe",
            "GetTopicAttributes",
            "SetTopicAttributes",
            "ListSubscriptionsByTopic",
            "DeleteTopic",
        ),
        _topic,
    ),
    "PublishBatch": _rule("sns:Publish", _topic),
    "ListTopics": _rule("sns:ListTopics", _anything),
}


def _parameter(asked: Asked) -> str:
    """A name that begins with a slash stands in the ARN without it."""
    return asked.arn("ssm", f"parameter/{asked.text('Name').lstrip('/')}")


SSM: Mapping[str, Rule] = _on(
    "ssm", ("GetParameter", "GetParameterHistory", "PutParameter", "DeleteParameter"), _parameter
)


# -- functions and state machines ------------------------------------------------------------------


def _function(asked: Asked) -> str:
    """From a path such as /2015-03-31/functions/NAME/invocations; NAME may be an ARN."""
    name = unquote(urlsplit(asked.request.url).path).split("/functions/")[-1].split("/")[0]
    return name if name.startswith("arn:") else asked.arn("lambda", f"function:{name}")


LAMBDA: Mapping[str, Rule] = {
    **_on(
        "lambda",
        (
            "GetFunction",
            "GetFunctionConfiguration",
            "GetFunctionConcurrency",
            "PutFunctionConcurrency",
            "DeleteFunctionConcurrency",
            "UpdateFunctionConfiguration",
            "AddPermission",
            "RemovePermission",
            "GetPolicy",
            "GetAlias",
            "CreateAlias",
            "UpdateAlias",
            "PublishVersion",
        ),
        _function,
    ),
    "Invoke": _rule("lambda:InvokeFunction", _function),
    "ListFunctions": _rule("lambda:ListFunctions", _anything),
}


STEPFUNCTIONS: Mapping[str, Rule] = {
    **_on(
        "states",
        (
            "StartExecution",
            "ListExecutions",
            "DescribeStateMachine",
            "UpdateStateMachine",
            "DeleteStateMachine",
        ),
        _named("stateMachineArn"),
    ),
    **_on(
        "states",
        ("DescribeExecution", "GetExecutionHistory", "StopExecution"),
        _named("executionArn"),
    ),
    **_on(
        "states",
        (
            "SendTaskSuccess",
            "SendTaskFailure",
            "SendTaskHeartbeat",
            "ValidateStateMachineDefinition",
        ),
        _anything,
    ),
    "ListStateMachines": _rule(
        "states:ListStateMachines", lambda asked: asked.arn("states", "stateMachine:*")
    ),
}


# -- telemetry -------------------------------------------------------------------------------------


def _alarms(action: str) -> Rule:
    def needs(asked: Asked) -> list[Need]:
        names = asked.params.get("AlarmNames") or [asked.params.get("AlarmName") or "*"]
        return [
            Need(f"cloudwatch:{action}", asked.arn("cloudwatch", f"alarm:{name}")) for name in names
        ]

    return needs


def _put_metrics(asked: Asked) -> list[Need]:
    namespace = {"cloudwatch:namespace": (asked.text("Namespace"),)}
    return [Need("cloudwatch:PutMetricData", "*", namespace)]


CLOUDWATCH: Mapping[str, Rule] = {
    **_on("cloudwatch", ("GetMetricData", "GetMetricStatistics", "ListMetrics"), _anything),
    "PutMetricData": _put_metrics,
    **{
        name: _alarms(name)
        for name in (
            "DescribeAlarms",
            "DescribeAlarmHistory",
            "SetAlarmState",
            "PutMetricAlarm",
            "DeleteAlarms",
            "DisableAlarmActions",
            "EnableAlarmActions",
        )
    },
}


def _log_group(asked: Asked) -> str:
    name = asked.text("logGroupName")
    return asked.arn("logs", f"log-group:{name}:log-stream:{asked.text('logStreamName')}")


LOGS: Mapping[str, Rule] = {
    **_on(
        "logs",
        ("CreateLogStream", "PutLogEvents", "GetLogEvents", "FilterLogEvents", "CreateLogGroup"),
        _log_group,
    ),
    "DescribeLogGroups": _rule("logs:DescribeLogGroups", _anything),
}

XRAY: Mapping[str, Rule] = _on(
    "xray",
    ("PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets"),
    _anything,
)


# -- keys, events, schedules -----------------------------------------------------------------------


def key_arn(region: str, name: str) -> str:
    """The ARN of a key by id, ARN or alias; an unknown alias keeps its own ARN."""
    if name.startswith("arn:") and ":key/" in name:
        return name
    backend = kms_backends[ACCOUNT][region]
    alias = name.rsplit(":", 1)[-1]
    key_id = backend.get_key_id_from_alias(alias) if alias.startswith("alias/") else name
    kind = f"key/{key_id}" if key_id and not str(key_id).startswith("alias/") else alias
    return f"arn:aws:kms:{region}:{ACCOUNT}:{kind}"


def _key(asked: Asked) -> str:
    """The key that is named, or the one whose id begins what it encrypted."""
    named = asked.text("KeyId")
    if not named and "CiphertextBlob" in asked.params:
        blob = asked.params["CiphertextBlob"]
        named = (base64.b64decode(blob) if isinstance(blob, str) else blob)[:36].decode()
    return key_arn(asked.call.region, named)


def aliases_of(arn: str) -> tuple[str, ...]:
    """Every alias of a key: the condition key kms:ResourceAliases."""
    key = kms_backends[ACCOUNT][arn.split(":")[3]].keys.get(arn.rsplit("/", 1)[-1])
    return tuple(sorted(key.aliases)) if key is not None else ()


def _on_key(name: str) -> Rule:
    """An action on a key: its aliases, and the pairs of the encryption context, are conditions.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    """

    def needs(asked: Asked) -> list[Need]:
        arn = _key(asked)
        pairs = asked.params.get("EncryptionContext") or {}
        context: dict[str, tuple[str, ...]] = {
            f"kms:encryptioncontext:{key.lower()}": (str(pairs[key]),) for key in pairs
        }
        if aliases := aliases_of(arn):
            context["kms:resourcealiases"] = aliases
        elif ":alias/" in arn:
            return []  # an alias of no key: whoever asks is told that it is not found
        return [Need(f"kms:{name}", arn, context)]

    return needs


KMS: Mapping[str, Rule] = {
    **{
        name: _on_key(name)
        for name in (
            "Encrypt",
            "Decrypt",
            "GenerateDataKey",
            "GenerateDataKeyWithoutPlaintext",
            "DescribeKey",
            "Sign",
            "Verify",
            "GetPublicKey",
            "GenerateMac",
            "VerifyMac",
            "GetKeyPolicy",
            "PutKeyPolicy",
            "DisableKey",
            "EnableKey",
            "ScheduleKeyDeletion",
        )
    },
    "ListKeys": _rule("kms:ListKeys", _anything),
}


def _put_events(asked: Asked) -> list[Need]:
    buses = {str(one.get("EventBusName") or "default") for one in asked.params["Entries"]}
    return [
        Need(
            "events:PutEvents",
            bus if bus.startswith("arn:") else asked.arn("events", f"event-bus/{bus}"),
        )
        for bus in sorted(buses)
    ]


def _event_rule(asked: Asked) -> str:
    bus = asked.text("EventBusName")
    name = asked.text("Name") or asked.text("Rule")
    return asked.arn(
        "events", f"rule/{bus}/{name}" if bus not in ("", "default") else f"rule/{name}"
    )


EVENTS: Mapping[str, Rule] = {
    "PutEvents": _put_events,
    **_on(
        "events",
        ("DescribeRule", "EnableRule", "DisableRule", "PutRule", "PutTargets", "RemoveTargets"),
        _event_rule,
    ),
}


def _schedule(asked: Asked) -> str:
    name = unquote(urlsplit(asked.request.url).path).split("/schedules/")[-1]
    group = asked.text("GroupName") or asked.text("groupName") or "default"
    return asked.arn("scheduler", f"schedule/{group}/{name}")


SCHEDULER: Mapping[str, Rule] = _on(
    "scheduler", ("GetSchedule", "CreateSchedule", "UpdateSchedule", "DeleteSchedule"), _schedule
)

_USES: Mapping[str, Mapping[str, Rule]] = {
    **OWN_RULES,
    "cloudwatch": {**CLOUDWATCH, **OWN_RULES["cloudwatch"]},
    "dynamodb": DYNAMODB,
    "events": EVENTS,
    "iam": OWN_RULES["iam"],
    "kms": KMS,
    "lambda": {**LAMBDA, **OWN_RULES["lambda"]},
    "logs": LOGS,
    "s3": S3,
    "scheduler": SCHEDULER,
    "sns": SNS,
    "sqs": SQS,
    "ssm": SSM,
    "stepfunctions": STEPFUNCTIONS,
    "sts": {
        "AssumeRole": _rule("sts:AssumeRole", _named("RoleArn")),
        "GetCallerIdentity": lambda _asked: [],  # needs no right at all
    },
    "xray": XRAY,
}

#: boto3 name of the service → operation → the rights it needs.
RULES: Mapping[str, Mapping[str, Rule]] = {
    service: {**INSPECTION.get(service, {}), **_USES.get(service, {})}
    for service in sorted({*_USES, *INSPECTION})
}
