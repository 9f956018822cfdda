"""Each shortcut gives what the code gives that it stands in for."""

from __future__ import annotations

import copy
import json
from collections import deque
from typing import Any

import botocore.session
import pytest
from botocore.parsers import JSONParser
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.core.utils import method_names_from_class
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.parsing import ast_nodes, expressions
from moto.dynamodb.responses import DynamoHandler
from moto.moto_api._internal.moto_random import MotoRandom

from autopilot_lab.emulator.shortcuts import QuickJsonParser, copied_tree, shortcuts
from tests.emulator.attribute_values import ATTRIBUTES

LEX = "_lex_condition_expression"
ALIAS = "_alias_event_name"
MODELS = botocore.session.get_session()


def parsed(parser: JSONParser, service: str, operation: str, body: dict[str, Any]) -> Any:
    """Parse an answer of a service as its client does."""
    model = MODELS.get_service_model(service).operation_model(operation)
    answer = {"status_code": 200, "headers": {}, "body": json.dumps(body).encode()}
    shape: Any = model.output_shape
    return parser.parse(answer, shape)


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=4), ATTRIBUTES, max_size=3))
def test_an_item_is_parsed_as_botocore_parses_it(item: dict[str, Any]) -> None:
    """Bytes included, at any depth."""
    answers = [parsed(p, "dynamodb", "GetItem", {"Item": item}) for p in (JSONParser(), quick())]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("instant", [0, 1767600000, 1767600000.25, "2026-01-05T08:00:00Z"])
def test_an_instant_is_parsed_as_botocore_parses_it(instant: object) -> None:
    """Numbers directly, every other form by botocore's way."""
    body = {"MetricDataResults": [{"Timestamps": [instant]}]}
    slow, fast = (
        parsed(parser, "cloudwatch", "GetMetricData", body)["MetricDataResults"][0]["Timestamps"]
        for parser in (JSONParser(), quick())
    )
    assert fast == slow
    assert fast[0].utcoffset() == slow[0].utcoffset()


def quick() -> QuickJsonParser:
    """The parser with the shortcuts."""
    return QuickJsonParser()


@settings(max_examples=60)
@given(ATTRIBUTES)
def test_a_copy_is_equal_and_shares_nothing_that_changes(value: dict[str, Any]) -> None:
    """To the deepest list and map."""
    original = DynamoType(copy.deepcopy(value))
    with shortcuts():
        made = copy.deepcopy(original)
    assert made.to_json() == original.to_json()
    assert not {id(each) for each in containers(made)} & {id(each) for each in containers(original)}


def containers(value: DynamoType) -> list[Any]:
    """The values, lists and maps that an attribute value is made of."""
    inside = value.value
    members = inside.values() if isinstance(inside, dict) else inside
    if not isinstance(inside, dict | list):
        return [value]
    below = [
        each for member in members if isinstance(member, DynamoType) for each in containers(member)
    ]
    return [value, inside, *below]


@pytest.mark.parametrize(
    "condition",
    ["attribute_exists(#a) AND #b = :c", "(#a.#b < :c) OR NOT size(#d) > :e", "x IN (:a, :b)"],
)
def test_a_condition_is_cut_into_the_same_words_every_time(condition: str) -> None:
    """Whoever takes words off the queue takes them from nobody else."""
    expected = lexed(condition)
    with shortcuts():
        first = lexed(condition)
        first.popleft()
        assert lexed(condition) == expected


def lexed(condition: str) -> deque[Any]:
    """The words of a condition."""
    words: deque[Any] = getattr(ConditionExpressionParser(condition, {}, {}), LEX)()
    return words


def test_outside_nothing_is_changed() -> None:
    """What stood there before stands there afterwards."""
    before = standing()
    with shortcuts():
        assert not set(map(id, standing())) & set(map(id, before))
    assert standing() == before


def standing() -> list[Any]:
    """What the shortcuts exchange, as it stands now."""
    from botocore import auth, hooks, parsers, useragent  # noqa: PLC0415 - read now
    from moto.core import base_backend, responses  # noqa: PLC0415

    return [
        DynamoType.__deepcopy__,
        vars(ast_nodes)["DepthFirstTraverser"].traverse_node_recursively,
        getattr(ConditionExpressionParser, LEX),
        vars(responses)["method_names_from_class"],
        useragent.sanitize_user_agent_string_component,
        parsers.PROTOCOL_PARSERS["json"],
        auth.AUTH_TYPE_MAPS["v4"],
        auth.AUTH_TYPE_MAPS["s3v4"],
        vars(hooks)["accepts_kwargs"],
        getattr(hooks.EventAliaser, ALIAS),
        base_backend.BackendDict.__getitem__,
        MotoRandom.get_random_string,
        vars(responses)["camelcase_to_underscores"],
    ]


@pytest.mark.parametrize("digits, lower", [(True, False), (False, True)])
def test_an_identifier_is_drawn_as_moto_draws_it(*, digits: bool, lower: bool) -> None:
    """Of the same draws, so that whatever is drawn next is the same as well."""
    slow, fast = MotoRandom(7), MotoRandom(7)
    how = {"include_digits": digits, "lower_case": lower}
    expected = [slow.get_random_string(52, **how), slow.random()]
    with shortcuts():
        assert [fast.get_random_string(52, **how), fast.random()] == expected


def test_the_methods_of_a_class_are_the_same() -> None:
    """Asked twice, for the second answer comes from memory."""
    from moto.core import responses  # noqa: PLC0415 - what is exchanged is a name in it

    with shortcuts():
        for _ in range(2):
            known = vars(responses)["method_names_from_class"](DynamoHandler)
            assert known == method_names_from_class(DynamoHandler)


PARSER: Any = vars(expressions)["UpdateExpressionParser"]
NODE: Any = vars(ast_nodes)["Node"]
UPDATES = [
    "SET a = :a, #b.#c = if_not_exists(#d, :d) REMOVE e, f[1]",
    "SET v = v + :one, m.x = :x ADD n :one DELETE s :s",
    "REMOVE a.b[2].c",
]


@pytest.mark.parametrize("expression", UPDATES)
def test_a_parsed_update_is_copied_as_a_whole(expression: str) -> None:
    """Every node, with its parent among the copies, and nothing shared."""
    parsed = PARSER.make(expression)
    ours, moto = copied_tree(parsed), copy.deepcopy(parsed)

    assert outline(ours) == outline(moto) == outline(parsed)
    assert not set(map(id, nodes(ours))) & set(map(id, nodes(parsed)))
    for node in nodes(ours):
        assert all(child.parent is node for child in node.children or () if is_node(child))


@pytest.mark.parametrize("expression", UPDATES)
def test_an_update_is_parsed_once_and_reads_the_same_again(expression: str) -> None:
    """The same words are the same tree, which nobody may have changed meanwhile."""
    before = outline(PARSER.make(expression))
    with shortcuts():
        first = PARSER.make(expression)
        copied_tree(first).normalize()
        again = PARSER.make(expression)

    assert again is first
    assert outline(again) == before


def is_node(value: Any) -> bool:
    """Whether it is a node of a parsed expression."""
    return isinstance(value, NODE)


def nodes(root: Any) -> list[Any]:
    """The root and everything below it."""
    below = [node for child in root.children or () if is_node(child) for node in nodes(child)]
    return [root, *below]


def outline(root: Any) -> Any:
    """What a tree says, without the identity of its nodes."""
    children = [outline(child) if is_node(child) else child for child in root.children or ()]
    return type(root).__name__, children
