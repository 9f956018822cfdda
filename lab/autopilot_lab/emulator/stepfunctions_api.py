"""Step Functions' operations, on the lab's own engine."""
# ruff: noqa: ARG002 - every operation takes its parameters and the region

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.call_path import Operation
from autopilot_lab.emulator.paging import page
from autopilot_lab.emulator.states import Engine, Execution, Machine, StepFunctionsError, validate

PAGE_SIZE = 100
#: "By default, the level is set to OFF" (Step Functions API, LoggingConfiguration).
OFF: Mapping[str, Any] = {"level": "OFF", "includeExecutionData": False}


class StepFunctionsApi:
    """One method per operation: parameters and region in, result out."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._logging: dict[str, Mapping[str, Any]] = {}

    def operations(self) -> Mapping[str, Operation]:
        """The operations by their API names."""
        plain: Mapping[str, Operation] = {
            "CreateStateMachine": self.create_state_machine,
            "UpdateStateMachine": self.update_state_machine,
            "DeleteStateMachine": self.delete_state_machine,
            "DescribeStateMachine": self.describe_state_machine,
            "ListStateMachines": self.list_state_machines,
            "ValidateStateMachineDefinition": self.validate_state_machine_definition,
            "StartExecution": self.start_execution,
            "StopExecution": self.stop_execution,
            "DescribeExecution": self.describe_execution,
            "GetExecutionHistory": self.get_execution_history,
            "ListExecutions": self.list_executions,
            "SendTaskSuccess": self.send_task_success,
            "SendTaskFailure": self.send_task_failure,
            "SendTaskHeartbeat": self.send_task_heartbeat,
        }
        return {name: _refusing(operation) for name, operation in plain.items()}

    # -- machines --------------------------------------------------------------------------------

    def create(
        self, name: str, region: str, definition: Mapping[str, Any], role_arn: str, kind: str
    ) -> str:
        """Create a state machine from a template; return its ARN. Raises `AwsError`."""
        try:
            return self._engine.create(name, region, dict(definition), role_arn, kind)
        except StepFunctionsError as refused:
            raise AwsError(refused.code, f"{name}: {refused}") from refused

    def keep_logging(self, arn: str, logging: Mapping[str, Any]) -> None:
        """Keep a machine's logging configuration, as the API has it, to be described."""
        self._logging[arn] = logging

    def delete(self, arn: str) -> None:
        """Delete a state machine."""
        self._engine.delete(arn)

    def start(self, arn: str, name: str, text: str) -> str:
        """Start an execution for another service; return its ARN. Raises `AwsError`."""
        try:
            return self._engine.start(arn, name, text).arn
        except StepFunctionsError as refused:
            raise AwsError(refused.code, str(refused)) from refused

    def create_state_machine(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Create a machine; the same again is the same machine."""
        arn = self._engine.create(
            params["name"],
            region,
            json.loads(params["definition"]),
            params["roleArn"],
            params.get("type", "STANDARD"),
        )
        self.keep_logging(arn, params.get("loggingConfiguration", OFF))
        return {
            "stateMachineArn": arn,
            "creationDate": _moment(self._engine.machine(arn).created_at),
        }

    def update_state_machine(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Change a machine; executions that run keep their definition."""
        definition = json.loads(params["definition"]) if "definition" in params else None
        if "loggingConfiguration" in params:
            self.keep_logging(params["stateMachineArn"], params["loggingConfiguration"])
        self._engine.update(params["stateMachineArn"], definition, params.get("roleArn"))
        return {"updateDate": _moment(self._engine.machine(params["stateMachineArn"]).created_at)}

    def delete_state_machine(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Delete a machine."""
        self._engine.delete(params["stateMachineArn"])
        return {}

    def describe_state_machine(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """A machine with its definition."""
        machine = self._engine.machine(params["stateMachineArn"])
        return _listed_machine(machine) | {
            "definition": json.dumps(machine.definition.raw),
            "roleArn": machine.role_arn,
            "status": "ACTIVE",
            "loggingConfiguration": self._logging.get(machine.arn, OFF),
        }

    def list_state_machines(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The machines of the region."""
        machines = [_listed_machine(machine) for machine in self._engine.machines(region)]
        return _paged("stateMachines", machines, params)

    def validate_state_machine_definition(
        self, params: dict[str, Any], region: str
    ) -> dict[str, Any]:
        """What is wrong with a definition."""
        problems = validate(json.loads(params["definition"]))
        return {
            "result": "FAIL" if problems else "OK",
            "diagnostics": [
                {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": problem}
                for problem in problems
            ],
        }

    # -- executions ------------------------------------------------------------------------------

    def start_execution(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Start an execution."""
        execution = self._engine.start(
            params["stateMachineArn"], params.get("name"), params.get("input", "{}")
        )
        return {"executionArn": execution.arn, "startDate": _moment(execution.started_at)}

    def stop_execution(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Abort an execution."""
        stopped = self._engine.stop(
            params["executionArn"], params.get("error"), params.get("cause")
        )
        return {"stopDate": _moment(stopped.stopped_at or stopped.started_at)}

    def describe_execution(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """An execution with input, output and status."""
        return self._engine.execution(params["executionArn"]).describe()

    def get_execution_history(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The events of an execution."""
        events = self._engine.history(params["executionArn"])
        if params.get("reverseOrder"):
            events = events[::-1]
        return _paged("events", events, params)

    def list_executions(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """The executions of a machine, the latest start first."""
        found = self._engine.list(params["stateMachineArn"], params.get("statusFilter"))
        return _paged("executions", [_listed_execution(one) for one in found], params)

    def send_task_success(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """End a state that waits for its token."""
        self._engine.callbacks.succeed(params["taskToken"], params["output"])
        return {}

    def send_task_failure(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Fail a state that waits for its token."""
        self._engine.callbacks.fail(
            params["taskToken"], params.get("error", ""), params.get("cause", "")
        )
        return {}

    def send_task_heartbeat(self, params: dict[str, Any], region: str) -> dict[str, Any]:
        """Keep a state waiting for its token."""
        self._engine.callbacks.heartbeat(params["taskToken"])
        return {}


def _refusing(operation: Callable[..., dict[str, Any]]) -> Operation:
    """The operation, with the engine's refusals as errors on the wire."""

    def answer(params: dict[str, Any], region: str) -> dict[str, Any]:
        try:
            return operation(params, region)
        except StepFunctionsError as refused:
            raise AwsError(refused.code, str(refused)) from refused

    return answer


def _paged(key: str, items: list[Any], params: Mapping[str, Any]) -> dict[str, Any]:
    size = int(params.get("maxResults") or PAGE_SIZE)
    chosen, token = page(items, params.get("nextToken"), size)
    return {key: chosen} | ({"nextToken": token} if token else {})


def _listed_machine(machine: Machine) -> dict[str, Any]:
    return {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "type": machine.kind,
        "creationDate": _moment(machine.created_at),
    }


def _listed_execution(execution: Execution) -> dict[str, Any]:
    listed = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine.arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": _moment(execution.started_at),
    }
    if execution.stopped_at is not None:
        listed["stopDate"] = _moment(execution.stopped_at)
    return listed


def _moment(instant: float) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
