"""Examples of the specification: structure, data and variables."""

from __future__ import annotations

from tests.emulator.states.specification.example import (
    JSONATA,
    SUCCEED,
    Example,
    task,
)

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
