"""Writes what is generated from the scenario's models: the JSON Schema and the tables of keys.

Run as `python -m autopilot_lab.drill.generate`; a test fails while they are out of step.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from autopilot.domain.allocation import WHOLE
from autopilot_lab.drill.expectations import EXPECTATIONS
from autopilot_lab.drill.project import ROOT, SCENARIOS
from autopilot_lab.drill.scenario import (
    ClientLoad,
    Scenario,
    ServiceBehaviour,
    ShapePoint,
    json_schema,
)
from autopilot_lab.drill.timeline import (
    ACTIONS,
    ALARM_EVENTS,
    CLOUD_FAULTS,
    MODEL_FAULTS,
    SERVICE_FAULTS,
)
from autopilot_lab.drill.written import format_duration

SCHEMA_FILE: Final = SCENARIOS / "scenario.schema.json"
DOCUMENT: Final = ROOT / "docs" / "scenarios.md"
#: Keys of many kinds, which the document explains once above the tables.
_EXPLAINED: Final = frozenset({"name", "at", "from", "until", "at_least", "at_most", "exactly"})
_MARKED: Final = re.compile(r"(<!-- keys: begin -->\n).*?(<!-- keys: end -->)", re.DOTALL)


def schema_text() -> str:
    """The content of the schema file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def document_text(document: str) -> str:
    """The document with its tables of keys as the models have them."""
    return _MARKED.sub(lambda marked: f"{marked[1]}\n{_tables()}\n{marked[2]}", document)


def write() -> list[Path]:
    """Write both files; return their paths."""
    SCHEMA_FILE.write_text(schema_text(), "utf-8")
    DOCUMENT.write_text(document_text(DOCUMENT.read_text("utf-8")), "utf-8")
    return [SCHEMA_FILE, DOCUMENT]


def _tables() -> str:
    sections = [
        ("### The file", _key_table(Scenario)),
        ("### `load`", _key_table(ClientLoad)),
        ("### `load.shape[]`", _key_table(ShapePoint)),
        ("### `service`", _key_table(ServiceBehaviour)),
        ("### `timeline[]`: faults of the service", _kind_table("event", SERVICE_FAULTS)),
        ("### `timeline[]`: faults of AWS", _kind_table("event", CLOUD_FAULTS)),
        (
            "### `timeline[]`: changes of models, quotas and data",
            _kind_table("event", MODEL_FAULTS),
        ),
        ("### `timeline[]`: alarms and their events", _kind_table("event", ALARM_EVENTS)),
        ("### `timeline[]`: what operators do", _kind_table("event", ACTIONS)),
        ("### `expect[]`", _kind_table("check", EXPECTATIONS)),
    ]
    return "\n\n".join(f"{heading}\n\n{table}" for heading, table in sections) + "\n"


def _key_table(model: type[BaseModel]) -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        cells = (f"`{field.alias or name}`", *_cells(model, name, field))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _kind_table(tag: str, models: tuple[type[BaseModel], ...]) -> str:
    rows = [f"| {tag} | what it is | keys |", "|---|---|---|"]
    for model in models:
        kind = model.model_json_schema()["properties"][tag]["const"]
        meaning = (model.__doc__ or "").partition("\n")[0]
        rows.append(f"| `{kind}` | {meaning} | {'; '.join(_key_phrases(model, tag))} |")
    return "\n".join(rows)


def _key_phrases(model: type[BaseModel], tag: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name == tag:
            continue
        if (field.alias or name) in _EXPLAINED:
            yield f"`{field.alias or name}`"
            continue
        value, default, meaning = _cells(model, name, field)
        told = f": {meaning.rstrip('.')}" if meaning else ""
        yield f"`{field.alias or name}` ({value}, {default}){told}"


def _cells(model: type[BaseModel], name: str, field: FieldInfo) -> tuple[str, str, str]:
    schema = model.model_json_schema(by_alias=True)["properties"][field.alias or name]
    default = "required" if field.is_required() else _written(schema, field)
    return _value(schema), default, field.description or ""


def _value(schema: Mapping[str, Any]) -> str:
    """The kind of value a person writes there."""
    if "anyOf" in schema:
        kinds = (_value(one) for one in schema["anyOf"] if one.get("type") != "null")
        return " or ".join(kinds)
    pattern = str(schema.get("pattern", ""))
    if "h)?" in pattern:
        return "duration"
    if "/" in pattern:
        return "region/path"
    bounds = {"integer": "whole number", "number": "number", "array": "list"}
    kind = str(schema.get("type", "any value" if "$ref" not in schema else "section"))
    if kind in ("integer", "number") and schema.get("maximum") == WHOLE:
        return "whole percent" if kind == "integer" else "percent"
    return {**bounds, "string": "text", "boolean": "true or false", "object": "section"}.get(
        kind, kind
    )


def _written(schema: Mapping[str, Any], field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None or default == "" or isinstance(default, BaseModel):
        return "optional"
    if _value(schema) == "duration":
        return f"`{format_duration(default)}`"
    return "optional" if not default and default != 0 else f"`{default}`"


if __name__ == "__main__":
    for written in write():
        print(written.relative_to(ROOT))  # noqa: T201 - a generator says what it wrote
