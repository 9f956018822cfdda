"""Executions in the log, and their changes of status on the default event bus.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

from typing import Any

from autopilot_lab.emulator.event_bus import EventBus
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.service_metrics import ServiceMetrics
from autopilot_lab.emulator.states import Execution

_STATUS_EVENTS = {
    "ExecutionStarted": "RUNNING",
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}


class ExecutionLog:
    """Listens to the engine."""

    def __init__(self, *, log: EventLog, service_metrics: ServiceMetrics) -> None:
        self._log = log
        self._service_metrics = service_metrics
        self.bus: EventBus | None = None

    def on_event(self, execution: Execution, event: dict[str, Any]) -> None:
        """Record states entered and changes of status."""
        kind = str(event["type"])
        if kind.endswith("StateEntered"):
            self._log.add(
                "state",
                machine=execution.machine.name,
                region=execution.machine.region,
                execution=execution.name,
                state=event["stateEnteredEventDetails"]["name"],
            )
        elif kind in _STATUS_EVENTS:
            self._status(execution, _STATUS_EVENTS[kind])
            metric = kind.replace("Execution", "Executions", 1)
            machine = execution.machine
            self._service_metrics.execution(machine.region, machine.arn, metric)

    def _status(self, execution: Execution, status: str) -> None:
        self._log.add(
            "execution",
            machine=execution.machine.name,
            region=execution.machine.region,
            execution=execution.name,
            status=status,
            error=execution.error or "",
        )
        if self.bus is None:
            return
        detail = {
            "executionArn": execution.arn,
            "stateMachineArn": execution.machine.arn,
            "name": execution.name,
            "status": status,
            "startDate": int(execution.started_at * 1000),
            "input": execution.input.text,
            "output": execution.output.text if execution.output else None,
        }
        region = execution.machine.region
        envelope = self.bus.event(
            region,
            source="aws.states",
            detail_type="Step Functions Execution Status Change",
            detail=detail,
            resources=[execution.arn],
        )
        self.bus.put(envelope, region)
