"""Starts runbooks as executions of Step Functions state machines."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.errors import Transient
from autopilot.ports import Record


class StepFunctionsRuns:
    """Starts machines of one region; a machine's name is the service's name and the runbook's."""

    def __init__(self, *, client: Any, arn_prefix: str) -> None:
        """`arn_prefix`: all of a machine's ARN up to the runbook's own name."""
        self._client = client
        self._arn_prefix = arn_prefix

    def start(self, *, runbook: str, name: str, request: Record) -> str:
        """Start a run; return its execution ARN.

        The name is used once in 90 days, so a name that exists is this run, started before
        (docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html).
        """
        machine = f"{self._arn_prefix}{runbook.replace('_', '-')}"
        try:
            answer = self._client.start_execution(
                stateMachineArn=machine, name=name, input=json.dumps(request, sort_keys=True)
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ExecutionAlreadyExists":
                return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"
            message = f"{runbook} could not be started as {name}: {error}"
            raise Transient(message) from error
        except BotoCoreError as error:
            message = f"Step Functions did not answer the start of {name}: {error}"
            raise Transient(message) from error
        return str(answer["executionArn"])
