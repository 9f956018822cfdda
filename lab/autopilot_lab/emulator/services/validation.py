"""Checks parameters by the API's own model, as the service's front end does before anything else.

Constraints are those of botocore's model (required, length, range, pattern, enum); the wording is
that of https://docs.aws.amazon.com/general/latest/gr/CommonErrors.html in practice: "1 validation
error detected: Value 'x' at 'name' failed to satisfy constraint: Member must ...".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.aws_error import AwsError

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "list": (list, tuple),
    "map": (dict,),
    "structure": (dict,),
}


def validate(service: str, operation: str, params: Mapping[str, Any], *, code: str) -> None:
    """Raise `AwsError` with `code` unless the model of the operation accepts the parameters.

    A value of a wrong type is a SerializationException, as no front end gets to read it.
    """
    shape = wire.operation_model(service, operation).input_shape
    if shape is None:
        return
    problems = list(_problems(shape, params, ""))
    if problems:
        several = "s" if len(problems) > 1 else ""
        message = f"{len(problems)} validation error{several} detected: {'; '.join(problems)}"
        raise AwsError(code, message)


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    expected = _TYPES.get(shape.type_name)
    if expected and not getattr(shape, "is_document_type", False):
        _require_type(value, expected, path)
    yield from _constraints(shape, value, path)
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        yield from _of_members(shape, value, path)
    elif isinstance(shape, ListShape):
        for place, one in enumerate(value, start=1):
            yield from _problems(shape.member, one, f"{path}.{place}.member")
    elif isinstance(shape, MapShape):
        for key, one in value.items():
            yield from _problems(shape.value, one, f"{path}.{key}")


def _of_members(shape: StructureShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _failed("null", _place(path, name), "Member must not be null", quoted=False)
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _problems(member, value[name], _place(path, name))


def _constraints(shape: Shape, value: Any, path: str) -> Iterator[str]:
    metadata = shape.metadata
    allowed: Sequence[str] = metadata.get("enum") or ()
    if allowed and value not in allowed:
        yield _failed(value, path, f"Member must satisfy enum value set: [{', '.join(allowed)}]")
    pattern = _compiled(metadata.get("pattern") or "")
    if pattern is not None and not pattern.fullmatch(str(value)):
        rule = f"Member must satisfy regular expression pattern: {metadata['pattern']}"
        yield _failed(value, path, rule)
    yield from _bounds(shape, value, path)


def _bounds(shape: Shape, value: Any, path: str) -> Iterator[str]:
    is_number = shape.type_name in ("integer", "long", "float", "double")
    size = value if is_number else len(value) if hasattr(value, "__len__") else None
    if size is None:
        return
    what = "value" if is_number else "length"
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        yield _failed(value, path, f"Member must have {what} greater than or equal to {low}")
    if high is not None and size > high:
        yield _failed(value, path, f"Member must have {what} less than or equal to {high}")


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern; None where there is none, or where it is in Java's dialect only."""
    if not pattern:
        return None
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _require_type(value: Any, expected: tuple[type, ...], path: str) -> None:
    is_bool = isinstance(value, bool)
    if not isinstance(value, expected) or (is_bool and bool not in expected):
        wanted = " or ".join(one.__name__ for one in expected)
        message = f"{path or 'input'}: expected {wanted}, got {type(value).__name__}"
        raise AwsError("SerializationException", message)


def _failed(value: Any, path: str, rule: str, *, quoted: bool = True) -> str:
    shown = f"'{value}'" if quoted else str(value)
    return f"Value {shown} at '{path}' failed to satisfy constraint: {rule}"


def _place(path: str, name: str) -> str:
    lowered = name[:1].lower() + name[1:]
    return f"{path}.{lowered}" if path else lowered
