"""Draws a state machine as a graph, with the way that a run took.

States that were entered have a heavy outline, a tick and how often; ways that were taken are
heavy and solid, the others thin and dashed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from autopilot.reports.axes import Canvas, chart
from autopilot.reports.layering import Box, Drawing, Link, Point, Size, Way, draw
from autopilot.reports.machine import is_end, visits_of, ways_taken
from autopilot.reports.model import Edge, Machine, Node, Run
from autopilot.reports.svg import Svg, element, joined, path, text, text_width
from autopilot.reports.words import plural

_NODE: Final = Size(176.0, 40.0)
_MARGIN: Final = 14.0
_INSET: Final = 14.0  #: between a state's outline and the branches in it
_HEADING: Final = 30.0
_LABEL_FONT: Final = 11.0
_LINE_CHARACTERS: Final = 22
_SPINE_WEIGHT: Final = 1000.0  #: how much straighter a way taken is drawn


@dataclass(frozen=True, slots=True)
class _Route:
    """What a run did, for drawing."""

    states: Mapping[str, int]
    ways: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class _Part:
    """A branch, or the whole: its drawing and the branches inside its states."""

    drawing: Drawing
    inner: Mapping[str, Sequence[_Part]]


def machine_graph(run: Run, machine: Machine, name: str) -> Svg:
    """The graph of the run's machine; `name` keeps the ids of several graphs apart."""
    route = _Route(visits_of(run.visits), ways_taken(machine, run.visits))
    part = _part(machine, machine.entries[0], route)
    size = part.drawing.size
    canvas = Canvas(name, size.width + 2 * _MARGIN, size.height + 2 * _MARGIN)
    return chart(
        canvas,
        f"State machine {machine.name} with the way taken",
        _in_words(run, machine, route),
        _drawn(machine, part, route, (_MARGIN, _MARGIN)),
    )


def _in_words(run: Run, machine: Machine, route: _Route) -> str:
    order = " → ".join(route.states)
    return (
        f"{len(route.states)} of {len(machine.nodes)} states were entered, in this order: "
        f"{order}. It ended as {run.ending}."
    )


# -- places ----------------------------------------------------------------------------------------


def _part(machine: Machine, entry: str, route: _Route) -> _Part:
    """Lay out the states that can be reached from `entry` in its own branch."""
    names = _reached(machine, entry)
    inner = {
        name: [_part(machine, first, route) for first in _entries(machine, name)] for name in names
    }
    sizes = {name: _size(inner[name]) for name in names}
    edges = [edge for edge in machine.edges if edge.start in names and edge.end in names]
    links = [_link(edge, taken=(edge.start, edge.end) in route.ways) for edge in edges]
    return _Part(draw(sizes, links), {name: parts for name, parts in inner.items() if parts})


def _reached(machine: Machine, entry: str) -> list[str]:
    """`entry` and what follows it, in the order of the definition."""
    found, open_names = {entry}, [entry]
    while open_names:
        name = open_names.pop()
        ends = [edge.end for edge in machine.edges if edge.start == name and edge.end not in found]
        found.update(ends)
        open_names += ends
    return [node.name for node in machine.nodes if node.name in found]


def _entries(machine: Machine, name: str) -> list[str]:
    inside = {node.name for node in machine.nodes if node.inside == name}
    return [entry for entry in machine.entries if entry in inside]


def _size(parts: Sequence[_Part]) -> Size:
    """Of a state: that of a node, or enough for its branches, with the first on its axis."""
    if not parts:
        return _NODE
    width = sum(part.drawing.size.width + _INSET for part in parts) + _INSET
    height = max(part.drawing.size.height for part in parts) + _HEADING + _INSET
    axis = _INSET + parts[0].drawing.size.left if len(parts) == 1 else None
    return Size(max(width, _NODE.width), height, axis)


def _link(edge: Edge, *, taken: bool) -> Link:
    weight = _SPINE_WEIGHT if taken else 1.0
    if not edge.labels:
        return Link(edge.start, edge.end, weight=weight)
    width = max(text_width(label, _LABEL_FONT) for label in edge.labels) + 8
    return Link(edge.start, edge.end, Size(width, 13.0 * len(edge.labels) + 4), weight)


# -- drawing ---------------------------------------------------------------------------------------


def _drawn(machine: Machine, part: _Part, route: _Route, at: Point) -> Svg:
    nodes = {node.name: node for node in machine.nodes}
    edges = {(edge.start, edge.end): edge for edge in machine.edges}
    ways = sorted(part.drawing.ways.items(), key=lambda item: route.ways.get(item[0], 0))
    return element(
        "g",
        *(
            _state(nodes[name], box, part, machine, route)
            for name, box in part.drawing.boxes.items()
        ),
        *(_way(edges[pair], way, route.ways.get(pair, 0)) for pair, way in ways),
        transform=f"translate({at[0]:g} {at[1]:g})",
    )


def _state(node: Node, box: Box, part: _Part, machine: Machine, route: _Route) -> Svg:
    times = route.states.get(node.name, 0)
    return element(
        "g",
        element("title", f"{node.name} ({node.kind}). {node.comment}"),
        _outline(node, box),
        _inside(node, box, part, machine, route) if node.name in part.inner else _name(node, box),
        _entered(box, times) if times else Svg(),
        class_=_classes(times, holds=node.name in part.inner),
    )


def _classes(times: int, *, holds: bool) -> str:
    return f"state {'entered' if times else 'passed-by'}{' holds' if holds else ''}"


def _outline(node: Node, box: Box) -> Svg:
    """Round for the ends of a run, cut corners for choices, a rectangle for the rest."""
    if node.kind == "Choice":
        return path(_cut_corners(box, 10.0), "outline")
    radius = box.height / 2 if is_end(node) else 6.0
    return element(
        "rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=radius, class_="outline"
    )


def _cut_corners(box: Box, cut: float) -> str:
    left, top, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    middle = (top + bottom) / 2
    return (
        f"M{left:g} {middle:g} L{left + cut:g} {top:g} L{right - cut:g} {top:g} "
        f"L{right:g} {middle:g} L{right - cut:g} {bottom:g} L{left + cut:g} {bottom:g} Z"
    )


def _name(node: Node, box: Box) -> Svg:
    lines = _wrapped(node.name)
    first = box.y + box.height / 2 + 4 - (len(lines) - 1) * 7
    return joined(
        *(
            text(box.middle, first + number * 14, words, "state-name", "middle")
            for number, words in enumerate(lines)
        )
    )


def _wrapped(name: str) -> list[str]:
    """One or two lines; what does not fit is cut, and stands in full in the title."""
    if len(name) <= _LINE_CHARACTERS:
        return [name]
    first, rest = "", name.split()
    while rest and len(f"{first} {rest[0]}".strip()) <= _LINE_CHARACTERS:
        first = f"{first} {rest.pop(0)}".strip()
    second = " ".join(rest)
    if not first:
        first, second = name[:_LINE_CHARACTERS], name[_LINE_CHARACTERS:]
    if len(second) > _LINE_CHARACTERS:
        second = second[: _LINE_CHARACTERS - 1] + "…"
    return [first, second]


def _entered(box: Box, times: int) -> Svg:
    """A badge on the outline: a tick, and how often when it was more than once."""
    words = "✓" if times == 1 else f"✓ {times}\N{MULTIPLICATION SIGN}"
    wide = text_width(words, 11.0) + 10
    x, y = box.x + box.width - wide + 6, box.y - 7
    return joined(
        element("title", f"entered {plural(times, 'time')}"),
        element("rect", x=x, y=y, width=wide, height=15, rx=7.5, class_="badge"),
        text(x + wide / 2, y + 11, words, "badge-words", "middle"),
    )


def _inside(node: Node, box: Box, part: _Part, machine: Machine, route: _Route) -> Svg:
    drawn, x = [], box.x + _INSET
    for branch in part.inner[node.name]:
        drawn.append(_drawn(machine, branch, route, (x, box.y + _HEADING)))
        x += branch.drawing.size.width + _INSET
    heading = text(box.x + _INSET, box.y + 19, node.name, "state-name heading")
    return joined(heading, *drawn)


def _way(edge: Edge, way: Way, times: int) -> Svg:
    return element(
        "g",
        path(_curve(way), "way", "none"),
        _head(way.points[-2], way.points[-1]),
        _labels(edge, way),
        class_="taken" if times else "not-taken",
    )


def _curve(way: Way) -> str:
    """Smooth from point to point, upright at each, with a gap for the label."""
    commands = [f"M{way.points[0][0]:.1f} {way.points[0][1]:.1f}"]
    for number, ((x1, y1), (x2, y2)) in enumerate(pairwise(way.points)):
        middle = (y1 + y2) / 2
        curve = f"C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f}"
        commands.append(f"M{x2:.1f} {y2:.1f}" if number == way.gap else curve)
    return " ".join(commands)


def _head(before: Point, end: Point) -> Svg:
    """An arrow's head, pointing down, or up for a way back."""
    x, y = end
    back = 7.0 if before[1] > y else -7.0
    return path(
        f"M{x:.1f} {y:.1f} L{x - 4:.1f} {y + back:.1f} L{x + 4:.1f} {y + back:.1f} Z", "head"
    )


def _labels(edge: Edge, way: Way) -> Svg:
    """The reasons to go this way, one below the other, in the gap."""
    if way.gap is None:
        return Svg()
    (x, one), (_, other) = way.points[way.gap], way.points[way.gap + 1]
    first = (one + other) / 2 - (len(edge.labels) - 1) * 6.5 + 4
    return joined(
        *(
            text(x, first + number * 13, label, "way-words", "middle")
            for number, label in enumerate(edge.labels)
        )
    )
