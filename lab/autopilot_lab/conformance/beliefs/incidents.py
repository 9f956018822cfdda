"""What the run of an incident builds on: how a nested run's answer and failure arrive."""

from __future__ import annotations

import json
from typing import Any, Final

from autopilot_lab.conformance.belief import belief, documented
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.sources import ALARM_EVENTS, guide
from autopilot_lab.conformance.verdicts import equal

NESTED: Final = guide(
    "Step Functions developer guide, starting executions from a task",
    "step-functions/latest/dg/connect-stepfunctions.html",
    seen=False,
)
_RIGHTS: Final = {"states:DescribeExecution": "*", "events:*": "*"}
_MAKES: Final = "2 machines, 2 roles"


@belief(NESTED, breaks="a page could not say why a runbook was refused", makes=_MAKES)
def a_nested_failure_carries_its_error_and_cause(sandbox: Sandbox) -> None:
    """The Cause of a failed .sync:2 task is JSON with Status, Error and Cause of the nested run."""
    ended = {"Type": "Fail", "Error": "Refused", "Cause": "the lease is held"}
    cause = json.loads(_answer(sandbox, ended)["cause"])
    equal(cause["Status"], "FAILED", "Status")
    equal((cause["Error"], cause["Cause"]), ("Refused", "the lease is held"), "Error and Cause")


@belief(NESTED, breaks="the outcome of a ramp would have to be parsed from text", makes=_MAKES)
def a_nested_output_is_an_object(sandbox: Sandbox) -> None:
    """The Output of a .sync:2 task's answer is an object, not its text."""
    ended = {"Type": "Pass", "Output": {"outcome": "done"}, "End": True}
    equal(_answer(sandbox, ended)["output"], {"outcome": "done"}, "Output")


def _answer(sandbox: Sandbox, nested: dict[str, Any]) -> dict[str, Any]:
    """What a machine sees of a nested run that consists of one state."""
    child = sandbox.machine({"Only": nested})
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": child, "Name": "nested", "Input": {}},
        "Output": {"output": "{% $states.result.Output %}"},
        "Catch": [
            {
                "ErrorEquals": ["States.ALL"],
                "Next": "Caught",
                "Output": {"cause": "{% $states.errorOutput.Cause %}"},
            }
        ],
        "End": True,
    }
    caught = {"Type": "Pass", "Output": "{% $states.input %}", "End": True}
    rights = {"states:StartExecution": child, **_RIGHTS}
    ended = sandbox.run_machine({"Run": task, "Caught": caught}, rights=rights, within_seconds=180)
    equal(ended["status"], "SUCCEEDED", "status")
    answer: dict[str, Any] = json.loads(ended["output"])
    return answer


COMPOSITES: Final = (
    documented(
        "a-composite-alarms-event-says-what-suppresses-it",
        "The event of a composite alarm has its alarmRule, and actionsSuppressedBy in its state.",
        ALARM_EVENTS,
        breaks="an alarm that maintenance explains would open an incident by EventBridge",
        untried="the lab writes what it reads; events/ holds the documented shape",
    ),
)
