"""What no other tool checks in the definitions of the state machines.

Neither `sam validate --lint` nor cfn-lint opens a DefinitionUri.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.template import machine_rules
from tests.template.machine_rules import RULES, Definition, scopes
from tests.template.sources import MACHINES, REGIONAL, definition, of_type, written

every_machine: Final = pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.stem)
PLACEHOLDER: Final = re.compile(r"\$\{(\w+)\}")

SOUND: Final[Definition] = {
    "Comment": "Does one thing.",
    "QueryLanguage": "JSONata",
    "TimeoutSeconds": 60,
    "StartAt": "Do it",
    "States": {
        "Do it": {
            "Type": "Task",
            "Comment": "The thing.",
            "TimeoutSeconds": 30,
            "Retry": [{"ErrorEquals": ["Transient"], "MaxAttempts": 3, "JitterStrategy": "FULL"}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
            "Next": "Done",
        },
        "Done": {"Type": "Succeed", "Comment": "The end."},
    },
}


def test_every_machine_of_the_repository_is_deployed() -> None:
    """A definition that nobody deploys, or a machine without one, is found."""
    deployed = of_type(written(REGIONAL), "AWS::Serverless::StateMachine").values()

    assert {one["Properties"]["DefinitionUri"] for one in deployed} == {
        f"statemachines/{path.name}" for path in MACHINES
    }


@every_machine
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_machine_keeps_the_rule(path: Path, rule: Callable[[Definition], list[str]]) -> None:
    """No complaint about any state of any branch."""
    assert rule(definition(path)) == []


@every_machine
def test_a_machine_is_written_in_jsonata(path: Path) -> None:
    """One query language, declared once: JSONPath fields are refused under it."""
    machine = definition(path)
    overridden = [
        name
        for scope in scopes(machine)
        for name, s in scope.states.items()
        if "QueryLanguage" in s
    ]
    assert machine["QueryLanguage"] == "JSONata"
    assert overridden == []


@every_machine
def test_a_machine_and_the_template_agree_on_substitutions(path: Path) -> None:
    """A placeholder nobody fills reaches AWS as text; one nobody uses is a right too many."""
    used = set(PLACEHOLDER.findall(path.read_text(encoding="utf-8")))
    assert used == set(_substitutions(path))


def _substitutions(path: Path) -> Mapping[str, Any]:
    for machine in of_type(written(REGIONAL), "AWS::Serverless::StateMachine").values():
        if machine["Properties"]["DefinitionUri"] == f"statemachines/{path.name}":
            named: Mapping[str, Any] = machine["Properties"]["DefinitionSubstitutions"]
            return named
    raise AssertionError(f"{path.name} is not deployed")


@every_machine
def test_a_substitution_is_the_arn_of_what_it_names(path: Path) -> None:
    """`PlanRunbookArn` is the ARN of PlanRunbook, whichever order somebody pasted them in.

    What Ref gives for a topic is its ARN.
    """
    for name, value in _substitutions(path).items():
        resource = name.removesuffix("Arn")
        attribute = {"Fn::GetAtt": [resource, "Arn"]}
        assert value == ({"Ref": resource} if resource.endswith("Topic") else attribute)


@every_machine
def test_a_definition_is_data_before_and_after_substitution(path: Path) -> None:
    """Tools read the file itself, so a placeholder never stands where a number must."""
    text = path.read_text(encoding="utf-8")
    filled = PLACEHOLDER.sub("arn:aws:lambda:eu-central-1:123456789012:function:name", text)

    assert definition(path).keys() == _loaded(filled).keys()


def _loaded(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_a_sound_machine_has_no_complaints() -> None:
    """The example that the breaks below start from."""
    assert [complaint for rule in RULES for complaint in rule(SOUND)] == []


BREAKS: Final[dict[str, tuple[tuple[str, ...], Any]]] = {
    "dangling": (("States", "Do it", "Next"), "Nowhere"),
    "unreachable": (("States", "Alone"), {"Type": "Succeed", "Comment": "Never."}),
    "endless": (("States", "Do it", "End"), True),
    "speechless": (("States", "Done", "Comment"), ""),
    "unretried": (("States", "Do it", "Retry"), []),
    "uncaught": (("States", "Do it", "Catch"), []),
    "mixed_catch": (
        ("States", "Do it", "Catch"),
        [{"ErrorEquals": ["Refused", "States.ALL"], "Next": "Done"}],
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_machine_is_found_by_its_rule(name: str) -> None:
    """Each rule can fail."""
    machine = copy.deepcopy(dict(SOUND))
    (*way, last), value = BREAKS[name]
    place: Any = machine
    for key in way:
        place = place[key]
    place[last] = value

    assert getattr(machine_rules, name)(machine) != []


@pytest.mark.parametrize("way", [(), ("States", "Do it")], ids=["machine", "task"])
def test_a_missing_time_out_is_found(way: tuple[str, ...]) -> None:
    """Without one a Standard run may wait for a year."""
    machine = copy.deepcopy(dict(SOUND))
    place: Any = machine
    for key in way:
        place = place[key]
    del place["TimeoutSeconds"]

    assert len(machine_rules.unbounded(machine)) == 1


def test_a_task_in_a_wrapped_branch_needs_no_catch_of_its_own() -> None:
    """The Parallel around it catches for all of its states; without its Catch none does."""
    task = {key: value for key, value in SOUND["States"]["Do it"].items() if key != "Catch"}
    branch = {
        "StartAt": "Do it",
        "States": {
            "Do it": {**task, "Next": "Done"},
            "Done": {"Type": "Succeed", "Comment": "The branch's end."},
        },
    }
    around = {
        "Type": "Parallel",
        "Comment": "One branch.",
        "Branches": [branch],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done"}],
        "Next": "Done",
    }
    wrapped = {
        **SOUND,
        "StartAt": "Around",
        "States": {"Around": around, "Done": SOUND["States"]["Done"]},
    }
    bare = {**wrapped, "States": {**wrapped["States"], "Around": {**around, "Catch": []}}}

    assert machine_rules.uncaught(wrapped) == []
    assert machine_rules.uncaught(bare) == ["Do it has no Catch of States.ALL"]
