"""moto's DynamoDB, the short way and its own: the same values, trees and clauses."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.core.parse import JSONParser
from moto.core.utils import get_service_model
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.utilities import dynamo_to_dict
from moto.dynamodb.parsing import ast_nodes, executors, expressions

from autopilot_lab.emulator.quick_attributes import (
    QuickRequestParser,
    execution,
    find_clauses,
    plain,
    regular,
    size,
)
from autopilot_lab.emulator.shortcuts import shortcuts
from tests.emulator.attribute_values import ATTRIBUTES

ODD: list[Any] = [
    {},
    {"S": None},
    {"M": {"a": None}},
    {"L": [None]},
    {"L": [{}]},
    {"S": "a", "N": "1"},
    {"unknown": 1},
    {"SS": []},
    {"M": None},
]
UPDATES = [
    "SET a = :a, #b.#c = if_not_exists(#d, :d) REMOVE e, f[1]",
    "SET v = v + :one, m.x = list_append(m.x, :x) ADD n :one DELETE s :s",
    "REMOVE a.b[2].c",
]
NODES: Any = vars(ast_nodes)
TRAVERSER: Any = NODES["DepthFirstTraverser"]
PARSER: Any = vars(expressions)["UpdateExpressionParser"]
EXECUTOR: Any = executors.UpdateExpressionExecutor


def received(parser: Any, item: Any) -> Any:
    """Parse a request that writes an item."""
    model = get_service_model("dynamodb").operation_model("PutItem")
    body = {"TableName": "t", "Item": item, "Unknown": 1, "ConditionExpression": None}
    return parser(model).parse({"body": json.dumps(body).encode()})


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=4), ATTRIBUTES, max_size=3))
def test_a_request_is_parsed_as_moto_parses_it(item: dict[str, Any]) -> None:
    """Bytes included, at any depth."""
    assert received(QuickRequestParser, item) == received(JSONParser, item)


@pytest.mark.parametrize("value", ODD)
def test_what_is_no_attribute_value_is_parsed_as_moto_parses_it(value: Any) -> None:
    """With what it drops, and what it leaves."""
    assert received(QuickRequestParser, {"a": value}) == received(JSONParser, {"a": value})


@settings(max_examples=60)
@given(ATTRIBUTES)
def test_a_value_is_as_large_as_moto_says(value: dict[str, Any]) -> None:
    """In bytes, at any depth."""
    one = DynamoType(value)
    assert size(one) == one.size()


@settings(max_examples=60)
@given(ATTRIBUTES)
def test_a_value_is_spelled_as_moto_spells_it(value: dict[str, Any]) -> None:
    """And shares no list or map with what is stored."""
    one = DynamoType(value)
    told = regular(one)
    assert told == one.to_regular_json()
    before = copy.deepcopy(told)
    for content in told.values():
        if isinstance(content, dict | list):
            content.clear()
    assert regular(one) == before


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=4), ATTRIBUTES, max_size=3))
def test_an_answer_is_told_as_moto_tells_it(item: dict[str, Any]) -> None:
    """Stored values, values told already, and instants."""
    stored = {name: DynamoType(value) for name, value in item.items()}
    instant = datetime(2026, 1, 5, tzinfo=UTC)
    answer = {"Item": stored, "Items": [stored, item], "At": instant, "Count": 2, "Last": None}
    assert plain(answer) == dynamo_to_dict(answer)


def nodes(root: Any) -> list[Any]:
    """The root and all that is below it."""
    inside = root.children or () if isinstance(root, NODES["Node"]) else ()
    return [root, *(node for child in inside for node in nodes(child))]


@pytest.mark.parametrize("expression", UPDATES)
@pytest.mark.parametrize(
    "kinds",
    [
        ("UpdateExpressionSetClause",),
        ("UpdateExpressionSetAction", "UpdateExpressionRemoveAction"),
        ("ExpressionAttributeName",),
        ("ExpressionAttributeValue",),
        ("UpdateExpressionFunction",),
    ],
)
def test_the_clauses_of_a_tree_are_found_in_moto_s_order(
    expression: str, kinds: tuple[str, ...]
) -> None:
    """From every node of it."""
    wanted = [NODES[kind] for kind in kinds]
    for node in nodes(PARSER.make(expression)):
        if isinstance(node, NODES["Node"]):
            assert find_clauses(node, wanted) == node.find_clauses(wanted)


@pytest.mark.parametrize("expression", UPDATES)
def test_each_node_is_executed_by_the_class_that_moto_takes(expression: str) -> None:
    """Or by none, like a clause that only holds others."""
    tree = PARSER.make(expression)
    executor = EXECUTOR(tree, None, {})
    found = [execution(executor, node) for node in nodes(tree)]
    assert found == [executor.get_specific_execution(node) for node in nodes(tree)]
    assert any(found)


class Watching(TRAVERSER):  # type: ignore[misc]
    """Notes what it is given, and marks what it processes."""

    def __init__(self, kinds: list[type]) -> None:
        self.seen: list[tuple[str, str, int]] = []
        self._kinds = kinds

    def _processing_map(self) -> dict[type, Any]:
        return dict.fromkeys(self._kinds, self._mark)

    def pre_processing_of_child(self, parent_node: Any, child_id: int) -> None:
        """Note for which child it is called."""
        self.seen.append(("before", type(parent_node).__name__, child_id))

    def _mark(self, node: Any) -> Any:
        self.seen.append(("process", type(node).__name__, len(node.children or ())))
        return node


class Silent(Watching):
    """Has nothing to do before a child."""

    pre_processing_of_child = TRAVERSER.pre_processing_of_child


@pytest.mark.parametrize("expression", UPDATES)
@pytest.mark.parametrize("traverser", [Watching, Silent])
def test_a_tree_is_walked_in_moto_s_order(expression: str, traverser: type[Watching]) -> None:
    """What is processed, what it is told before, and what becomes of it."""
    kinds = [NODES["UpdateExpressionPath"], NODES["UpdateExpression"]]
    ours, theirs = traverser(kinds), traverser(kinds)
    theirs.traverse(PARSER.make(expression))
    with shortcuts():
        ours.traverse(PARSER.make(expression))
    assert ours.seen == theirs.seen
    assert ours.seen
