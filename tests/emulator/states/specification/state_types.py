"""Examples of the specification: the types of states."""

from __future__ import annotations

import time
from typing import Any

from tests.emulator.states.conftest import Work
from tests.emulator.states.specification.example import (
    JSONATA,
    PARCELS,
    SHIPMENT,
    SUCCEED,
    Example,
    branch,
    task,
)

COORDINATES = {"x-datum": 0.381018, "y-datum": 622.2269926397355}
TEST_DATA = {
    "ProvideTestData": {
        "Type": "Pass",
        **JSONATA,
        "Assign": {
            "coords": {
                **COORDINATES,
                "additional": (
                    "{% $exists($states.input.moreData) ? $states.input.moreData : {} %}"
                ),
            }
        },
        "Next": "End",
    },
    "End": SUCCEED,
}
DISPATCH = {
    "Start": {
        "Type": "Choice",
        "Choices": [
            {
                "Condition": "{% $exists($states.input.value) %}",
                "Assign": {"value": "{% $states.input.value %}"},
                "Next": "DispatchEvent",
            }
        ],
        "Default": "DispatchEvent",
    },
    "DispatchEvent": {
        "Type": "Choice",
        **JSONATA,
        "Choices": [
            {"Condition": "{% $states.input.type != 'Private' %}", "Next": "Public"},
            {
                "Condition": (
                    "{% $exists($value) and $type($value)='number' and $value>=20 and $value<30 %}"
                ),
                "Assign": {"range": "twenties"},
                "Next": "ValueInTwenties",
            },
            {
                "Condition": "{% $states.input.rating >= $states.input.auditThreshold %}",
                "Output": {"excess": "{% $states.input.rating - $states.input.auditThreshold %}"},
                "Next": "StartAudit",
            },
        ],
        "Default": "RecordEvent",
        "Assign": {"range": "default"},
    },
    **{
        name: {"Type": "Succeed", "Output": [name, "{% $states.input %}"]}
        for name in ("Public", "ValueInTwenties", "StartAudit", "RecordEvent")
    },
}
TASK_STATE = {
    "TaskState": task("HelloWorld", Next="NextState", TimeoutSeconds=300, HeartbeatSeconds=60),
    "NextState": SUCCEED,
}
LIMITS_BY_EXPRESSION = {
    "TaskState": task(
        "HelloWorld",
        TimeoutSeconds="{% $states.input.timeout %}",
        HeartbeatSeconds="{% $states.input.heartbeat %}",
    )
}
FAIL_BY_EXPRESSION = {
    "FailState": {
        "Type": "Fail",
        **JSONATA,
        "Comment": "my error comment",
        "Error": "{% $states.input.Error %}",
        "Cause": "{% $states.input.Cause %}",
    }
}
LOOKUPS = {
    "LookupCustomerInfo": {
        "Type": "Parallel",
        "Branches": [
            branch("LookupAddress", "AddressFinder"),
            branch("LookupPhone", "PhoneFinder"),
        ],
        "Next": "NextState",
    },
    "NextState": SUCCEED,
}
FUN_WITH_MATH = {
    "FunWithMath": {
        "Type": "Parallel",
        "Branches": [branch("Add", "Add"), branch("Subtract", "Subtract")],
        "Next": "NextState",
    },
    "NextState": SUCCEED,
}


def waiting(**state: Any) -> dict[str, Any]:
    """Return a machine that waits and ends."""
    return {"wait": {"Type": "Wait", "Next": "NextState", **state}, "NextState": SUCCEED}


def validate_all(**state: Any) -> dict[str, Any]:
    """Return the Map that validates every parcel of a shipment."""
    return {
        "Validate-All": {
            "Type": "Map",
            **JSONATA,
            "Items": "{% $states.input.detail.shipped %}",
            "MaxConcurrency": 0,
            "ItemProcessor": branch("Validate", "ship-val"),
            "Assign": {"shipped": "{% $states.result %}"},
            "Output": {"numItemsProcessed": "{% $count($states.input.detail.shipped) %}"},
            "End": True,
            **state,
        }
    }


def later(seconds: float, answer: Any) -> Work:
    """Return work that takes some virtual seconds."""

    def work(_event: Any) -> Any:
        time.sleep(seconds)
        return answer

    return work


def dispatched(name: str, document: Any, output: Any, **variables: Any) -> Example:
    """Return one way through the Choice state."""
    return Example(
        f"choice-{name}",
        "JSONata Choice Rules",
        DISPATCH,
        document=document,
        variables=variables,
        output=[name, output],
    )


AUDITED = {"type": "Private", "rating": 9, "auditThreshold": 6}
UNDER_THRESHOLD = {"type": "Private", "value": 31, "rating": 2, "auditThreshold": 6}
TYPES = [
    Example(
        "pass-provides-test-data",
        "JSONata Pass State",
        TEST_DATA,
        document={"georefOf": "Home"},
        variables={"coords": {**COORDINATES, "additional": {}}},
        output={"georefOf": "Home"},
    ),
    Example(
        "pass-provides-more-test-data",
        "JSONata Pass State",
        TEST_DATA,
        document={"moreData": {"z": 1}},
        variables={"coords": {**COORDINATES, "additional": {"z": 1}}},
        output={"moreData": {"z": 1}},
    ),
    Example(
        "task-within-its-limits",
        "Task State",
        TASK_STATE,
        work={"HelloWorld": later(59, "done")},
        output="done",
        seconds=59,
    ),
    Example(
        "task-that-stays-silent",
        "Task State; Timeouts",
        TASK_STATE,
        work={"HelloWorld": later(301, "late")},
        status="FAILED",
        error="States.Timeout",
        seconds=60,
    ),
    Example(
        "task-with-limits-by-expression",
        "Timeouts",
        LIMITS_BY_EXPRESSION,
        document={"timeout": 30, "heartbeat": 20},
        work={"HelloWorld": later(10, "done")},
        output="done",
        seconds=10,
    ),
    dispatched("Public", {"type": "Public"}, {"type": "Public"}),
    dispatched(
        "ValueInTwenties",
        {"type": "Private", "value": 23},
        {"type": "Private", "value": 23},
        value=23,
        range="twenties",
    ),
    dispatched("StartAudit", AUDITED, {"excess": 3}),
    dispatched("RecordEvent", UNDER_THRESHOLD, UNDER_THRESHOLD, value=31, range="default"),
    Example("wait-ten-seconds", "Wait State", waiting(Seconds=10), output={}, seconds=10),
    Example(
        "wait-until-an-instant-that-is-past",
        "Wait State",
        waiting(Timestamp="2016-03-14T01:59:00Z"),
        output={},
    ),
    # The date is moved to 40 s after the start of the lab.
    Example(
        "wait-until-a-date-of-the-input",
        "JSONata Wait State",
        waiting(Timestamp="{% $states.input.expirydate %}", **JSONATA),
        document={"expirydate": "2023-11-14T22:14:00Z"},
        output={"expirydate": "2023-11-14T22:14:00Z"},
        seconds=40,
    ),
    Example(
        "succeed", "Succeed State", {"SuccessState": SUCCEED}, document={"a": 1}, output={"a": 1}
    ),
    Example(
        "fail",
        "Fail State",
        {"FailState": {"Type": "Fail", "Error": "ErrorA", "Cause": "Kaiju attack"}},
        status="FAILED",
        error="ErrorA",
        cause="Kaiju attack",
    ),
    Example(
        "fail-by-expression",
        "JSONata Fail State",
        FAIL_BY_EXPRESSION,
        document={"Error": "ErrorB", "Cause": "from the input"},
        status="FAILED",
        error="ErrorB",
        cause="from the input",
    ),
    Example(
        "parallel-looks-up-a-customer",
        "Parallel State",
        LOOKUPS,
        document={"customer": 1},
        work={"AddressFinder": later(5, "Main Street"), "PhoneFinder": later(3, "555")},
        sent=[{"customer": 1}, {"customer": 1}],
        output=["Main Street", "555"],
        seconds=5,
    ),
    Example(
        "parallel-adds-and-subtracts",
        "Parallel State",
        FUN_WITH_MATH,
        document=[3, 2],
        work={"Add": sum, "Subtract": lambda pair: pair[0] - pair[1]},
        sent=[[3, 2], [3, 2]],
        output=[5, 1],
    ),
    Example(
        "map-validates-all",
        "JSONata Map State",
        validate_all(),
        document=SHIPMENT,
        work={"ship-val": lambda parcel: parcel["quantity"]},
        sent=PARCELS,
        variables={"shipped": [1344, 40, 12, 887, 1220]},
        output={"numItemsProcessed": 5},
    ),
    Example(
        "map-selects-parcel-and-courier",
        "JSONata Map State",
        # The specification writes $states.input.delivery-partner, which is a subtraction.
        validate_all(
            ItemSelector={
                "parcel": "{% $states.context.Map.Item.Value %}",
                "courier": "{% $states.input.detail.`delivery-partner` %}",
            }
        ),
        document=SHIPMENT,
        work={"ship-val": lambda item: item["courier"]},
        sent=[{"parcel": parcel, "courier": "UQS"} for parcel in PARCELS],
        variables={"shipped": ["UQS"] * 5},
        output={"numItemsProcessed": 5},
    ),
]
