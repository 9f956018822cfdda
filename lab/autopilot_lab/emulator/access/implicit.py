"""Rights that nobody calls by name, checked when a function or a machine is deployed.

What AWS refuses at that moment is refused; what AWS lets pass, and then silently leaves out (a
function's log), is recorded as a finding with the statement that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autopilot_lab.emulator.access.access import Access
from autopilot_lab.emulator.access.needs import Need
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.moto_backend import ACCOUNT

_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_FUNCTION_TRACES = ("xray:PutTraceSegments", "xray:PutTelemetryRecords")

#: Step Functions developer guide, "X-Ray permissions".
_MACHINE_TRACES = (*_FUNCTION_TRACES, "xray:GetSamplingRules", "xray:GetSamplingTargets")

#: Step Functions developer guide, "Using CloudWatch Logs to log execution history".
_LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)

#: Service in a destination's ARN → the action that delivers to it.
DELIVERIES: Mapping[str, str] = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "states": "states:StartExecution",
}

#: Lambda developer guide, "Setting up an execution role with required permissions" for SQS.
_POLLING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")

#: Lambda's own words when it refuses a role.
_NO_TRUST = "The role defined for the function cannot be assumed by Lambda."
_NO_RIGHT = "The provided execution role does not have permissions to call {action} on {service}."


class ImplicitRights:
    """Checks the rights that come with what a function or a machine is configured to do."""

    def __init__(self, access: Access, log: EventLog) -> None:
        self._access = access
        self._log = log

    def of_function(self, name: str, properties: Mapping[str, Any], region: str) -> None:
        """Check a function as it is created. Raises `AwsError` as Lambda does."""
        self._access.forget()
        role = str(properties["Role"])
        self._assumed(role)
        configured = properties.get("LoggingConfig", {}).get("LogGroup")
        group = str(configured or f"/aws/lambda/{name}")
        stream = f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}:log-stream:new"
        for action in _LOGS:
            self._find(role, Need(action, stream), region, f"function {name} leaves no log")
        if properties.get("TracingConfig", {}).get("Mode") == "Active":
            for action in _FUNCTION_TRACES:
                self._insist(role, Need(action, "*"), region)
        dead_letters = properties.get("DeadLetterConfig", {}).get("TargetArn")
        if dead_letters:
            self.of_destination(role, str(dead_letters), region)

    def of_destination(self, role: str, arn: str, region: str) -> None:
        """Check that a function's role may send to a destination. Raises `AwsError`."""
        self._access.forget()
        action = DELIVERIES[arn.split(":")[2]]
        self._insist(role, Need(action, arn), region)

    def of_event_source(self, role: str, arn: str, region: str) -> None:
        """Check that a function's role may read its queue. Raises `AwsError` as Lambda does.

        https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
        """
        self._access.forget()
        for action in _POLLING:
            self._insist(role, Need(action, arn), region)

    def of_machine(self, arn: str, properties: Mapping[str, Any], region: str) -> None:
        """Check a state machine as it is created. Raises `AwsError` as Step Functions does."""
        self._access.forget()
        role = str(properties["RoleArn"])
        self._access.assume(role, "states.amazonaws.com", arn)
        if properties.get("LoggingConfiguration", {}).get("Level", "OFF") != "OFF":
            for action in _LOG_DELIVERY:
                self._deliver(role, Need(action, "*"), region)
        if properties.get("TracingConfiguration", {}).get("Enabled"):
            for action in _MACHINE_TRACES:
                self._find(role, Need(action, "*"), region, f"machine {arn} leaves no trace")

    def _assumed(self, role: str) -> None:
        try:
            self._access.assume(role, "lambda.amazonaws.com")
        except AwsError as refused:
            message = f"{_NO_TRUST} {refused.message}"
            raise AwsError("InvalidParameterValueException", message) from refused

    def _insist(self, role: str, need: Need, region: str) -> None:
        try:
            self._access.require(role, need, region=region, session="deployment")
        except AwsError as refused:
            service, action = need.action.split(":")
            said = _NO_RIGHT.format(action=action, service=service.upper())
            message = f"{said} {refused.message}"
            raise AwsError("InvalidParameterValueException", message) from refused

    def _deliver(self, role: str, need: Need, region: str) -> None:
        try:
            self._access.require(role, need, region=region, session="deployment")
        except AwsError as refused:
            said = "The state machine IAM Role is not authorized to access the Log Destination."
            raise AwsError("AccessDeniedException", f"{said} {refused.message}") from refused

    def _find(self, role: str, need: Need, region: str, consequence: str) -> None:
        try:
            self._access.require(role, need, region=region, session="deployment")
        except AwsError as refused:
            self._log.add("missing_right", consequence=consequence, message=refused.message)
