"""Shorter ways through moto's DynamoDB: attribute values and the trees of update expressions."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from functools import cache
from types import NoneType
from typing import Any, Final

from moto.core import parse
from moto.dynamodb import responses
from moto.dynamodb.models import utilities
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.models.utilities import bytesize
from moto.dynamodb.parsing import ast_nodes, executors

# Without types, or without these names in their types.
_NODES: Final[Any] = ast_nodes
_JSON_PARSER: Final[Any] = parse.JSONParser
_EXECUTOR: Final[Any] = executors.UpdateExpressionExecutor

#: Kinds of value that stand in JSON as they are.
PLAIN: Final = frozenset({"S", "N", "SS", "NS", "NULL", "BOOL"})
_SCALARS: Final = frozenset({str, bool, int, float, bytes, NoneType})
_PLAIN: Final = utilities.dynamo_to_dict
_BINARY: Final = frozenset({"B", "BS"})
_SETS: Final = frozenset({"SS", "NS", "BS"})

#: What is exchanged: the owner, the name in it, and what stands there instead.
Ways = list[tuple[Any, str, Any]]


class QuickRequestParser(_JSON_PARSER):  # type: ignore[misc]
    """As moto's, but takes attribute values by their kind.

    moto looks for each of the ten kinds of value in each value of a request.
    """

    def _parse_structure(self, shape: Any, value: Any) -> Any:
        if shape.name == "AttributeValue" and "NULL" in shape.members:
            return self._attribute(shape, value)
        return super()._parse_structure(shape, value)

    def _attribute(self, shape: Any, value: Any) -> Any:
        if type(value) is not dict or len(value) != 1:
            return super()._parse_structure(shape, value)
        ((kind, content),) = value.items()
        if content is not None and kind == "M":
            return {"M": {name: self._attribute(shape, one) for name, one in content.items()}}
        if content is not None and kind == "L":
            return {"L": [self._attribute(shape, one) for one in content]}
        if content is None or kind not in PLAIN or isinstance(content, list):
            return super()._parse_structure(shape, value)
        return {kind: content}


def size(value: DynamoType) -> int:
    """Bytes of a value, as moto counts them, without a new object for each value inside."""
    kind, content = value.type, value.value
    if kind == "N":
        return len(str(content))
    if kind in _SETS:
        return sum(len(str(one)) if kind == "NS" else bytesize(one) for one in content)
    if kind == "L":
        return sum(size(one) for one in content)
    if kind == "M":
        return sum(bytesize(name) + size(one) for name, one in content.items())
    return 1 if isinstance(content, bool) else bytesize(content)


def regular(value: DynamoType) -> dict[str, Any]:
    """A value in the words of the API; moto copies all that is inside once for each level."""
    kind, content = value.type, value.value
    if isinstance(content, dict):
        return {kind: {name: _regular(one) for name, one in content.items()}}
    if isinstance(content, list):
        return {kind: [_regular(one) for one in content]}
    if kind == "B" and isinstance(content, str):
        return {kind: base64.b64decode(content)}
    return {kind: content}


def plain(value: Any) -> Any:
    """An answer without moto's objects: the words of the API, with bytes where they are binary."""
    kind = type(value)
    if kind is dict or kind is LimitedSizeDict:
        return {name: plain(one) for name, one in value.items()}
    if kind is list:
        return [plain(one) for one in value]
    if kind in _SCALARS:
        return value
    if kind is DynamoType and value.type not in _BINARY:
        return {value.type: plain(value.value)}
    return _PLAIN(value)


def _regular(one: Any) -> Any:
    return regular(one) if isinstance(one, DynamoType) else one


def traverse(traverser: Any, node: Any, child: int = -1) -> Any:
    """Moto's walk, which asks for the kinds to be processed at every node, asking only once.

    Where nothing happens before a child, only the nodes of these kinds are gone to, and most of
    the ten walks over an expression look for kinds that it does not have.
    """
    kinds = traverser.nodes_to_be_processed()
    before_child = traverser.pre_processing_of_child
    if before_child.__func__ is not _NODES.DepthFirstTraverser.pre_processing_of_child:
        return _walk(traverser, kinds, before_child, node, child)
    made = node
    for each, place in _bottom_up(node, child, kinds):
        made = _processed(traverser, each, place)
    kind: Any = type(node)
    return made if _is(kind, kinds) else node


def _bottom_up(root: Any, child: int, kinds: tuple[type, ...]) -> Iterator[tuple[Any, int]]:
    """The nodes of these kinds with their places, children before parents, from left to right."""
    found: list[tuple[Any, int]] = []
    rest: list[tuple[Any, int]] = [(root, child)]
    while rest:
        node, place = rest.pop()
        kind: Any = type(node)
        if _is(kind, kinds):
            found.append((node, place))
        if _is(kind, _NODE) and node.children:
            rest += [(below, index) for index, below in enumerate(node.children)]
    yield from reversed(found)


def _processed(traverser: Any, node: Any, place: int) -> Any:
    parent = node.parent
    made = traverser.process(node)
    made.parent = parent
    if parent:
        parent.children[place] = made
    return made


def _walk(traverser: Any, kinds: tuple[type, ...], before_child: Any, node: Any, child: int) -> Any:
    kind: Any = type(node)
    if not _is(kind, _NODE):
        return node
    for index, below in enumerate(node.children or ()):
        before_child(node, index)
        _walk(traverser, kinds, before_child, below, index)
    return _processed(traverser, node, child) if _is(kind, kinds) else node


def find_clauses(node: Any, kinds: Iterable[type]) -> list[Any]:
    """The clauses of these very kinds, from left to right, as moto finds them."""
    found: list[Any] = []
    for child in node.children or ():
        kind: Any = type(child)
        if kind in kinds:
            found.append(child)
        elif _is(kind, _CONTAINERS):
            found.extend(find_clauses(child, kinds))
    return found


def execution(executor: Any, node: Any) -> Any:
    """The class that executes a node, or None; it depends on the node's kind alone."""
    kind: Any = type(node)
    return _execution(kind, tuple(executor.execution_map.items()))


@cache
def _execution(kind: type, ways: tuple[tuple[type, Any], ...]) -> Any:
    return next((way for base, way in ways if issubclass(kind, base)), None)


@cache
def _is(kind: type, bases: tuple[type, ...]) -> bool:
    """As `isinstance`, which asks the metaclass of abstract classes every time."""
    return issubclass(kind, bases)


_NODE: Final = (_NODES.Node,)
_CONTAINERS: Final = (_NODES.Expression, _NODES.UpdateExpressionFunction)


def attribute_ways() -> Ways:
    """What to exchange in moto."""
    return [
        (responses, "dynamo_to_dict", plain),
        (DynamoType, "size", size),
        (DynamoType, "to_regular_json", regular),
        (_NODES.DepthFirstTraverser, "traverse_node_recursively", traverse),
        (_NODES.Node, "find_clauses", find_clauses),
        (_EXECUTOR, "get_specific_execution", execution),
    ]
