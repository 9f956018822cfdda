"""The examples of the Amazon States Language specification, run on the engine.

Source: https://states-language.net/spec.html (2024, with JSONata and variables); each case names
its section there. Where an example is a lone state, a state to go on to is added; where it needs a
resource or a piece of context that the specification leaves to the interpreter, one that Step
Functions has stands in. Examples in JSONPath are refused by name, and those that have an
equivalent (appendix B among them) are stated in JSONata as well.
"""

from __future__ import annotations

import re

import pytest

from tests.emulator.states.conftest import Lab
from tests.emulator.states.specification.catchers import CATCHERS
from tests.emulator.states.specification.example import (
    Example,
    run,
    variables_of,
)
from tests.emulator.states.specification.queries import QUERIES
from tests.emulator.states.specification.state_types import TYPES
from tests.emulator.states.specification.structure import STRUCTURE
from tests.emulator.states.specification.translated import TRANSLATED

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
