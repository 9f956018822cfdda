"""A `LedgerStore` in memory, for searches that need thousands of writes.

That it answers as the store does is tested in `test_clauses`.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from autopilot.domain.permit import Permit
from autopilot.domain.writes import AllOf, ConditionalWrite, ConditionFailed, Copy, Plus, Value
from autopilot.gate.clauses import at, holds


class MemoryLedger:
    """Items by record; one conditional write at a time."""

    def __init__(self) -> None:
        """Begin empty."""
        self.items: dict[str, dict[str, Any]] = {}

    def read(self, record: str, *, consistent: bool = True) -> Mapping[str, Any] | None:
        """The item, or None; always consistent."""
        assert consistent
        return copy.deepcopy(self.items.get(record))

    def query(self, prefix: str, *, limit: int = 100) -> Sequence[Mapping[str, Any]]:
        """Items by prefix, in order."""
        names = sorted(name for name in self.items if name.startswith(prefix))
        return [copy.deepcopy(self.items[name]) for name in names[:limit]]

    def write(self, write: ConditionalWrite, permit: Permit) -> Mapping[str, Any]:
        """Apply all of it or nothing."""
        permit.demand(write)
        before = self.items.get(write.record)
        if not holds(AllOf(write.conditions), before):
            raise ConditionFailed(copy.deepcopy(before))
        after = copy.deepcopy(before) or {"record": write.record}
        for put in write.sets:
            _parent(after, put.path)[put.path[-1]] = _value(put.value, before)
        for path in write.removes:
            _parent(after, path).pop(path[-1], None)
        self.items[write.record] = after
        return copy.deepcopy(after)


def _parent(item: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for name in path[:-1]:
        item = item[name]
    return item


def _value(value: Value, before: Mapping[str, Any] | None) -> Any:
    if isinstance(value, Copy):
        return copy.deepcopy(at(before, value.path))
    if isinstance(value, Plus):
        return _value(value.left, before) + _value(value.right, before)
    return copy.deepcopy(list(value) if isinstance(value, tuple) else value)
