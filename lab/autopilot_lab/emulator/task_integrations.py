"""What a Task state can call: functions, and any operation of any service through boto3.

Error names: developer guide, "Handling errors in Step Functions workflows" and "Integrating
services"; a function's error type is the error name and its payload the cause.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from autopilot_lab.emulator.access.access import Access
from autopilot_lab.emulator.access.needs import Need
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import CallPath
from autopilot_lab.emulator.calls import Call, Unanswered
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.lambda_runner import LambdaRunner, Outcome
from autopilot_lab.emulator.states.errors import StatesError
from autopilot_lab.emulator.states.resources import SDK_NAMES

_INVOKE = "arn:aws:states:::lambda:invoke"
_SPELLINGS = {"dynamodb": "DynamoDB", "sns": "SNS", "sqs": "SQS", "events": "EventBridge"}
INTERNAL_ERROR_STATUS = 500


@dataclass(frozen=True, slots=True)
class _Under:
    """Where a task is carried out, by which execution, under which role of which machine."""

    region: str
    caller: str
    role_arn: str
    machine_arn: str


class TaskIntegrations:
    """Carries out tasks of executions; the engine's task runner."""

    def __init__(
        self,
        *,
        scheduler: Scheduler,
        calls: CallPath,
        runner: LambdaRunner,
        client: Callable[[str, str], Any],
        access: Access,
    ) -> None:
        self._scheduler = scheduler
        self._calls = calls
        self._runner = runner
        self._client = client
        self._access = access

    def run(
        self,
        resource: str,
        arguments: Any,
        context: Mapping[str, Any],
        region: str,
        role_arn: str,
    ) -> Any:
        """Carry out a task under the machine's role and return its result. Raises `StatesError`."""
        caller = f"states:{context['Execution']['Name']}"
        under = _Under(region, caller, role_arn, str(context["StateMachine"]["Id"]))
        task = self._scheduler.current
        if task is not None:
            task.locals.update(caller=caller, region=region, role_arn=role_arn)
        if resource == _INVOKE:
            outcome = self._invoke(
                str(arguments["FunctionName"]), arguments.get("Payload", {}), under
            )
            return {
                "ExecutedVersion": outcome.executed_version,
                "Payload": outcome.body(),
                "StatusCode": 200,
            }
        if ":lambda:" in resource and ":function:" in resource:
            return self._invoke(resource, arguments, under).body()
        return self._call_service(resource.split(":::", 1)[1], arguments, region)

    def _invoke(self, name: str, payload: Any, under: _Under) -> Outcome:
        call = Call(
            "lambda", "Invoke", under.region, caller=under.caller, caller_region=under.region
        )
        body = json.dumps(payload).encode()

        def effect() -> Outcome:
            self._authorise(self._runner.arn(under.region, name), under)
            return self._runner.invoke(under.region, name, body, caller=under.caller)

        try:
            outcome = self._calls.perform(call, effect)
        except Unanswered as lost:
            raise StatesError("Lambda.SdkClientException", str(lost)) from lost
        except AwsError as refused:
            raise StatesError(_lambda_error(refused), refused.message) from refused
        if outcome.function_error:
            error = outcome.body()
            raise StatesError(error["errorType"], outcome.payload.decode())
        return outcome

    def _authorise(self, function_arn: str, under: _Under) -> None:
        self._access.assume(under.role_arn, "states.amazonaws.com", under.machine_arn)
        need = Need("lambda:InvokeFunction", function_arn)
        session = under.caller.removeprefix("states:")
        self._access.require(under.role_arn, need, region=under.region, session=session)

    def _call_service(self, integration: str, arguments: Any, region: str) -> Any:
        """One API call; the same whether optimised (`sns:publish`) or `aws-sdk:sns:publish`."""
        service, action = integration.removeprefix("aws-sdk:").split(":", 1)
        name = SDK_NAMES.get(service, service)
        client = self._client(name, region)
        operation = getattr(client, xform_name(action[0].upper() + action[1:]))
        spelt = service.capitalize() if integration.startswith("aws-sdk:") else _spelt(service)
        try:
            answer = operation(**_texts(name, arguments))
        except ClientError as refused:
            code = refused.response["Error"]["Code"]
            suffix = "" if code.endswith("Exception") else "Exception"
            message = refused.response["Error"].get("Message", "")
            raise StatesError(f"{spelt}.{code}{suffix}", message) from refused
        except BotoCoreError as lost:
            raise StatesError(f"{spelt}.SdkClientException", str(lost)) from lost
        answer.pop("ResponseMetadata", None)
        return json.loads(json.dumps(answer, default=_plain))


def _lambda_error(refused: AwsError) -> str:
    if refused.status >= INTERNAL_ERROR_STATUS:
        return "Lambda.ServiceException"
    if refused.code == "AccessDeniedException":
        return "Lambda.AWSLambdaException"
    return f"Lambda.{refused.code}"


def _spelt(service: str) -> str:
    return _SPELLINGS.get(service, service.capitalize())


def _texts(service: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Message bodies may be objects in a Task; the API wants their JSON text."""
    body = {"sns": "Message", "sqs": "MessageBody"}.get(service)
    given = dict(arguments)
    if body in given and not isinstance(given[body], str):
        given[body] = json.dumps(given[body])
    return given


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.decode()
    if hasattr(value, "read"):
        return value.read().decode()
    raise TypeError(f"{type(value).__name__} has no place in a state's output")
