"""Reads a state machine's definition as a graph, and a run's way through it.

The definition is Amazon States Language as `DescribeStateMachine` returns it, or the file it was
deployed from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from autopilot.reports.model import Edge, Machine, Node, Visit

_LABEL_CHARACTERS_MAX: Final = 26
_COMPARISON: Final = re.compile(r"\$[\w.]+\s*(?:=|in)\s*(?P<value>.+)")
_ENDS_RUN: Final = ("Succeed", "Fail")


def machine_of(name: str, definition: Mapping[str, Any]) -> Machine:
    """The graph of a definition, branches of Parallel and Map states included."""
    nodes, edges, entries = [], [], []
    for inside, part in _parts(definition, ""):
        entries.append(str(part["StartAt"]))
        for state, body in part["States"].items():
            nodes.append(Node(state, str(body["Type"]), str(body.get("Comment", "")), inside))
            edges += _edges(state, body)
    return Machine(name, tuple(nodes), tuple(edges), tuple(entries))


def _parts(definition: Mapping[str, Any], inside: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield inside, definition
    for state, body in definition["States"].items():
        for branch in branches(body):
            yield from _parts(branch, state)


def branches(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The machines inside a state."""
    item = body.get("ItemProcessor") or body.get("Iterator")
    return [*body.get("Branches", ()), *([item] if item else [])]


def _edges(state: str, body: Mapping[str, Any]) -> list[Edge]:
    """Every way out of a state, ways to the same state as one."""
    ways: dict[str, list[str]] = {}
    for end, label in _ways(body):
        ways.setdefault(end, []).append(label)
    return [Edge(state, end, _merged(labels)) for end, labels in ways.items()]


def _ways(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "Next" in body:
        yield str(body["Next"]), ""
    for choice in body.get("Choices", ()):
        yield str(choice["Next"]), _condition(choice)
    if "Default" in body:
        yield str(body["Default"]), "otherwise"
    for catch in body.get("Catch", ()):
        yield str(catch["Next"]), _errors(catch["ErrorEquals"])


def _merged(labels: Sequence[str]) -> tuple[str, ...]:
    """The labels of one way; a plain next beside conditions needs a word of its own."""
    if set(labels) == {""}:
        return ()
    return tuple(dict.fromkeys(label or "next" for label in labels))


def _condition(choice: Mapping[str, Any]) -> str:
    text = str(choice.get("Condition") or choice.get("Comment") or "condition")
    text = text.removeprefix("{%").removesuffix("%}").strip()
    compared = _COMPARISON.fullmatch(text)
    if compared:
        text = re.sub(r"[\[\]'\"]", "", compared["value"])
    return _short(text.replace("_", " ").replace("$", ""))


def _errors(names: Sequence[str]) -> str:
    if "States.ALL" in names:
        return "on any error"
    return _short("on " + ", ".join(name.removeprefix("States.") for name in names))


def _short(text: str) -> str:
    if len(text) <= _LABEL_CHARACTERS_MAX:
        return text
    return text[: _LABEL_CHARACTERS_MAX - 1].rstrip(" ,") + "…"


def ways_taken(machine: Machine, visits: Sequence[Visit]) -> Mapping[tuple[str, str], int]:
    """How often each edge was taken.

    A state that ends its branch hands over to what follows the branch's own state, so that the
    edge is looked for there when the state itself has none.
    """
    parents = {node.name: node.inside for node in machine.nodes}
    ways = {(edge.start, edge.end) for edge in machine.edges}
    taken: Counter[tuple[str, str]] = Counter()
    for before, after in pairwise(visits):
        state = before.state
        while state and (state, after.state) not in ways:
            state = parents.get(state, "")
        if state:
            taken[state, after.state] += 1
    return taken


def visits_of(visits: Sequence[Visit]) -> Mapping[str, int]:
    """How often each state was entered, in order of the first time."""
    return Counter(visit.state for visit in visits)


def is_end(node: Node) -> bool:
    """Whether a run cannot go on from here."""
    return node.kind in _ENDS_RUN
