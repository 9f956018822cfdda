"""Fields of a state that hold JSON with expressions in it.

A string that starts with `{%` and ends with `%}`, with no space outside, is an expression; every
other value stands for itself (developer guide, "Transforming data with JSONata"). A template is
compiled when the machine is created; a part without expressions is one constant, shared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from autopilot_lab.emulator.states.expressions import (
    UNDEFINED,
    EvaluationFailed,
    Evaluator,
    Expression,
    expression,
)


class FieldFailed(Exception):
    """The expression of a field failed, or gave nothing, or gave a value of the wrong type."""

    def __init__(self, location: str, cause: str) -> None:
        super().__init__(cause)
        self.location = location
        self.cause = cause


class Template(Protocol):
    """A compiled field."""

    @property
    def location(self) -> str:
        """Where the field is in its state, such as `Output/a/b[0]`."""
        ...

    def evaluate(self, evaluator: Evaluator, bindings: Mapping[str, Any]) -> Any:
        """Return the JSON value of the field. Raises `FieldFailed`."""
        ...


@dataclass(frozen=True, slots=True)
class Constant:
    """A value without expressions."""

    location: str
    value: Any

    def evaluate(self, _evaluator: Evaluator, _bindings: Mapping[str, Any]) -> Any:
        """Return the value, which nobody may change."""
        return self.value


@dataclass(frozen=True, slots=True)
class Computed:
    """One expression."""

    location: str
    compiled: Expression

    def evaluate(self, evaluator: Evaluator, bindings: Mapping[str, Any]) -> Any:
        """Return the value of the expression. Raises `FieldFailed` when there is none."""
        try:
            value = evaluator.value(self.compiled, bindings)
        except EvaluationFailed as error:
            raise self.failed(f"threw an error during evaluation. {error}") from error
        if value is UNDEFINED:
            raise self.failed("returned nothing (undefined).")
        return value

    def failed(self, what: str) -> FieldFailed:
        """Return the error for this field, in the words of AWS."""
        source = self.compiled.source
        cause = f"The JSONata expression '{source}' specified for the field '{self.location}' "
        return FieldFailed(self.location, cause + what)


@dataclass(frozen=True, slots=True)
class ObjectTemplate:
    """An object with expressions somewhere in it."""

    location: str
    members: tuple[tuple[str, Template], ...]

    def evaluate(self, evaluator: Evaluator, bindings: Mapping[str, Any]) -> Any:
        """Return the object. Raises `FieldFailed` for the first member that fails."""
        return {key: member.evaluate(evaluator, bindings) for key, member in self.members}


@dataclass(frozen=True, slots=True)
class ArrayTemplate:
    """An array with expressions somewhere in it."""

    location: str
    items: tuple[Template, ...]

    def evaluate(self, evaluator: Evaluator, bindings: Mapping[str, Any]) -> Any:
        """Return the array. Raises `FieldFailed` for the first item that fails."""
        return [item.evaluate(evaluator, bindings) for item in self.items]


def is_expression(value: object) -> bool:
    """Tell whether a JSON value is an expression."""
    return isinstance(value, str) and value.startswith("{%") and value.endswith("%}")


def source_of(value: str) -> str:
    """Return the JSONata source between the marks of an expression."""
    return value[2:-2].strip()


def compile_template(value: Any, location: str) -> Template:
    """Compile a field; `location` is its place in the state."""
    if is_expression(value):
        return Computed(location, expression(source_of(value)))
    if isinstance(value, dict):
        members = tuple(
            (key, compile_template(item, f"{location}/{key}")) for key, item in value.items()
        )
        if all(isinstance(member, Constant) for _, member in members):
            return Constant(location, value)
        return ObjectTemplate(location, members)
    if isinstance(value, list):
        items = tuple(
            compile_template(item, f"{location}[{index}]") for index, item in enumerate(value)
        )
        if all(isinstance(item, Constant) for item in items):
            return Constant(location, value)
        return ArrayTemplate(location, items)
    return Constant(location, value)
