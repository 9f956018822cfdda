"""One conditional write to one item: what it sets, removes and demands, in no store's language.

All of it applies or nothing does. Every value is read from the item *as it stood before* the
write, and a comparison with a path that is missing does not hold, as in a DynamoDB
`UpdateItem` with a condition expression.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Path: TypeAlias = tuple[str, ...]  #: attribute names from the top of the item down


@dataclass(frozen=True, slots=True)
class Copy:
    """The value that stands at `path`."""

    path: Path


@dataclass(frozen=True, slots=True)
class Plus:
    """The sum of two whole numbers, each given or read from the item."""

    left: Copy | int
    right: Copy | int


Literal: TypeAlias = str | int | bool | Mapping[str, Any] | tuple[Any, ...]
Value: TypeAlias = Literal | Copy | Plus
Operand: TypeAlias = str | int | bool | Copy


@dataclass(frozen=True, slots=True)
class Set:
    """Put `value` at `path`; the map that holds `path` must exist."""

    path: Path
    value: Value


@dataclass(frozen=True, slots=True)
class Equals:
    """What stands at `path` equals `value`."""

    path: Path
    value: Operand


@dataclass(frozen=True, slots=True)
class Below:
    """What stands at `path` is less than `value`."""

    path: Path
    value: Operand


@dataclass(frozen=True, slots=True)
class Above:
    """What stands at `path` is greater than `value`."""

    path: Path
    value: Operand


@dataclass(frozen=True, slots=True)
class AtMost:
    """What stands at `path` is `value` or less."""

    path: Path
    value: Operand


@dataclass(frozen=True, slots=True)
class Exists:
    """Something stands at `path`."""

    path: Path


@dataclass(frozen=True, slots=True)
class Missing:
    """Nothing stands at `path`."""

    path: Path


@dataclass(frozen=True, slots=True)
class SizeBelow:
    """The map, list or text at `path` has fewer than `size` members or characters."""

    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of `conditions` holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one of `conditions` holds; for use inside `AnyOf`."""

    conditions: tuple[Condition, ...]


Condition: TypeAlias = (
    Equals | Below | Above | AtMost | Exists | Missing | SizeBelow | AnyOf | AllOf
)


@dataclass(frozen=True, slots=True)
class ConditionalWrite:
    """Change the item `record` of the service when every condition holds."""

    record: str
    sets: tuple[Set, ...] = ()
    removes: tuple[Path, ...] = ()
    conditions: tuple[Condition, ...] = ()


class ConditionFailed(Exception):
    """A condition did not hold, so nothing was changed; `item` is what stood there."""

    def __init__(self, item: Mapping[str, Any] | None) -> None:
        """Keep the item as it stood, or None when there was none."""
        self.item = item
        super().__init__("a condition of the write did not hold; nothing was changed")
