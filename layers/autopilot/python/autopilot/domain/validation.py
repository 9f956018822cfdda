"""Turns what pydantic found wrong into this product's words: key, expected, got."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from autopilot.domain.personal import shown, shown_name
from autopilot.errors import Problem

#: Pydantic's error types (docs.pydantic.dev/latest/errors/validation_errors), in plain words.
_EXPECTED: Final[Mapping[str, str]] = {
    "missing": "a value",
    "extra_forbidden": "no such field",
    "string_type": "text",
    "string_too_short": "text of at least {min_length} characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text like {pattern}",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "value_error": "{error}",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
}


def problems_of(error: ValidationError) -> list[Problem]:
    """Every problem in `error`, in the order of the input."""
    return [_problem(detail) for detail in error.errors(include_url=False)]


def _problem(detail: ErrorDetails) -> Problem:
    context: dict[str, Any] = detail.get("ctx", {})
    template = _EXPECTED.get(detail["type"])
    expected = template.format(**context) if template else detail["msg"]
    got = "nothing" if detail["type"] == "missing" else shown(detail["input"])
    return Problem(_key(detail["loc"]), expected, got)


def _key(location: tuple[int | str, ...]) -> str:
    """`routes[2].region` for ("routes", 2, "region")."""
    key = "".join(
        f"[{part}]" if isinstance(part, int) else f".{shown_name(part)}" for part in location
    )
    return key.removeprefix(".") or "input"
