"""What is wrong with a distributed Map is said when it is created, not when it runs."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot_lab.emulator.states.validate import validate

BATCH = {"MaxItemsPerBatch": 10}


def problems(**fields: Any) -> list[str]:
    """What is wrong with a machine of one distributed Map with these fields."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "One",
        "States": {"One": {"Type": "Pass", "End": True}},
    }
    state = {"Type": "Map", "Items": [1, 2], "ItemProcessor": processor, "End": True, **fields}
    return validate({"QueryLanguage": "JSONata", "StartAt": "All", "States": {"All": state}})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"ItemBatcher": BATCH},
        {"ItemBatcher": {"MaxInputBytesPerBatch": "{% 1024 %}"}},
        {"ToleratedFailurePercentage": 2.5},
        {"ToleratedFailurePercentage": "{% 5 %}"},
    ],
    ids=str,
)
def test_what_the_specification_allows_is_accepted(fields: dict[str, Any]) -> None:
    """Nothing is said."""
    assert problems(**fields) == []


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"ToleratedFailurePercentage": -1}, "ToleratedFailurePercentage"),
        ({"ToleratedFailurePercentage": 100.5}, "ToleratedFailurePercentage"),
        ({"ToleratedFailurePercentage": "x"}, "ToleratedFailurePercentage"),
        ({"ItemBatcher": {}}, "at least one of MaxItemsPerBatch and MaxInputBytesPerBatch"),
        ({"ItemBatcher": {"BatchInput": {}}}, "at least one of MaxItemsPerBatch"),
        ({"ItemBatcher": {"MaxItemsPerBatch": 0}}, "from 1 to"),
        ({"ItemBatcher": {"MaxInputBytesPerBatch": 262_145}}, "from 1 to 262144"),
    ],
    ids=str,
)
def test_what_it_does_not_allow_is_refused_with_its_place(
    fields: dict[str, Any], said: str
) -> None:
    """One problem, at the field that has it."""
    (problem,) = problems(**fields)
    assert said in problem
