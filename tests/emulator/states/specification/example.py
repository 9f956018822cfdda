"""An example of the specification, and how it is run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autopilot_lab.emulator.states import Execution
from tests.emulator.states.conftest import Lab, Work

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"
ON_TIMEOUT = {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2, "BackoffRate": 2.0}
SUCCEED = {"Type": "Succeed"}
JSONATA = {"QueryLanguage": "JSONata"}
SHIPMENT = {
    "ship-date": "2016-03-14T01:59:00Z",
    "detail": {
        "delivery-partner": "UQS",
        "shipped": [
            {"prod": "R31", "dest-code": 9511, "quantity": 1344},
            {"prod": "S39", "dest-code": 9511, "quantity": 40},
            {"prod": "R31", "dest-code": 9833, "quantity": 12},
            {"prod": "R40", "dest-code": 9860, "quantity": 887},
            {"prod": "R40", "dest-code": 9511, "quantity": 1220},
        ],
    },
}
PARCELS = SHIPMENT["detail"]["shipped"]  # type: ignore[index]


@dataclass(frozen=True)
class Example:
    """An example and what the specification says of it.

    `work` runs by function name; `sent` are the inputs of the tasks, in order; `seconds` is
    the virtual time the machine takes.
    """

    name: str
    section: str
    states: Mapping[str, Any]
    output: Any = None
    document: Any = field(default_factory=dict)
    work: Mapping[str, Work] = field(default_factory=dict)
    sent: Sequence[Any] | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    status: str = "SUCCEEDED"
    error: str | None = None
    cause: str | None = None
    seconds: float = 0


def task(function: str, **state: Any) -> dict[str, Any]:
    """Return a Task that runs a function by its ARN, and ends unless it says where it leads."""
    end = {} if "Next" in state else {"End": True}
    return {"Type": "Task", "Resource": LAMBDA + function, **end, **state}


def branch(name: str, function: str) -> dict[str, Any]:
    """Return a branch of one Task."""
    return {"StartAt": name, "States": {name: task(function)}}


def run(lab: Lab, example: Example) -> Execution:
    """Run an example with its functions and its input."""
    lab.tasks.work.update({LAMBDA + name: work for name, work in example.work.items()})
    return lab.run(example.states, json.dumps(example.document))


def variables_of(lab: Lab, execution: Execution) -> dict[str, Any]:
    """Return what the states of an execution assigned, the latest value of each variable."""
    assigned: dict[str, Any] = {}
    for event in lab.engine.history(execution.arn):
        texts = event.get("stateExitedEventDetails", {}).get("assignedVariables", {})
        assigned |= {name: json.loads(text) for name, text in texts.items()}
    return assigned
