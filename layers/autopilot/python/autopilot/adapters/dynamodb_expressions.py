"""Writes a `ConditionalWrite` as the arguments of one DynamoDB `UpdateItem`.

DynamoDB evaluates the condition first, then every action against the item as it was before the
update; `SET` knows + and - only; two targets must not overlap and the map that holds a target
must exist (developer guide, "Using update expressions" and "Condition expressions").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from autopilot.domain.writes import (
    Above,
    AllOf,
    AnyOf,
    AtMost,
    Below,
    Condition,
    ConditionalWrite,
    Copy,
    Equals,
    Exists,
    Missing,
    Path,
    Plus,
    SizeBelow,
    Value,
)

_COMPARATORS = {Equals: "=", Below: "<", Above: ">", AtMost: "<="}


def update_arguments(write: ConditionalWrite) -> dict[str, Any]:
    """`UpdateExpression`, `ConditionExpression` and their names and values for `write`."""
    expression = _Expression()
    clauses = []
    if write.sets:
        sets = (
            f"{expression.path(put.path)} = {expression.value(put.value)}" for put in write.sets
        )
        clauses.append("SET " + ", ".join(sets))
    if write.removes:
        clauses.append("REMOVE " + ", ".join(expression.path(path) for path in write.removes))
    arguments: dict[str, Any] = {"UpdateExpression": " ".join(clauses)}
    if write.conditions:
        arguments["ConditionExpression"] = expression.all_of(write.conditions)
    arguments["ExpressionAttributeNames"] = expression.names
    if expression.values:
        arguments["ExpressionAttributeValues"] = attributes_of(expression.values)
    return arguments


class _Expression:
    """Collects the names and values that stand behind the placeholders of an expression."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}
        self._placeholders: dict[str, str] = {}

    def path(self, path: Path) -> str:
        """Every name gets a placeholder: some hold a slash, a dash or a reserved word."""
        return ".".join(self._name(name) for name in path)

    def value(self, value: Value) -> str:
        if isinstance(value, Copy):
            return self.path(value.path)
        if isinstance(value, Plus):
            return f"{self.value(value.left)} + {self.value(value.right)}"
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def all_of(self, conditions: tuple[Condition, ...], *, bare: bool = True) -> str:
        """Conditions joined by AND; `bare` when nothing around them is joined by AND."""
        bare = bare and len(conditions) == 1
        return " AND ".join(self._member(condition, bare=bare) for condition in conditions)

    def _member(self, condition: Condition, *, bare: bool) -> str:
        """Parentheses only around an OR inside an AND: DynamoDB refuses redundant ones."""
        if isinstance(condition, AllOf):
            return self.all_of(condition.conditions, bare=bare)
        if not isinstance(condition, AnyOf):
            return self._simple(condition)
        several = len(condition.conditions) > 1
        members = (self._member(each, bare=bare or several) for each in condition.conditions)
        joined = " OR ".join(members)
        return f"({joined})" if several and not bare else joined

    def _simple(
        self, condition: Equals | Below | Above | AtMost | Exists | Missing | SizeBelow
    ) -> str:
        path = self.path(condition.path)
        match condition:
            case Exists():
                return f"attribute_exists({path})"
            case Missing():
                return f"attribute_not_exists({path})"
            case SizeBelow(size=size):
                return f"size({path}) < {self.value(size)}"
            case Equals() | Below() | Above() | AtMost():
                return f"{path} {_COMPARATORS[type(condition)]} {self.value(condition.value)}"
            case _:
                assert_never(condition)

    def _name(self, name: str) -> str:
        if name not in self._placeholders:
            placeholder = f"#n{len(self._placeholders)}"
            self._placeholders[name] = placeholder
            self.names[placeholder] = name
        return self._placeholders[name]


def attributes_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values as DynamoDB's typed attributes."""
    return {name: _attribute(value) for name, value in values.items()}


def item_of(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """DynamoDB's typed attributes as plain values; every number is whole."""
    return {name: _plain(attribute) for name, attribute in attributes.items()}


def _attribute(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case Mapping():
            return {"M": attributes_of(value)}
        case list() | tuple():
            return {"L": [_attribute(each) for each in value]}
        case _:
            message = f"expected text, a whole number, a boolean, a map or a list, got {value!r}"
            raise TypeError(message)


def _plain(attribute: Mapping[str, Any]) -> object:
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return int(value)
        case "M":
            return item_of(value)
        case "L":
            return [_plain(each) for each in value]
        case "S" | "BOOL":
            return value
        case _:
            message = f"expected an attribute of type S, N, BOOL, M or L, got {kind}"
            raise TypeError(message)
