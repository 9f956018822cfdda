"""What an expression refers to, read from its parsed form when the machine is created.

An expression has no context item: the input arrives as `$states.input` and a variable as `$name`,
so AWS refuses a bare name, `$` and `$$` at the top level as UNSUPPORTED_JSONATA_EXPRESSION
(measured, floci docs/services/step-functions.md; developer guide, "Transforming data with
JSONata"). Inside a predicate, a sort term, an object grouping or a later step there is a context.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_SAME_CONTEXT = (
    "lhs",
    "rhs",
    "expression",
    "condition",
    "then",
    "_else",
    "body",
    "procedure",
)
_SAME_CONTEXT_LISTS = ("expressions", "arguments")


@dataclass(slots=True)
class References:
    """The top-level names an expression uses without `$`, and the members of `$states` it reads."""

    unsupported: list[str] = field(default_factory=list)
    states_members: set[str] = field(default_factory=set)


def references(ast: Any) -> References:
    """Return what a parsed expression refers to."""
    found = References()
    _visit(ast, found, top=True)
    return found


def _visit(node: Any, found: References, *, top: bool) -> None:
    kind = getattr(node, "type", None)
    if kind == "path":
        _visit_path(node, found, top=top)
    elif kind in {"wildcard", "descendant"} and top:
        found.unsupported.append("*" if kind == "wildcard" else "**")
    elif kind == "variable":
        _visit_variable(node, found, top=top)
    elif kind == "lambda":
        _visit(node.body, found, top=top)
    else:
        for child in _children(node):
            _visit(child, found, top=top)
    _visit_inner(node, found)


def _visit_path(node: Any, found: References, *, top: bool) -> None:
    first, *rest = node.steps
    if first.type == "name":
        if top:
            found.unsupported.append(str(first.value))
        _visit_inner(first, found)
    else:
        _visit(first, found, top=top)
    if first.type == "variable" and first.value == "states" and rest and rest[0].type == "name":
        found.states_members.add(str(rest[0].value))
    for step in rest:
        if step.type == "name":
            _visit_inner(step, found)
        else:
            _visit(step, found, top=False)


def _visit_inner(node: Any, found: References) -> None:
    for child in _inner(node):
        _visit(child, found, top=False)


def _visit_variable(node: Any, found: References, *, top: bool) -> None:
    if node.value == "$" or (node.value == "" and top):
        found.unsupported.append("$" + node.value)


def _children(node: Any) -> Iterator[Any]:
    """Yield the parts that are evaluated with the same context as the whole."""
    for name in _SAME_CONTEXT:
        child = getattr(node, name, None)
        if getattr(child, "type", None) is not None:
            yield child
    for name in _SAME_CONTEXT_LISTS:
        yield from (child for child in getattr(node, name, None) or () if child is not None)
    for pair in getattr(node, "lhs_object", None) or ():
        yield from pair


def _inner(node: Any) -> Iterator[Any]:
    """Yield the parts that are evaluated with a context of their own."""
    for name in ("predicate", "stages"):
        for stage in getattr(node, name, None) or ():
            if getattr(stage, "expr", None) is not None:
                yield stage.expr
    for term in getattr(node, "terms", None) or ():
        yield term.expression
    for name in ("pattern", "update", "delete"):
        child = getattr(node, name, None)
        if getattr(child, "type", None) is not None:
            yield child
    for pair in getattr(getattr(node, "group", None), "lhs_object", None) or ():
        yield from pair
