"""Examples of the specification: queries in JSONata."""

from __future__ import annotations

from tests.emulator.states.conftest import failing
from tests.emulator.states.specification.example import (
    JSONATA,
    SUCCEED,
    Example,
    task,
)

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
