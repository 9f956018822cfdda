"""The Task state: have something done elsewhere, within a time-out, and record how it went.

Event types and their details follow the botocore model and recordings on AWS: a function named by
its ARN has the LambdaFunction events, everything else the Task events. Work that outlives its
state goes on: Step Functions abandons a Lambda function at the time-out, it does not stop it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autopilot_lab.emulator.clock import TaskKilled, TaskTimeout
from autopilot_lab.emulator.states.callbacks import Callback, missed_heartbeat
from autopilot_lab.emulator.states.definition import TASK_TIMEOUT_SECONDS_DEFAULT, TaskState
from autopilot_lab.emulator.states.documents import Document, limited
from autopilot_lab.emulator.states.errors import TASK_FAILED, TIMEOUT, StatesError
from autopilot_lab.emulator.states.execution import Execution, Transition
from autopilot_lab.emulator.states.history import NOT_TRUNCATED
from autopilot_lab.emulator.states.recovery import recovering
from autopilot_lab.emulator.states.resources import Resource
from autopilot_lab.emulator.states.templates import Template
from autopilot_lab.emulator.states.visit import Visit

NESTED_ARGUMENTS = {"StateMachineArn", "Input", "Name", "TraceHeader"}


def carry_out_task(visit: Visit) -> Transition:
    """Run the task as often as its retriers allow."""
    return recovering(visit, lambda: _attempt(visit))


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds a task may take, and may stay silent; None where the state does not say."""

    timeout_seconds: int | None
    heartbeat_seconds: int | None

    def details(self) -> dict[str, int]:
        """Return the limits as the scheduled event writes them."""
        known = {
            "timeoutInSeconds": self.timeout_seconds,
            "heartbeatInSeconds": self.heartbeat_seconds,
        }
        return {name: seconds for name, seconds in known.items() if seconds is not None}


def _attempt(visit: Visit) -> Transition:
    state: TaskState = visit.state
    callback = None
    context = visit.context()
    if state.resource.waits_for_token:
        callback = visit.runtime.callbacks.issue()
        context["Task"] = {"Token": callback.token}
    bindings = visit.bindings(context=context)
    arguments = visit.input
    if state.arguments is not None:
        arguments = limited(Document.of(visit.evaluate(state.arguments, bindings)), state.name)
    if not state.resource.is_function and not isinstance(arguments.value, dict):
        raise visit.runtime_error("The Arguments of an integration must be an object.")
    limits = _limits(visit, bindings)
    result = Call(visit, arguments, context, limits, callback).run()
    return visit.leave_normally(visit.bindings(result=result.value), result)


def _limits(visit: Visit, bindings: dict[str, Any]) -> Limits:
    def seconds(template: Template | None) -> int | None:
        if template is None:
            return None
        return visit.whole_number(template, bindings, least=1, most=TASK_TIMEOUT_SECONDS_DEFAULT)

    return Limits(seconds(visit.state.timeout_seconds), seconds(visit.state.heartbeat_seconds))


class Call:
    """One attempt to have the work of a Task done."""

    def __init__(
        self,
        visit: Visit,
        arguments: Document,
        context: dict[str, Any],
        limits: Limits,
        callback: Callback | None,
    ) -> None:
        self._visit = visit
        self._arguments = arguments
        self._context = context
        self._limits = limits
        self._callback = callback
        self._resource: Resource = visit.state.resource
        self._family = "LambdaFunction" if self._resource.is_function else "Task"

    def run(self) -> Document:
        """Record, carry out, record. Raises the `StatesError` that the work ended with."""
        self._scheduled()
        self._record("Started", None if self._resource.is_function else {})
        try:
            result = limited(self._work(), self._resource.arn_or_service)
        except StatesError as error:
            self._failed(error)
            raise
        self._record("Succeeded", {"output": result.text, "outputDetails": NOT_TRUNCATED})
        return result

    def _work(self) -> Document:
        if self._callback is not None:
            return self._wait_for_callback(self._callback)
        if self._resource.starts_execution:
            return self._run_nested()
        return Document.of(self._within_limits(self._request()))

    def _request(self) -> Callable[[], Any]:
        machine = self._visit.execution.machine
        arguments = self._arguments.copy()
        return lambda: self._visit.runtime.tasks.run(
            self._resource.base, arguments, self._context, machine.region, machine.role_arn
        )

    def _within_limits(self, work: Callable[[], Any]) -> Any:
        """Run the work as a task of its own, which the time-out leaves behind."""
        given = (self._limits.timeout_seconds, self._limits.heartbeat_seconds)
        limit = min((seconds for seconds in given if seconds is not None), default=None)
        name = f"{self._visit.execution.name} {self._visit.state.name}"
        task = self._visit.runtime.scheduler.spawn(work, name=name)
        try:
            return task.wait(limit)
        except TaskTimeout:
            if limit == self._limits.timeout_seconds:
                raise StatesError(TIMEOUT) from None
            raise missed_heartbeat() from None

    def _wait_for_callback(self, callback: Callback) -> Document:
        if self._resource.starts_execution:
            submitted = Document.of(_submission(self._start_nested()))
        else:
            submitted = Document.of(self._within_limits(self._request()))
        self._submitted(submitted)
        scheduler = self._visit.runtime.scheduler
        callback.heard_at = scheduler.now
        return callback.wait(
            scheduler, self._limits.timeout_seconds, self._limits.heartbeat_seconds
        )

    def _run_nested(self) -> Document:
        nested = self._start_nested()
        submission = Document.of(_submission(nested))
        if ".sync" not in self._resource.action:
            return submission
        self._submitted(submission)
        self._await_nested(nested)
        described = _described(nested, parse_output=self._resource.action.endswith(":2"))
        if nested.status != "SUCCEEDED":
            # A time-out of the nested run arrives as States.TaskFailed as well.
            raise StatesError(TASK_FAILED, Document.of(described).text)
        return Document.of(described)

    def _await_nested(self, nested: Execution) -> None:
        """Wait for a nested run; when this state gives up, the run is stopped as well.

        Source: developer guide, "Service integration patterns", run a job: Step Functions makes
        a best effort to cancel the job when the task is aborted or timed out.
        """
        try:
            self._within_limits(nested.wait)
        except (StatesError, TaskKilled):
            self._visit.runtime.stop(nested)
            raise

    def _start_nested(self) -> Execution:
        arguments = self._arguments.value
        if not isinstance(arguments, dict) or not NESTED_ARGUMENTS.issuperset(arguments):
            known = ", ".join(sorted(NESTED_ARGUMENTS))
            raise self._visit.runtime_error(f"Expected Arguments with {known} only.")
        return self._visit.runtime.start_nested(arguments)

    def _scheduled(self) -> None:
        if self._resource.is_function:
            details: dict[str, Any] = {
                "resource": self._resource.arn,
                "input": self._arguments.text,
                "inputDetails": NOT_TRUNCATED,
            }
        else:
            details = {
                "region": self._visit.execution.machine.region,
                "parameters": self._arguments.text,
            }
        self._record("Scheduled", details | self._limits.details())

    def _submitted(self, submission: Document) -> None:
        details = {"output": submission.text, "outputDetails": NOT_TRUNCATED}
        self._record("Submitted", details)

    def _failed(self, error: StatesError) -> None:
        details = {"error": error.name}
        if error.cause is not None:
            details["cause"] = error.cause
        self._record("TimedOut" if error.name == TIMEOUT else "Failed", details)

    def _record(self, what: str, details: dict[str, Any] | None) -> None:
        if details is not None and not self._resource.is_function:
            details = {
                "resourceType": self._resource.service,
                "resource": self._resource.action,
                **details,
            }
        self._visit.strand.record(self._family + what, details)


def _submission(nested: Execution) -> dict[str, Any]:
    return {"ExecutionArn": nested.arn, "StartDate": round(nested.started_at * 1000)}


def _described(nested: Execution, *, parse_output: bool) -> dict[str, Any]:
    """Return DescribeExecution of a nested run, in the names and times of the integration."""
    described: dict[str, Any] = {
        "ExecutionArn": nested.arn,
        "Input": nested.input.value if parse_output else nested.input.text,
        "InputDetails": {"Included": True},
        "Name": nested.name,
        "StartDate": round(nested.started_at * 1000),
        "StateMachineArn": nested.machine.arn,
        "Status": nested.status,
        "StopDate": round((nested.stopped_at or 0) * 1000),
    }
    if nested.output is not None:
        described["Output"] = nested.output.value if parse_output else nested.output.text
        described["OutputDetails"] = {"Included": True}
    ends = {"Error": nested.error, "Cause": nested.cause}
    return described | {name: value for name, value in ends.items() if value is not None}
