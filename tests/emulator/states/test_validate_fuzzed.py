"""Whatever JSON a definition is: it is refused with reasons, or it runs to an end."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.states import Engine, StatesError, validate
from tests.emulator.states.conftest import INVOKE, REGION, ROLE, START, machine

GOOD = machine(
    {
        "T": {
            "Type": "Task",
            "Resource": INVOKE,
            "Arguments": {"FunctionName": "work", "Payload": "{% $states.input %}"},
            "TimeoutSeconds": 9,
            "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 1}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "W", "Output": {"a": 1}}],
            "Assign": {"n": "{% $states.result.StatusCode %}"},
            "Next": "W",
        },
        "W": {"Type": "Wait", "Seconds": 3, "Next": "C"},
        "C": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% 1 > 2 %}", "Next": "S"}],
            "Default": "P",
        },
        "P": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}],
            "Next": "M",
        },
        "M": {
            "Type": "Map",
            "Items": [1, 2],
            "ItemSelector": {"i": "{% $states.context.Map.Item.Value %}"},
            "MaxConcurrency": 1,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "I",
                "States": {"I": {"Type": "Pass", "End": True}},
            },
            "Next": "D",
        },
        "D": {
            "Type": "Map",
            "Items": [1],
            "Label": "d",
            "ItemBatcher": {"MaxItemsPerBatch": 1},
            "ResultWriter": {"WriterConfig": {"Transformation": "FLATTEN"}},
            "ToleratedFailurePercentage": 50,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "J",
                "States": {"J": {"Type": "Pass", "End": True}},
            },
            "Next": "S",
        },
        "S": {"Type": "Succeed", "Output": "{% $states.input %}"},
    },
    TimeoutSeconds=3600,
)

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(None, True, False, 0, -1, 1.5, 10**12, "", "X", "T", "Map", "DISTRIBUTED", "States.ALL"),
        *("{% $absent %}", "{% 'a' + 1 %}", "{% [", "{% $states.input %}"),
        *([], {}, [[]], [{}], {"Type": "Pass"}, ["States.ALL"], {"a": ["{% 1 %}"]}),
    ]
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of all values inside a JSON value."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    found = []
    for key, value in items:
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += places(value, (*path, key))
    return found


@given(st.lists(st.tuples(st.sampled_from(places(GOOD)), ODD), min_size=1, max_size=3))
@settings(max_examples=400, deadline=None)
def test_a_mutilated_definition_is_refused_or_runs(
    changes: list[tuple[tuple[Any, ...], Any]],
) -> None:
    """No change of a good definition makes the engine crash, hang, or fail for its own defect."""
    definition = copy.deepcopy(GOOD)
    for path, value in changes:
        replace(definition, path, copy.deepcopy(value))
    if not validate(definition):
        assert status_of(definition) in {"SUCCEEDED", "FAILED", "TIMED_OUT"}


def replace(node: Any, path: tuple[Any, ...], value: Any) -> None:
    """Put a value at a path, if an earlier change has left the path there."""
    for key in path[:-1]:
        try:
            node = node[key]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(node, dict) or (isinstance(node, list) and path[-1] in range(len(node))):
        node[path[-1]] = value


class Refusing:
    """Refuses every task, whatever it is."""

    def run(
        self,
        resource: str,
        arguments: Any,
        context: Mapping[str, Any],
        region: str,
        role_arn: str,
    ) -> Any:
        """Raise the error that the definition retries."""
        raise StatesError("Busy", f"{resource} {region} {role_arn} {arguments} {len(context)}")


def status_of(definition: dict[str, Any]) -> str:
    """Run a machine to its end; a defect of the engine itself is raised."""
    scheduler = Scheduler(start=START)
    with scheduler.running():
        engine = Engine(scheduler, Refusing())
        execution = engine.start(engine.create("m", REGION, definition, ROLE)).wait()
        if execution.task is not None and execution.status != "TIMED_OUT":
            execution.task.wait()
        return execution.status
