"""Lambda: errors, limits, retries, concurrency and aliases."""

from __future__ import annotations

import json
from typing import Any

from autopilot_lab.conformance.belief import belief
from autopilot_lab.conformance.beliefs.machines import caught, guarded
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import (
    LAMBDA_ASYNC,
    LAMBDA_QUOTAS,
    STATES_ERRORS,
    guide,
    operation,
)
from autopilot_lab.conformance.verdicts import check, equal, refused

MAKES = "1 function, 1 role"
ECHO = "def handler(event, context):\n    return event\n"
RAISES = """
class RouteRefused(Exception):
    pass


def handler(event, context):
    raise RouteRefused("no")
"""
SLEEPS = "import time\n\n\ndef handler(event, context):\n    time.sleep(5)\n"
WHO = """
def handler(event, context):
    identity = getattr(context, "identity", None)
    return [getattr(identity, "cognito_identity_id", None), context.client_context]
"""
SENDS = """
import os

import boto3
from botocore.exceptions import ClientError


def handler(event, context):
    try:
        boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody="1")
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "sent"
"""
SYNCHRONOUS_BYTES_MAX = 6 * 1024 * 1024
ASYNCHRONOUS_BYTES_MAX = 1024 * 1024
TOO_LARGE = ("RequestTooLargeException", "RequestEntityTooLargeException")
POLICY_STATEMENTS_ENOUGH = 150


@belief(
    guide(
        "Lambda developer guide, exceptions in Python",
        "lambda/latest/dg/python-exceptions.html",
        seen=False,
    ),
    breaks="a machine could not tell Refused from Transient",
    makes=MAKES,
)
def a_function_error_names_the_exception(sandbox: Sandbox) -> None:
    """An exception of a handler is answered as a function error whose errorType is its class."""
    answer = sandbox.client("lambda").invoke(FunctionName=sandbox.function(RAISES))
    equal(answer.get("FunctionError"), "Unhandled", "FunctionError")
    equal(json.load(answer["Payload"])["errorType"], "RouteRefused", "errorType")


@belief(
    STATES_ERRORS,
    breaks="catchers by the name of an exception would catch nothing",
    makes="1 function, 1 machine, 2 roles",
)
def a_machine_catches_an_exception_by_its_class(sandbox: Sandbox) -> None:
    """The error name of a failed function task is the class of the exception."""
    states, rights = _calling(sandbox, RAISES, "RouteRefused", "States.ALL")
    equal(caught(sandbox.run_machine(states, rights=rights)), "RouteRefused", "the error caught")


@belief(
    STATES_ERRORS,
    breaks="a function that hangs would be taken for one that refused",
    makes="1 function, 1 machine, 2 roles",
)
def a_machine_sees_a_function_timeout(sandbox: Sandbox) -> None:
    """A function that exceeds its time-out fails its task with Sandbox.Timedout."""
    states, rights = _calling(sandbox, SLEEPS, "Sandbox.Timedout", "States.ALL", Timeout=1)
    equal(caught(sandbox.run_machine(states, rights=rights)), "Sandbox.Timedout", "the error")


@belief(
    STATES_ERRORS,
    breaks="an error that a retry would have mended would lead to undo",
    makes="1 function, 1 machine, 2 roles",
)
def retries_come_before_catchers(sandbox: Sandbox) -> None:
    """A task is retried as often as its Retry says before any catcher runs."""
    states, rights = _calling(sandbox, RAISES, "RouteRefused")
    retry = {"ErrorEquals": ["RouteRefused"], "MaxAttempts": 2, "IntervalSeconds": 1}
    states["Guarded"]["Branches"][0]["States"]["Inner"]["Retry"] = [retry]
    execution = sandbox.run_machine(states, rights=rights)
    equal(caught(execution), "RouteRefused", "the error caught")
    history = sandbox.client("stepfunctions").get_execution_history(
        executionArn=execution["executionArn"]
    )
    failures = [event for event in history["events"] if event["type"] == "TaskFailed"]
    equal(len(failures), 3, "attempts")


@belief(
    STATES_ERRORS,
    breaks="a particular failure would be handled by the general catcher",
    makes="1 function, 1 machine, 2 roles",
)
def the_first_matching_catcher_wins(sandbox: Sandbox) -> None:
    """Catchers are tried in order, and the first that names the error is used."""
    states, rights = _calling(sandbox, RAISES, "RouteRefused", "States.ALL")
    states["Second"] = {"Type": "Pass", "Output": {"caught": "second"}, "End": True}
    states["Guarded"]["Catch"][1]["Next"] = "Second"
    equal(caught(sandbox.run_machine(states, rights=rights)), "RouteRefused", "the error caught")


@belief(
    guide(
        "IAM user guide, policy evaluation",
        "IAM/latest/UserGuide/reference_policies_evaluation-logic.html",
        seen=False,
    ),
    breaks="a role that is too narrow would be found in production only",
    makes="1 function, 1 role, 1 queue",
)
def a_function_has_the_rights_of_its_role(sandbox: Sandbox) -> None:
    """A call that the function's role does not allow is denied."""
    url, _ = sandbox.queue()
    name = sandbox.function(
        SENDS,
        rights={"sqs:ReceiveMessage": "*"},
        Environment={"Variables": {"QUEUE_URL": url}},
    )
    answer = sandbox.client("lambda").invoke(FunctionName=name)
    denied = json.load(answer["Payload"])
    check("AccessDenied" in str(denied), f"the call was answered with {denied}")


@belief(LAMBDA_QUOTAS, breaks="a large event would be accepted, and lost", makes=MAKES)
def a_synchronous_payload_has_at_most_6_mb(sandbox: Sandbox) -> None:
    """A request/response invocation with a payload of more than 6 MB is refused."""
    payload = json.dumps("x" * SYNCHRONOUS_BYTES_MAX).encode()
    client = sandbox.client("lambda")
    refused(client.invoke, *TOO_LARGE, FunctionName=sandbox.function(ECHO), Payload=payload)


@belief(LAMBDA_QUOTAS, breaks="a batch of audit events would be refused in production", makes=MAKES)
def an_asynchronous_payload_has_at_most_1_mb(sandbox: Sandbox) -> None:
    """An event invocation with a payload of more than 1 MB is refused."""
    name, client = sandbox.function(ECHO), sandbox.client("lambda")
    event = {"FunctionName": name, "InvocationType": "Event"}
    payload = json.dumps("x" * ASYNCHRONOUS_BYTES_MAX).encode()
    refused(client.invoke, *TOO_LARGE, **event, Payload=payload)
    equal(client.invoke(**event, Payload=payload[:-2000] + b'"')["StatusCode"], 202, "status")


@belief(
    LAMBDA_ASYNC,
    breaks="an alarm's event would be lost after its first failure, or be tried without end",
    makes="1 function, 1 role, 1 queue",
)
def an_event_is_tried_three_times(sandbox: Sandbox) -> None:
    """An event whose function fails is tried twice again, then goes to the failure destination."""
    url, arn = sandbox.queue()
    name, client = (
        sandbox.function(RAISES, rights={"sqs:SendMessage": arn}),
        sandbox.client("lambda"),
    )
    client.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": arn}}
    )
    client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"alarm": 1}')
    record = sandbox.received(url, within_seconds=420)
    equal(record["requestContext"]["approximateInvokeCount"], 3, "attempts")
    equal(record["requestContext"]["condition"], "RetriesExhausted", "condition")
    equal(record["requestPayload"], {"alarm": 1}, "the event in the record")


@belief(
    guide(
        "Lambda developer guide, reserved concurrency",
        "lambda/latest/dg/configuration-concurrency.html",
        seen=False,
    ),
    breaks="the way to stop a function at once would not stop it",
    makes=MAKES,
)
def no_reserved_concurrency_stops_a_function(sandbox: Sandbox) -> None:
    """A function with a reserved concurrency of 0 refuses every invocation."""
    name, client = sandbox.function(ECHO), sandbox.client("lambda")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    refused(client.invoke, "TooManyRequestsException", FunctionName=name)


@belief(
    operation("lambda", "Invoke"),
    breaks="an alarm that names a missing alias would seem to work",
    makes=MAKES,
)
def an_unknown_qualifier_is_not_found(sandbox: Sandbox) -> None:
    """Invoke with a version or alias that does not exist is refused."""
    client = sandbox.client("lambda")
    refused(
        client.invoke,
        "ResourceNotFoundException",
        FunctionName=sandbox.function(ECHO),
        Qualifier="nobody",
    )


@belief(
    operation("lambda", "CreateAlias"),
    breaks="a rollback by alias would be tested against code that it does not run",
    makes=MAKES,
)
def an_alias_runs_its_version(sandbox: Sandbox) -> None:
    """An alias runs the version that it names."""
    name, client = sandbox.function(ECHO), sandbox.client("lambda")
    _publish_alias(client, name)
    answer = client.invoke(FunctionName=name, Qualifier="live", Payload=b"{}")
    equal(answer["ExecutedVersion"], "1", "the version that ran")


@belief(
    operation("lambda", "AliasRoutingConfiguration"),
    breaks="a release step of more than the whole traffic would pass the lab",
    makes=MAKES,
)
def an_alias_weight_is_at_most_one(sandbox: Sandbox) -> None:
    """An alias refuses an additional version weight above 1."""
    name, client = sandbox.function(ECHO), sandbox.client("lambda")
    _publish_alias(client, name)
    refused(
        client.update_alias,
        "InvalidParameterValueException",
        "ValidationException",
        FunctionName=name,
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"2": 1.5}},
    )


@belief(
    operation("lambda", "UpdateAlias"),
    breaks="compare-and-set of a release would overwrite what somebody else has just set",
    makes=MAKES,
)
def an_alias_is_compared_and_set(sandbox: Sandbox) -> None:
    """UpdateAlias with a RevisionId that is not the present one is refused."""
    name, client = sandbox.function(ECHO), sandbox.client("lambda")
    _publish_alias(client, name)
    refused(
        client.update_alias,
        "PreconditionFailedException",
        FunctionName=name,
        Name="live",
        Description="changed",
        RevisionId="00000000-0000-4000-8000-000000000000",
    )


@belief(
    LAMBDA_QUOTAS,
    breaks="one permission for each alarm would be planned, and fail at about the fiftieth",
    makes=MAKES,
)
def a_function_policy_has_at_most_20_kb(sandbox: Sandbox) -> None:
    """A function's resource policy holds at most 20 KB of statements."""
    name, client = sandbox.function(ECHO), sandbox.client("lambda")
    alarm = f"arn:aws:cloudwatch:{sandbox.regions.home}:{sandbox.account}:alarm:{'a' * 100}"
    for number in range(POLICY_STATEMENTS_ENOUGH):
        try:
            client.add_permission(
                FunctionName=name,
                StatementId=f"alarm-{number}",
                Action="lambda:InvokeFunction",
                Principal="lambda.alarms.cloudwatch.amazonaws.com",
                SourceArn=f"{alarm}-{number}",
            )
        except client.exceptions.PolicyLengthExceededException:
            return
    check(condition=False, otherwise=f"{POLICY_STATEMENTS_ENOUGH} statements were accepted")


@belief(
    guide(
        "Lambda developer guide, context in Python",
        "lambda/latest/dg/python-context.html",
        seen=False,
    ),
    breaks="an approver could be known from an invocation; approvals need not use a function URL",
    makes=MAKES,
)
def the_invocation_names_no_caller(sandbox: Sandbox) -> None:
    """A function that is invoked with IAM credentials is not told whose they are."""
    answer = sandbox.client("lambda").invoke(FunctionName=sandbox.function(WHO))
    equal(json.load(answer["Payload"]), [None, None], "identity and client context")


def _publish_alias(client: Any, name: str) -> None:
    """Version 1, version 2 with other settings, and alias `live` on version 1."""
    client.publish_version(FunctionName=name)
    client.update_function_configuration(FunctionName=name, Timeout=11)
    client.get_waiter("function_updated_v2").wait(FunctionName=name)
    client.publish_version(FunctionName=name)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")


def _calling(
    sandbox: Sandbox, source: str, *errors: str, **settings: Any
) -> tuple[dict[str, Any], dict[str, str]]:
    """Guarded states that invoke a new function of this source, and the rights they need."""
    name = sandbox.function(source, **settings)
    arn = sandbox.function_arn(name)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": arn, "Payload": {}},
        "End": True,
    }
    return guarded(task, *errors), {"lambda:InvokeFunction": arn}
