"""Says whether a condition of a write holds on an item, as the store would.

The store answers a refusal with the item as it stood; evaluating the very same conditions on it
tells which of them failed, with no second description of each rule that could drift.
"""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any, Final, assert_never

from autopilot.domain.writes import (
    Above,
    AllOf,
    AnyOf,
    AtMost,
    Below,
    Condition,
    Copy,
    Equals,
    Exists,
    Missing,
    Operand,
    Path,
    SizeBelow,
)

#: Never holds; no store is ever asked, because the gate refuses before it writes.
NEVER: Final = AnyOf(())


class Absent:
    """What stands at a path that the item does not have."""


ABSENT: Final = Absent()


def at(item: Mapping[str, Any] | None, path: Path) -> Any:
    """What stands at `path`, or `ABSENT`."""
    here: Any = item if item is not None else ABSENT
    for name in path:
        here = here[name] if isinstance(here, Mapping) and name in here else ABSENT
    return here


def holds(condition: Condition, item: Mapping[str, Any] | None) -> bool:
    """Whether `condition` holds on `item` (None: there is no item)."""
    match condition:
        case AnyOf(conditions=conditions):
            return any(holds(each, item) for each in conditions)
        case AllOf(conditions=conditions):
            return all(holds(each, item) for each in conditions)
        case Exists(path=path):
            return at(item, path) is not ABSENT
        case Missing(path=path):
            return at(item, path) is ABSENT
        case SizeBelow(path=path, size=size):
            value = at(item, path)
            return isinstance(value, Sized) and len(value) < size
        case Equals() | Below() | Above() | AtMost():
            return _compare(condition, at(item, condition.path), _operand(condition.value, item))
        case _:
            assert_never(condition)


def _operand(value: Operand, item: Mapping[str, Any] | None) -> Any:
    return at(item, value.path) if isinstance(value, Copy) else value


def _compare(
    condition: Equals | Below | Above | AtMost,
    left: Any,
    right: Any,
) -> bool:
    """Compare two values of one type; a missing value or another type never holds."""
    if left is ABSENT or right is ABSENT or type(left) is not type(right):
        return False
    match condition:
        case Equals():
            return bool(left == right)
        case Below():
            return bool(left < right)
        case Above():
            return bool(left > right)
        case AtMost():
            return bool(left <= right)
        case _:
            assert_never(condition)
