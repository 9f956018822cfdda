"""The conditions of a write mean here what they mean in the store."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autopilot.adapters.dynamodb_expressions import attributes_of
from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
from autopilot.domain.permit import issue_record
from autopilot.domain.writes import (
    Above,
    AllOf,
    AnyOf,
    AtMost,
    Below,
    Condition,
    ConditionalWrite,
    ConditionFailed,
    Copy,
    Equals,
    Exists,
    Missing,
    Plus,
    Set,
    SizeBelow,
)
from autopilot.gate.clauses import NEVER, Absent, at, holds
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import LEDGER_TABLE

NAMES = ("a", "b/c", "size")
SCALARS = st.one_of(st.integers(0, 3), st.sampled_from(["", "x"]))
TREES = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(SCALARS, st.dictionaries(st.sampled_from(NAMES), SCALARS, max_size=3)),
    max_size=3,
)
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(tuple)
_records = itertools.count()


def comparisons(path: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    """Comparisons of what stands at `path` with something else: DynamoDB refuses a = a."""
    others = PATHS.filter(lambda other: other != path)
    operands = st.one_of(st.integers(0, 3), st.sampled_from(["", "x"]), others.map(Copy))
    return st.builds(
        lambda kind, operand: kind(path, operand),
        st.sampled_from([Equals, Below, Above, AtMost]),
        operands,
    )


SIMPLE: st.SearchStrategy[Condition] = st.one_of(
    PATHS.flatmap(comparisons),
    PATHS.map(Exists),
    PATHS.map(Missing),
    st.builds(SizeBelow, PATHS, st.integers(0, 4)),
)
GROUPS = st.lists(SIMPLE, min_size=1, max_size=3).map(tuple)
CONDITIONS = st.one_of(SIMPLE, GROUPS.map(AnyOf), GROUPS.map(AllOf).map(lambda g: AnyOf((g,))))


def sensible(condition: Condition, item: dict[str, Any]) -> bool:
    """Sizes of maps and texts, order of numbers: what the gate asks. moto fails on the rest."""
    match condition:
        case AnyOf(conditions=conditions) | AllOf(conditions=conditions):
            return all(sensible(each, item) for each in conditions)
        case SizeBelow(path=path):
            return isinstance(at(item, path), dict | str)
        case Below(path=path, value=value) | Above(path=path, value=value):
            return _ordered(item, path, value)
        case AtMost(path=path, value=value):
            return _ordered(item, path, value)
        case _:
            return True


def _ordered(item: dict[str, Any], path: tuple[str, ...], value: object) -> bool:
    sides = (at(item, path), at(item, value.path) if isinstance(value, Copy) else value)
    return all(isinstance(side, int | Absent) for side in sides)


@settings(max_examples=100)
@given(item=TREES, condition=CONDITIONS)
def test_a_condition_holds_here_exactly_when_the_store_says_so(
    replica: Any, item: dict[str, Any], condition: Condition
) -> None:
    """Same item, same condition, same answer, over every kind of condition."""
    assume(sensible(condition, item))
    record = f"record-{next(_records)}"
    whole = {"service": "clauses", "record": record, **item}
    replica.put_item(TableName=LEDGER_TABLE, Item=attributes_of(whole))
    write = ConditionalWrite(record, (Set(("seen",), value=True),), conditions=(condition,))
    ledger = DynamoDbLedger(clients=[replica], table=LEDGER_TABLE, service="clauses")
    if holds(condition, whole):
        assert ledger.write(write, issue_record("test", write)) == whole | {"seen": True}
        return
    with pytest.raises(ConditionFailed) as failed:
        ledger.write(write, issue_record("test", write))
    assert failed.value.item == whole


def test_every_value_is_read_from_the_item_as_it_was(replica: Any) -> None:
    """Actions do not see each other: a copy of what the same write sets is the old value."""
    scene = ConditionalWrite("r", (Set(("m",), {"n": 1, "o": {"p": 2}}), Set(("k",), 5)))
    write = ConditionalWrite(
        "r",
        (
            Set(("m", "n"), Plus(10, Copy(("k",)))),
            Set(("k",), Copy(("m", "n"))),
            Set(("copy",), Copy(("m", "o"))),
        ),
        removes=(("m", "o"),),
    )
    stores = (
        MemoryLedger(),
        DynamoDbLedger(clients=[replica], table=LEDGER_TABLE, service="before"),
    )
    for store in stores:
        store.write(scene, issue_record("test", scene))
        item = store.write(write, issue_record("test", write))
        assert item["m"] == {"n": 15}
        assert item["k"] == 1
        assert item["copy"] == {"p": 2}


def test_never_holds_on_nothing_and_on_anything() -> None:
    """What stops an act before any write."""
    assert not holds(NEVER, None)
    assert not holds(NEVER, {"a": 1})
