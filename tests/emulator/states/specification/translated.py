"""Examples of the specification: JSONPath examples, stated in JSONata."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.emulator.states.specification.example import (
    Example,
    task,
)

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
