"""Examples in JSONPath are refused by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from autopilot_lab.emulator.states import validate
from tests.emulator.states.conftest import machine
from tests.emulator.states.specification.example import (
    SUCCEED,
    branch,
    task,
)
from tests.emulator.states.specification.state_types import COORDINATES

VALIDATE_ALL_BY_PATH: dict[str, Any] = {
    "Type": "Map",
    "InputPath": "$.detail",
    "ItemsPath": "$.shipped",
    "MaxConcurrency": 0,
    "ItemProcessor": branch("Validate", "ship-val"),
    "ResultPath": "$.detail.shipped",
    "End": True,
}
CHOICE_BY_PATH = {
    "Type": "Choice",
    "Choices": [
        {"Not": {"Variable": "$.type", "StringEquals": "Private"}, "Next": "Y"},
        {
            "And": [
                {"Variable": "$.value", "IsPresent": True},
                {"Variable": "$.value", "NumericLessThan": 30},
            ],
            "Assign": {"range": "twenties"},
            "Next": "Y",
        },
        {"Variable": "$.rating", "NumericGreaterThanPath": "$.auditThreshold", "Next": "Y"},
    ],
    "Default": "Y",
}


def parameters(template: dict[str, Any]) -> dict[str, Any]:
    """Return a Task with a payload template."""
    return task("X", Parameters=template)


BY_PATH: dict[str, tuple[dict[str, Any], Sequence[str]]] = {
    "Query Languages": (
        {"Type": "Pass", "Parameters": {"total.$": "$.transaction.total"}, "End": True},
        ["Parameters"],
    ),
    "Payload Template, constant": (parameters({"first": 88, "second": 99}), ["Parameters"]),
    "Payload Template, paths": (
        parameters({"flagged": True, "parts": {"first.$": "$.vals[0]", "last3.$": "$.vals[-3:]"}}),
        ["Parameters"],
    ),
    "Intrinsic Functions": (
        parameters({"greeting.$": "States.Format('Welcome to {}', $.firstName)"}),
        ["Parameters"],
    ),
    "Input/Output Processing Examples": (
        task("X", InputPath="$.numbers", ResultPath="$.sum"),
        ["InputPath", "ResultPath"],
    ),
    "Input/Output Processing Examples, greeting": (
        task("X", ResultPath="$.b.greeting"),
        ["ResultPath"],
    ),
    "JSONPath Catchers": (
        task(
            "X",
            Next="Y",
            Catch=[
                {
                    "ErrorEquals": ["java.lang.Exception"],
                    "ResultPath": "$.error-info",
                    "Next": "Y",
                }
            ],
        ),
        ["ResultPath"],
    ),
    "JSONPath Pass State": (
        {"Type": "Pass", "Result": COORDINATES, "ResultPath": "$.coords", "End": True},
        ["Result", "ResultPath"],
    ),
    "JSONPath Choice Rules": (CHOICE_BY_PATH, ["Not", "And", "Variable", "NumericGreaterThanPath"]),
    "JSONPath Wait State": (
        {"Type": "Wait", "TimestampPath": "$.expirydate", "End": True},
        ["TimestampPath"],
    ),
    "JSONPath Fail State": (
        {"Type": "Fail", "ErrorPath": "$.Error", "CausePath": "$.Cause"},
        ["ErrorPath", "CausePath"],
    ),
    "JSONPath Map State": (VALIDATE_ALL_BY_PATH, ["InputPath", "ItemsPath", "ResultPath"]),
    "JSONPath Map State, ItemSelector": (
        {
            **VALIDATE_ALL_BY_PATH,
            "ItemSelector": {
                "parcel.$": "$$.Map.Item.Value",
                "courier.$": "$.delivery-partner",
            },
        },
        ["InputPath", "ItemsPath", "ResultPath"],
    ),
    "States": (task("HelloWorld", QueryLanguage="JSONPath"), ["QueryLanguage"]),
}


@pytest.mark.parametrize("state,names", BY_PATH.values(), ids=BY_PATH)
def test_an_example_in_jsonpath_is_refused_by_name(
    state: dict[str, Any], names: Sequence[str]
) -> None:
    """As it stands the language is refused; in a JSONata machine each of its fields is."""
    leads_on = {"Next", "Default"} & set(state)
    states = {"X": state, **({"Y": SUCCEED} if leads_on else {})}
    refused = "JSONPath is not implemented: expected JSONata, got JSONPath, the default"
    assert validate({"StartAt": "X", "States": states}) == [f"{refused} at /QueryLanguage"]
    problems = validate(machine(states))
    for name in names:
        assert any(f"'{name}'" in problem for problem in problems), name
