"""Shorter ways to the same results inside botocore and moto, for what a drill does often.

Each gives what the code gives that it stands in for, and the tests compare the two.
"""

from __future__ import annotations

import copy
import string
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Final

from botocore import auth, hooks, parsers, useragent
from botocore.model import Shape
from moto.core import parse, responses
from moto.core.base_backend import BackendDict
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.parsing import ast_nodes, expressions, validators
from moto.moto_api._internal.moto_random import MotoRandom
from moto.sqs import models as sqs_models

from autopilot_lab.emulator.quick_attributes import QuickRequestParser, attribute_ways
from autopilot_lab.emulator.quick_requests import SIGNERS, request_ways
from autopilot_lab.emulator.quick_shapes import decode_of

_EXPRESSIONS_KEPT_MAX: Final = 1_000
# Without types, or without these names in their types.
_NODES: Final[Any] = ast_nodes
_RESPONSES: Final[Any] = responses
_BACKENDS: Final[Any] = BackendDict
_CHANCE: Final[Any] = MotoRandom
_VALIDATORS: Final[Any] = validators
_SQS: Final[Any] = sqs_models
_SPELLED: Final = "camelcase_to_underscores"
_UPDATES: Final[Any] = vars(expressions)["UpdateExpressionParser"]
_JSON_PARSER: Final[Any] = parsers.JSONParser
_REQUESTS: Final[Any] = parse.PROTOCOL_PARSERS
_SIGNERS: Final[Any] = auth.AUTH_TYPE_MAPS


class QuickJsonParser(_JSON_PARSER):  # type: ignore[misc]
    """As botocore's, but with one function for each shape, and times without trying formats."""

    def _handle_structure(self, shape: Any, value: Any) -> Any:
        return decode_of(shape)(self, value)

    def _handle_timestamp(self, shape: Shape, value: Any) -> Any:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, UTC)  # local time, as functions have it
        return super()._handle_timestamp(shape, value)


def copied(value: DynamoType, _memo: dict[int, Any]) -> DynamoType:
    """A deep copy without a list of what was copied: attribute values hold no circles."""
    made = DynamoType.__new__(DynamoType)
    made.type = value.type
    content = value.value
    if value.type == "M":
        content = {name: copied(member, _memo) for name, member in content.items()}
    elif value.type == "L":
        content = [copied(member, _memo) for member in content]
    elif value.is_set():
        content = list(content)
    made.value = content
    return made


def copied_tree(value: Any) -> Any:
    """A deep copy of a whole parsed expression, by its kinds; of anything else, as ever."""
    if not isinstance(value, _NODES.Node) or value.parent is not None:
        return copy.deepcopy(value)
    return _copied_node(value, None)


def _copied_node(node: Any, parent: Any) -> Any:
    made: Any = object.__new__(type(node))
    vars(made).update(vars(node), parent=parent)
    if node.children is not None:
        made.children = [
            _copied_node(child, made) if isinstance(child, _NODES.Node) else copy.deepcopy(child)
            for child in node.children
        ]
    return made


def _lexing(lex: Callable[[Any], deque[Any]]) -> Callable[[Any], deque[Any]]:
    """The words of a condition depend on its text alone, and the same few come again and again."""

    @lru_cache(_EXPRESSIONS_KEPT_MAX)
    def words(text: str) -> tuple[Any, ...]:
        return tuple(lex(ConditionExpressionParser(text, {}, {})))

    return lambda parser: deque(words(parser.condition_expression))


def _text(
    chance: Any,
    length: int = 20,
    include_digits: bool = True,  # noqa: FBT001, FBT002 - moto's signature
    lower_case: bool = False,  # noqa: FBT001, FBT002
) -> str:
    """Moto's text by chance, of the same draws: `choice` asks for the length at each of them."""
    pool = string.ascii_letters + string.digits if include_digits else string.ascii_letters
    below, places = chance._randbelow, len(pool)
    text = "".join([pool[below(places)] for _ in range(length)])
    return text.lower() if lower_case else text


def _standing(slow: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """An account's state of a service, which moto looks for in lists before it gives it out."""

    def given(of: Any, account: str) -> Any:
        return dict.get(of, account) or slow(of, account)

    return given


_kept = lru_cache(_EXPRESSIONS_KEPT_MAX)


@contextmanager
def shortcuts() -> Iterator[None]:
    """Take them until the exit. Clients that were made meanwhile keep their parser."""
    lex = "_lex_condition_expression"
    ways: list[tuple[Any, str, Any]] = [
        (DynamoType, "__deepcopy__", copied),
        *attribute_ways(),
        *request_ways(),
        (ConditionExpressionParser, lex, _lexing(getattr(ConditionExpressionParser, lex))),
        # Whoever changes a parsed update copies it first.
        (_UPDATES, "make", _kept(_UPDATES.make)),
        (_VALIDATORS, "deepcopy", copied_tree),
        (_CHANCE, "get_random_string", _text),
        (_BACKENDS, "__getitem__", _standing(_BACKENDS.__getitem__)),
        # These depend on their arguments alone, and are called with few.
        *((owner, _SPELLED, _kept(owner.camelcase_to_underscores)) for owner in (_RESPONSES, _SQS)),
        (hooks, "accepts_kwargs", _kept(hooks.accepts_kwargs)),
        (_RESPONSES, "method_names_from_class", cache(_RESPONSES.method_names_from_class)),
        (
            useragent,
            "sanitize_user_agent_string_component",
            lru_cache(_EXPRESSIONS_KEPT_MAX)(useragent.sanitize_user_agent_string_component),
        ),
    ]
    protocols: Any = parsers.PROTOCOL_PARSERS
    with ExitStack() as undo:
        for owner, name, way in ways:
            undo.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, way)
        for table, name, made in (
            (protocols, "json", QuickJsonParser),
            (_REQUESTS, "json", QuickRequestParser),
            *((_SIGNERS, version, signer) for version, signer in SIGNERS.items()),
        ):
            undo.callback(table.__setitem__, name, table[name])
            table[name] = made
        yield
