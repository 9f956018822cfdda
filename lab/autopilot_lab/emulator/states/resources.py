"""What a Task's Resource names: a function, an optimised integration, or a call of the AWS SDK.

Source: developer guide, "Integrating services" and "Service integration patterns".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

import botocore.exceptions
import botocore.session

CALLBACK: Final = "waitForTaskToken"

INTEGRATIONS: Final = frozenset(
    {
        "lambda:invoke",
        "lambda:invoke.waitForTaskToken",
        "states:startExecution",
        "states:startExecution.sync",
        "states:startExecution.sync:2",
        "states:startExecution.waitForTaskToken",
        "dynamodb:getItem",
        "dynamodb:putItem",
        "dynamodb:updateItem",
        "dynamodb:deleteItem",
        "events:putEvents",
        "events:putEvents.waitForTaskToken",
        "sns:publish",
        "sns:publish.waitForTaskToken",
        "sqs:sendMessage",
        "sqs:sendMessage.waitForTaskToken",
        "bedrock:invokeModel",
    }
)
"""The optimised integrations that the engine hands to its task runner, or carries out itself."""

SDK_NAMES: Final = {
    "sfn": "stepfunctions",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "cloudwatchevents": "events",
    "route53recoverycluster": "route53-recovery-cluster",
    "servicequotas": "service-quotas",
    "bedrockruntime": "bedrock-runtime",
    "secretsmanager": "secretsmanager",
    "applicationautoscaling": "application-autoscaling",
}
"""Names of services in `aws-sdk:` resources that are not botocore's names."""

_FUNCTION = re.compile(
    r"arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]+)?\Z"
)
_INTEGRATION = re.compile(r"arn:aws[\w-]*:states:::(.+)\Z")
_SDK = re.compile(r"aws-sdk:([a-z0-9]+):([a-z][A-Za-z0-9]*)(\.waitForTaskToken)?\Z")


@dataclass(frozen=True, slots=True)
class Resource:
    """A parsed Resource.

    `service` and `action` are what history events call `resourceType` and `resource`; `base` is
    the ARN without the pattern suffix, which is what a task runner is asked to do. A Lambda
    function that is named directly has the service `lambda` and no action.
    """

    arn: str
    base: str
    service: str
    action: str

    @property
    def is_function(self) -> bool:
        """Whether the resource is a Lambda function's ARN."""
        return not self.action

    @property
    def waits_for_token(self) -> bool:
        """Whether the task goes on until somebody sends its token back."""
        return self.action.endswith("." + CALLBACK)

    @property
    def arn_or_service(self) -> str:
        """What causes call the resource: a function by its ARN, an integration by its service."""
        return self.arn if self.is_function else self.service

    @property
    def starts_execution(self) -> bool:
        """Whether the task starts an execution of another machine."""
        return self.service == "states"


def parse_resource(arn: str) -> Resource:
    """Parse a Resource that `problem_with` found nothing wrong with."""
    if _FUNCTION.match(arn):
        return Resource(arn, arn, "lambda", "")
    found = _INTEGRATION.match(arn)
    if found is None:
        raise ValueError(f"expected the ARN of a function or an integration, got {arn}")
    service, _, action = found[1].rpartition(":")
    if action == "2":
        service, _, action = service.rpartition(":")
        action += ":2"
    return Resource(arn, arn.removesuffix("." + CALLBACK), service, action)


def problem_with(arn: object) -> str | None:
    """Return what is wrong with a Resource, or None."""
    if not isinstance(arn, str):
        return f"expected the ARN of a resource, got {arn!r}"
    if _FUNCTION.match(arn):
        return None
    found = _INTEGRATION.match(arn)
    if found is None:
        return f"{arn} is not implemented: expected a Lambda function or arn:aws:states:::..."
    if found[1] in INTEGRATIONS:
        return None
    call = _SDK.match(found[1])
    if call is None:
        return f"integration {found[1]} is not implemented"
    return _problem_with_call(call[1], call[2])


@cache
def _problem_with_call(service: str, action: str) -> str | None:
    name = SDK_NAMES.get(service, service)
    try:
        model = botocore.session.get_session().get_service_model(name)
    except botocore.exceptions.UnknownServiceError:
        return f"aws-sdk service {service} is not known"
    if action[0].upper() + action[1:] not in model.operation_names:
        return f"aws-sdk:{service} has no action {action}"
    return None
