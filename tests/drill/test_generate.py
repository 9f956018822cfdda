"""The JSON Schema and the tables of keys say what the models say."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from autopilot_lab.drill.generate import DOCUMENT, SCHEMA_FILE, document_text, schema_text
from autopilot_lab.drill.project import SCENARIOS, scenario_names

WRITE_AGAIN = "run python -m autopilot_lab.drill.generate"


def test_the_schema_file_is_in_step_with_the_models() -> None:
    """Editors must not advise what the reader refuses."""
    assert SCHEMA_FILE.read_text("utf-8") == schema_text(), WRITE_AGAIN


def test_the_tables_of_keys_are_in_step_with_the_models() -> None:
    """Nor may the document."""
    document = DOCUMENT.read_text("utf-8")
    assert document == document_text(document), WRITE_AGAIN


@pytest.mark.parametrize("name", scenario_names())
def test_every_scenario_is_valid_under_the_schema(name: str) -> None:
    """As an editor would check it."""
    schema = json.loads(SCHEMA_FILE.read_text("utf-8"))
    content = yaml.safe_load((SCENARIOS / f"{name}.yaml").read_text("utf-8"))
    jsonschema.validate(content, schema)


def test_the_schema_refuses_an_unknown_key() -> None:
    """Strict like the reader."""
    schema = json.loads(SCHEMA_FILE.read_text("utf-8"))
    content = yaml.safe_load((SCENARIOS / f"{scenario_names()[0]}.yaml").read_text("utf-8"))
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        jsonschema.validate({**content, "surprise": 1}, schema)


def test_the_example_in_the_document_is_a_good_scenario() -> None:
    """What a reader copies must work."""
    schema = json.loads(SCHEMA_FILE.read_text("utf-8"))
    example = yaml.safe_load(DOCUMENT.read_text("utf-8").split("```yaml\n")[1].split("```")[0])
    assert example["timeline"]
    assert example["expect"]
    jsonschema.validate(example, schema)
