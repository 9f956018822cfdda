"""The examples of the Amazon States Language specification, run on the engine.

Source: https://states-language.net/spec.html (2024, with JSONata and variables); each case names
its section there. Where an example is a lone state, a state to go on to is added; where it needs a
resource or a piece of context that the specification leaves to the interpreter, one that Step
Functions has stands in. Examples in JSONPath are refused by name, and those that have an
equivalent (appendix B among them) are stated in JSONata as well.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from autopilot_lab.emulator.states import Execution, StatesError, validate
from tests.emulator.states.conftest import Lab, Work, failing, machine

LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"
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


# -- structure, data and variables -------------------------------------------------------------

CAR = {
    "FirstState": {
        "Type": "Pass",
        "Assign": {"make": "Infiniti", "model": "G35", "year": 2006},
        "Next": "SecondState",
    },
    "SecondState": {
        "Type": "Pass",
        **JSONATA,
        "Output": "{% $year & ' ' & $make & ' ' & $model %}",
        "Next": "ThirdState",
    },
    "ThirdState": SUCCEED,
}
OLD_AND_NEW = {
    "Before": {"Type": "Pass", "Assign": {"x": 5}, "Next": "Assigning"},
    "Assigning": {
        "Type": "Pass",
        **JSONATA,
        "Assign": {"x": 42, "newOrOld": "{% $x %}"},
        "Next": "Referencing",
    },
    "Referencing": {"Type": "Succeed", "Output": "{% [$x, $newOrOld] %}"},
}
SCOPES = {
    "Get Greeting": {"Type": "Pass", "Assign": {"outer": "hello"}, "Next": "Greet Everyone"},
    "Greet Everyone": {
        "Type": "Map",
        "ItemProcessor": {
            "StartAt": "Begin",
            "States": {
                "Begin": {
                    "Type": "Pass",
                    "Assign": {"inner": "world", "hi": "{% $outer %}"},
                    "Next": "End",
                },
                "End": {"Type": "Succeed", "Output": "{% $hi %}"},
            },
        },
        "Assign": {"outer": 2},
        "Next": "Goodbye",
    },
    "Goodbye": {
        "Type": "Succeed",
        "Output": {"outer": "{% $outer %}", "hi": "{% $states.input %}"},
    },
}
STRUCTURE = [
    Example(
        "hello-world",
        "Example: Hello World; Query Languages",
        {"Hello World": task("HelloWorld")},
        work={"HelloWorld": lambda _event: "Hello, world!"},
        sent=[{}],
        output="Hello, world!",
    ),
    Example(
        "a-task-with-a-comment-and-a-next-state",
        "States",
        {
            "HelloWorld": task("HelloWorld", Next="NextState", Comment="Runs a function"),
            "NextState": SUCCEED,
        },
        work={"HelloWorld": lambda event: event},
        document={"a": 1},
        output={"a": 1},
    ),
    Example(
        "add-two-numbers",
        "Data",
        {"Add": task("Add")},
        document={"val1": 3, "val2": 4},
        work={"Add": lambda event: event["val1"] + event["val2"]},
        output=7,
    ),
    Example(
        "the-jsonata-state-of-two-languages",
        "Query Languages",
        {
            "JSONata state": {
                "Type": "Pass",
                **JSONATA,
                "Output": {"total": "{% $states.input.transaction.total %}"},
                "End": True,
            }
        },
        document={"transaction": {"total": 12.5}},
        output={"total": 12.5},
    ),
    Example(
        "variables-make-a-text",
        "Assigning State Machine Variables",
        CAR,
        variables={"make": "Infiniti", "model": "G35", "year": 2006},
        output="2006 Infiniti G35",
    ),
    Example(
        "assign-sees-the-old-value",
        "Assigning State Machine Variables",
        OLD_AND_NEW,
        variables={"x": 42, "newOrOld": 5},
        output=[42, 5],
    ),
    Example(
        "inner-states-read-the-outer-scope",
        "Variable Scope",
        SCOPES,
        document=["one", "two"],
        variables={"outer": 2, "inner": "world", "hi": "hello"},
        output={"outer": 2, "hi": ["hello", "hello"]},
    ),
]

# -- JSONata -----------------------------------------------------------------------------------

MY_TASK = {
    "My Task": {
        **task("HelloWorld"),
        **JSONATA,
        "Output": {
            "customer": "{% $states.input.customer %}",
            "resultStatus": "{% $states.result.status %}",
            "elapsedTime": "{% $states.context.State.Name %}",
        },
        "Catch": [
            {
                "ErrorEquals": ["States.ALL"],
                "Output": {
                    "errorDetails": "{% $states.errorOutput %}",
                    "input": "{% $states.input %}",
                },
                "Next": "Handle Error",
            }
        ],
    },
    "Handle Error": SUCCEED,
}
SAMPLE_DATA = {
    "student": {
        "name": "Scotland",
        "course": [{"grade": 34}, {"grade": 99}, {"grade": 76}, {"grade": 96}],
    },
    "class": {"teacher": "Bert"},
    "two": "the number 2",
}
EVALUATION = {
    "GetSampleData": {"Type": "Pass", "Assign": SAMPLE_DATA, "Next": "A Task"},
    "A Task": {
        **task("DoTheTask", Next="Process the result"),
        **JSONATA,
        "Arguments": {
            "student": "{% $student.name %}",
            "classInfo": {"teacher": "{% $class.teacher %}"},
            "values": [1, "{% $two %}", "three"],
        },
        "Output": (
            "{% { 'avg': $average($student.course.grade), 'num': $count($student.course) }  %}"
        ),
    },
    "Process the result": SUCCEED,
}
FACTORIAL = "{% ($product := function($x, $y) {$x * $y}; $reduce([1..5], $product)) %}"
QUERIES = [
    Example(
        "a-library-function",
        "Expressions",
        {
            "Order": {"Type": "Pass", "Assign": {"order": {"total": [4, 5, 6]}}, "Next": "Sum"},
            "Sum": {"Type": "Succeed", "Output": "{% $sum($order.total) %}"},
        },
        variables={"order": {"total": [4, 5, 6]}},
        output=15,
    ),
    Example(
        "a-function-of-its-own",
        "Expressions",
        {"Factorial": {"Type": "Succeed", "Output": FACTORIAL}},
        output=120,
    ),
    Example(
        "a-variable-inside-an-expression-is-no-machine-variable",
        "Expressions",
        {
            "Start": {"Type": "Pass", "Assign": {"x": 1}, "Next": "Inside"},
            "Inside": {"Type": "Pass", "Output": "{% ($x := 2; $x) %}", "Next": "After"},
            "After": {"Type": "Succeed", "Output": "{% [$states.input, $x] %}"},
        },
        variables={"x": 1},
        output=[2, 1],
    ),
    Example(
        "states-variable-when-the-task-succeeds",
        'Reserved "states" Variable with JSONata',
        MY_TASK,
        document={"customer": "C-1"},
        work={"HelloWorld": lambda _event: {"status": "ok"}},
        output={"customer": "C-1", "resultStatus": "ok", "elapsedTime": "My Task"},
    ),
    Example(
        "states-variable-when-the-task-fails",
        'Reserved "states" Variable with JSONata',
        MY_TASK,
        document={"customer": "C-1"},
        work={"HelloWorld": failing("Broken", "by design")},
        output={
            "errorDetails": {"Error": "Broken", "Cause": "by design"},
            "input": {"customer": "C-1"},
        },
    ),
    Example(
        "arguments-and-output-of-a-task",
        "JSONata Evaluation",
        EVALUATION,
        work={"DoTheTask": lambda _event: None},
        sent=[
            {
                "student": "Scotland",
                "classInfo": {"teacher": "Bert"},
                "values": [1, "the number 2", "three"],
            }
        ],
        variables=SAMPLE_DATA,
        output={"avg": 76.25, "num": 4},
    ),
]

# -- errors ------------------------------------------------------------------------------------

CATCHING = {
    "Work": {
        **task("Work"),
        "Catch": [
            {
                "ErrorEquals": ["java.lang.Exception"],
                "Output": "{% $merge([ $states.input, {'error-info': $states.errorOutput} ]) %}",
                "Next": "RecoveryState",
            },
            {
                "ErrorEquals": ["States.ALL"],
                "Assign": {
                    "isCritical": (
                        "{% $contains($lowercase($states.errorOutput.Error), /.*fatal.*/)  %}"
                    )
                },
                "Next": "EndMachine",
            },
        ],
    },
    "RecoveryState": SUCCEED,
    "EndMachine": SUCCEED,
}
CATCHERS = [
    Example(
        "a-catcher-adds-the-error-to-the-input",
        "JSONata Catchers",
        CATCHING,
        document={"order": 7},
        work={"Work": failing("java.lang.Exception", "unhandled")},
        output={"order": 7, "error-info": {"Error": "java.lang.Exception", "Cause": "unhandled"}},
    ),
    Example(
        "a-catcher-assigns-that-the-error-is-critical",
        "JSONata Catchers",
        CATCHING,
        work={"Work": failing("FatalDiskError", "gone")},
        variables={"isCritical": True},
        output={"Error": "FatalDiskError", "Cause": "gone"},
    ),
    Example(
        "a-catcher-assigns-that-the-error-is-not-critical",
        "JSONata Catchers",
        CATCHING,
        work={"Work": failing("Hiccup", "once")},
        variables={"isCritical": False},
        output={"Error": "Hiccup", "Cause": "once"},
    ),
]

# -- the types of states -----------------------------------------------------------------------

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

# -- JSONPath examples, in JSONata -------------------------------------------------------------

NUMBERS = [1, 2, 3, 4, 5, 6, 7, 8, 9]


def translated(name: str, expression: str, document: Any, output: Any) -> Example:
    """Return an example in JSONPath, named by its section, as an expression that does the same."""
    return Example(
        name,
        name,
        {"X": {"Type": "Pass", "Output": {"it": f"{{% {expression} %}}"}, "End": True}},
        document=document,
        output={"it": output},
    )


TRANSLATED = [
    translated(
        "States.Format",
        "'Your name is ' & $states.input.name & ', we are in the year ' & 2020",
        {"name": "Foo", "zebra": "stripe"},
        "Your name is Foo, we are in the year 2020",
    ),
    translated(
        "States.StringToJson",
        "$parse($states.input.someString)",
        {"someString": '{"number": 20}', "zebra": "stripe"},
        {"number": 20},
    ),
    translated(
        "States.JsonToString",
        "$string($states.input.someJson)",
        {"someJson": {"name": "Foo", "year": 2020}, "zebra": "stripe"},
        '{"name":"Foo","year":2020}',
    ),
    translated(
        "States.Array",
        "['Foo', 2020, $states.input.someJson, null]",
        {"someJson": {"random": "abcdefg"}, "zebra": "stripe"},
        ["Foo", 2020, {"random": "abcdefg"}, None],
    ),
    translated(
        "States.ArrayPartition",
        "$partition($states.input.inputArray, 4)",
        {"inputArray": NUMBERS},
        [[1, 2, 3, 4], [5, 6, 7, 8], [9]],
    ),
    translated(
        "States.ArrayContains",
        "$states.input.lookingFor in $states.input.inputArray",
        {"inputArray": NUMBERS, "lookingFor": 5},
        output=True,
    ),
    translated("States.ArrayRange", "$range(1, 9, 2)", {}, [1, 3, 5, 7, 9]),
    translated(
        "States.ArrayGetItem",
        "$states.input.inputArray[$states.input.index]",
        {"inputArray": NUMBERS, "index": 5},
        6,
    ),
    translated(
        "States.ArrayLength", "$count($states.input.inputArray)", {"inputArray": NUMBERS}, 9
    ),
    translated(
        "States.ArrayUnique",
        "$distinct($states.input.inputArray)",
        {"inputArray": [1, 2, 3, 3, 3, 3, 3, 3, 4]},
        [1, 2, 3, 4],
    ),
    translated(
        "States.Base64Encode",
        "$base64encode($states.input.input)",
        {"input": "Data to encode"},
        "RGF0YSB0byBlbmNvZGU=",
    ),
    # The specification prints another text here than the one it encoded above.
    translated(
        "States.Base64Decode",
        "$base64decode($states.input.base64)",
        {"base64": "RGF0YSB0byBlbmNvZGU="},
        "Data to encode",
    ),
    # The digest in the specification has 39 digits.
    translated(
        "States.Hash",
        "$hash($states.input.Data, $states.input.Algorithm)",
        {"Data": "input data", "Algorithm": "SHA-1"},
        hashlib.sha1(b"input data", usedforsecurity=False).hexdigest(),
    ),
    translated(
        "States.JsonMerge",
        "$merge([$states.input.json1, $states.input.json2])",
        {"json1": {"a": {"a1": 1, "a2": 2}, "b": 2}, "json2": {"a": {"a3": 1, "a4": 2}, "c": 3}},
        {"a": {"a3": 1, "a4": 2}, "b": 2, "c": 3},
    ),
    translated(
        "States.MathAdd",
        "$states.input.value1 + $states.input.step",
        {"value1": 111, "step": -1},
        110,
    ),
    translated(
        "States.StringSplit",
        "$split($states.input.inputString, $states.input.splitter)",
        {"inputString": "1,2,3,4,5", "splitter": ","},
        ["1", "2", "3", "4", "5"],
    ),
    translated(
        "Intrinsic Functions",
        "'Welcome to ' & $states.input.firstName & ' ' & $states.input.lastName & \"'s playlist.\"",
        {"firstName": "John", "lastName": "Doe"},
        "Welcome to John Doe's playlist.",
    ),
    translated(
        "Payload Template",
        "{'flagged': true, 'parts': {'first': $states.input.vals[0], "
        "'last3': $states.input.vals[[-3..-1]]}}",
        {"flagged": 7, "vals": [0, 10, 20, 30, 40, 50]},
        {"flagged": True, "parts": {"first": 0, "last3": [30, 40, 50]}},
    ),
    translated(
        "Using ResultPath, overwriting",
        "$states.input ~> | master | {'detail': 6} |",
        {"master": {"detail": [1, 2, 3]}},
        {"master": {"detail": 6}},
    ),
    translated(
        "Using ResultPath, adding",
        "$states.input ~> | master | {'result': {'sum': $sum(detail)}} |",
        {"master": {"detail": [1, 2, 3]}},
        {"master": {"detail": [1, 2, 3], "result": {"sum": 6}}},
    ),
    translated(
        "Using InputPath, several values",
        "$states.input.a[[0, 1]]",
        {"a": [1, 2, 3, 4]},
        [1, 2],
    ),
    translated(
        "Reference Paths",
        "{'foo': $states.input.foo, 'bar': $states.input.bar, 'cdr': $states.input.car.cdr}",
        {"foo": 123, "bar": ["a", "b", "c"], "car": {"cdr": True}},
        {"foo": 123, "bar": ["a", "b", "c"], "cdr": True},
    ),
    Example(
        "Input/Output Processing Examples, sum",
        "Input/Output Processing Examples",
        {
            "Add": task(
                "Add",
                Arguments="{% $states.input.numbers %}",
                Output="{% $merge([$states.input, {'sum': $states.result}]) %}",
            )
        },
        document={"title": "Numbers to add", "numbers": {"val1": 3, "val2": 4}},
        work={"Add": lambda event: event["val1"] + event["val2"]},
        sent=[{"val1": 3, "val2": 4}],
        output={"title": "Numbers to add", "numbers": {"val1": 3, "val2": 4}, "sum": 7},
    ),
    Example(
        "Input/Output Processing Examples, greeting",
        "Input/Output Processing Examples",
        {
            "X": task(
                "X", Output="{% $merge([$states.input, {'b': {'greeting': $states.result}}]) %}"
            )
        },
        document={"a": 1},
        work={"X": lambda _event: "Hi!"},
        output={"a": 1, "b": {"greeting": "Hi!"}},
    ),
]

EXAMPLES = [*STRUCTURE, *QUERIES, *CATCHERS, *TYPES, *TRANSLATED]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_ends_as_the_specification_says(lab: Lab, example: Example) -> None:
    """Status, output, error, variables, what the tasks got and how long it took."""
    execution = run(lab, example)
    explained = f"{example.section}: {execution.error} {execution.cause}"
    assert execution.status == example.status, explained
    assert execution.error == example.error
    assert example.cause in {None, execution.cause}
    assert (execution.output.value if execution.output else None) == example.output
    assert variables_of(lab, execution) == example.variables
    assert lab.elapsed == example.seconds
    if example.sent is not None:
        assert [arguments for _, arguments, _ in lab.tasks.calls] == example.sent


def test_every_example_has_a_name_of_its_own() -> None:
    """Names are how a failing example is found in the specification."""
    assert len({example.name for example in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize(
    "expression,pattern",
    [
        ("$uuid()", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
        ("$string($floor($random() * 999) + 1)", r"[1-9][0-9]{0,2}"),
    ],
    ids=["States.UUID", "States.MathRandom"],
)
def test_an_example_of_chance_keeps_its_form(lab: Lab, expression: str, pattern: str) -> None:
    """Appendix B: a UUID of version 4, and a whole number from 1 to 999."""
    output = lab.output({"X": {"Type": "Succeed", "Output": f"{{% {expression} %}}"}})
    assert re.fullmatch(pattern, output)


# -- retries -----------------------------------------------------------------------------------

ON_TIMEOUT = {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 2, "BackoffRate": 2.0}


def called_at(lab: Lab, work: Work) -> list[float]:
    """Let the function `X` do this work; return the list of instants at which it is called."""
    instants: list[float] = []

    def noted(event: Any) -> Any:
        instants.append(lab.elapsed)
        return work(event)

    lab.tasks.work[LAMBDA + "X"] = noted
    return instants


@pytest.mark.parametrize(
    "retrier,instants",
    [
        ({**ON_TIMEOUT, "IntervalSeconds": 3}, [0, 4, 11]),
        ({**ON_TIMEOUT, "IntervalSeconds": 3, "MaxDelaySeconds": 4}, [0, 4, 9]),
    ],
    ids=["after-3-and-6-seconds", "after-3-and-at-most-4-seconds"],
)
def test_a_retrier_pauses_as_in_the_example(
    lab: Lab, retrier: dict[str, Any], instants: list[float]
) -> None:
    """Retrying after error: every attempt takes the one second after which it times out."""
    calls = called_at(lab, later(9, "late"))
    execution = lab.run({"X": task("X", TimeoutSeconds=1, Retry=[retrier])})
    assert (execution.status, execution.error) == ("FAILED", "States.Timeout")
    assert calls == instants


def test_a_retrier_with_jitter_pauses_less_than_without(lab: Lab) -> None:
    """Retrying after error: the strategy is the interpreter's; Step Functions calls one FULL."""
    calls = called_at(lab, failing("States.Timeout"))
    retrier = {**ON_TIMEOUT, "IntervalSeconds": 2, "JitterStrategy": "FULL"}
    assert lab.run({"X": task("X", Retry=[retrier])}).error == "States.Timeout"
    first, second, third = calls
    assert 0 <= second - first <= 2
    assert 0 <= third - second <= 4


@pytest.mark.parametrize(
    "error,instants", [("States.Timeout", [0]), ("Anything", [0, 1, 3, 7])], ids=str
)
def test_all_errors_but_the_timeout_are_retried(
    lab: Lab, error: str, instants: list[float]
) -> None:
    """Retrying after error: MaxAttempts 0 excepts an error from what States.ALL retries."""
    calls = called_at(lab, failing(error))
    retry = [{"ErrorEquals": ["States.Timeout"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]
    assert lab.run({"X": task("X", Retry=retry)}).error == error
    assert calls == instants


def test_retriers_count_over_all_visits_of_one_state(lab: Lab) -> None:
    """Complex retry scenarios: the fourth error finds its retrier used up, and is caught."""
    errors = iter(["ErrorA", "ErrorB", "ErrorC", "ErrorB"])

    def work(_event: Any) -> None:
        raise StatesError(next(errors), "again")

    calls = called_at(lab, work)
    retry = [
        {
            "ErrorEquals": ["ErrorA", "ErrorB"],
            "IntervalSeconds": 1,
            "BackoffRate": 2,
            "MaxAttempts": 2,
        },
        {"ErrorEquals": ["ErrorC"], "IntervalSeconds": 5},
    ]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]
    states = {"X": task("X", Next="Y", Retry=retry, Catch=catch), "Y": SUCCEED, "Z": SUCCEED}
    execution = lab.run(states)
    assert calls == [0, 1, 3, 8]
    entered = [event.get("stateEnteredEventDetails") for event in lab.engine.history(execution.arn)]
    assert [details["name"] for details in entered if details] == ["X", "Z"]
    assert execution.output is not None
    assert execution.output.value == {"Error": "ErrorB", "Cause": "again"}


# -- what JSONata may not do -------------------------------------------------------------------

QUERY_ERRORS = {
    "a-type-error": {"Type": "Pass", "Output": "{% $x + $y %}", "End": True},
    "a-type-the-field-does-not-take": task("X", TimeoutSeconds="{% $name %}"),
    "a-value-the-field-does-not-take": {
        "Type": "Map",
        "Items": [1],
        "ToleratedFailurePercentage": "{% $negative %}",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "Inside",
            "States": {"Inside": SUCCEED},
        },
        "End": True,
    },
    "no-result": {"Type": "Pass", "Output": "{% $data.thisFieldDoesNotExist %}", "End": True},
}


@pytest.mark.parametrize("state", QUERY_ERRORS.values(), ids=QUERY_ERRORS)
def test_an_expression_that_fails_is_a_query_evaluation_error(
    lab: Lab, state: dict[str, Any]
) -> None:
    """JSONata Runtime Errors: one case for each of the four kinds."""
    assign = {"x": 1, "y": "one", "name": "text", "negative": -1, "data": {}}
    execution = lab.run({"Start": {"Type": "Pass", "Assign": assign, "Next": "X"}, "X": state})
    assert (execution.status, execution.error) == ("FAILED", "States.QueryEvaluationError")


def test_a_query_evaluation_error_of_a_task_can_be_caught(lab: Lab) -> None:
    """JSONata Runtime Errors: a Catcher takes it by its name."""
    catch = [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "Caught"}]
    states = {
        "X": task("X", TimeoutSeconds="{% $states.input.name %}", Catch=catch),
        "Caught": {"Type": "Succeed", "Output": "{% $states.input.Error %}"},
    }
    assert lab.output(states, {"name": "text"}) == "States.QueryEvaluationError"


@pytest.mark.parametrize("inside", ["$.total > 10", "total > 10"])
def test_names_nested_in_an_expression_mean_their_context(lab: Lab, inside: str) -> None:
    """JSONata Restrictions: both filters of the orders are allowed, and do the same."""
    states = {
        "Start": {"Type": "Pass", "Assign": {"order": [{"total": 5}, {"total": 15}]}, "Next": "X"},
        "X": {"Type": "Succeed", "Output": f"{{% $order[{inside}].total %}}"},
    }
    assert lab.output(states) == 15


@pytest.mark.parametrize("expression", ["$", "$.total", "total", "$$", "$$.total"])
def test_there_is_no_input_document_to_refer_to(expression: str) -> None:
    """JSONata Restrictions: `$`, `$$` and bare names at the top level are refused."""
    problems = validate(machine({"X": {"Type": "Succeed", "Output": f"{{% {expression} %}}"}}))
    assert len(problems) == 1
    assert "UNSUPPORTED_JSONATA_EXPRESSION: Reference to '" in problems[0]
    assert problems[0].endswith("at /States/X/Output")


def test_the_name_states_cannot_be_assigned() -> None:
    """Reserved "states" Variable with JSONata."""
    problems = validate(machine({"X": {"Type": "Pass", "Assign": {"states": 1}, "End": True}}))
    assert problems == ["'states' cannot be the name of a variable at /States/X/Assign"]


def test_a_hyphen_in_a_name_needs_quotes() -> None:
    """JSONata Map State: the courier as the specification writes it subtracts a bare name."""
    selector = {"courier": "{% $states.input.delivery-partner %}"}
    problems = validate(machine(validate_all(ItemSelector=selector)))
    assert len(problems) == 1
    assert "Reference to 'partner'" in problems[0]


def test_an_inner_state_cannot_assign_an_outer_variable() -> None:
    """Variable Scope: names of outer and inner variables are different."""
    states = json.loads(json.dumps(SCOPES))
    states["Greet Everyone"]["ItemProcessor"]["States"]["Begin"]["Assign"]["outer"] = 3
    problems = validate(machine(states))
    assert len(problems) == 1
    assert "variable outer belongs to an outer scope" in problems[0]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:states:us-east-1:123456789012:task:X",
        "arn:aws:states:us-east-1:123456789012:task:HelloWorld",
        "arn:aws:states:::task:Add",
        "arn:aws:states:::task:Subtract",
    ],
)
def test_a_made_up_resource_of_the_specification_is_refused(arn: str) -> None:
    """Task State: which resources there are is the interpreter's to say."""
    problems = validate(machine({"X": {"Type": "Task", "Resource": arn, "End": True}}))
    assert len(problems) == 1
    assert "is not implemented" in problems[0]


def test_a_jitter_strategy_of_another_interpreter_is_refused() -> None:
    """Retrying after error: the example's strategy is made up."""
    retrier = {**ON_TIMEOUT, "IntervalSeconds": 2, "JitterStrategy": "SAMPLE"}
    problems = validate(machine({"X": task("X", Retry=[retrier])}))
    where = "/States/X/Retry[0]/JitterStrategy"
    assert problems == [f"expected NONE or FULL, got 'SAMPLE' at {where}"]


# -- JSONPath ----------------------------------------------------------------------------------

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
