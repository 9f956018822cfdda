"""Drawings of graphs: nothing overlaps, every way joins its ends, the same graph looks the same."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autopilot.reports.layering import Box, Drawing, Link, Size, draw

NAMES = [f"state {number}" for number in range(9)]

SOME = settings(max_examples=25)


@st.composite
def graphs(some: st.DrawFn) -> tuple[dict[str, Size], list[Link]]:
    """Up to nine nodes and any links among them, circles and self-references included."""
    names = NAMES[: some(st.integers(1, 9))]
    side = st.floats(20, 200)
    sizes = {name: Size(some(side), some(side)) for name in names}
    ends = st.tuples(st.sampled_from(names), st.sampled_from(names))
    pairs = some(st.lists(ends, max_size=18, unique=True))
    label = st.none() | st.builds(Size, st.floats(10, 90), st.floats(10, 40))
    return sizes, [
        Link(start, end, some(label), some(st.sampled_from([1.0, 40.0]))) for start, end in pairs
    ]


@SOME
@given(graphs())
def test_no_two_boxes_touch(graph: tuple[dict[str, Size], list[Link]]) -> None:
    """Every node has a place of its own, with its own size, within the drawing."""
    drawing = draw(*graph)
    for name, size in graph[0].items():
        box = drawing.boxes[name]
        assert (box.width, box.height) == (size.width, size.height)
        assert -0.01 <= box.x <= drawing.size.width - box.width + 0.01
        assert -0.01 <= box.y <= drawing.size.height - box.height + 0.01
    assert not [pair for pair in combinations(drawing.boxes.values(), 2) if touch(*pair)]


def touch(one: Box, other: Box) -> bool:
    """Whether two boxes have a point in common."""
    apart_x = one.x + one.width < other.x or other.x + other.width < one.x
    apart_y = one.y + one.height < other.y or other.y + other.height < one.y
    return not (apart_x or apart_y)


@SOME
@given(graphs())
def test_every_way_leads_from_its_start_to_its_end(
    graph: tuple[dict[str, Size], list[Link]],
) -> None:
    """It begins and ends on the outlines of its nodes, also when it leads back up."""
    drawing = draw(*graph)
    between = {(link.start, link.end) for link in graph[1] if link.start != link.end}
    assert drawing.ways.keys() == between
    for (start, end), way in drawing.ways.items():
        assert on_outline(drawing.boxes[start], way.points[0])
        assert on_outline(drawing.boxes[end], way.points[-1])


def on_outline(box: Box, point: tuple[float, float]) -> bool:
    """Whether a point is on the upper or lower edge of a box."""
    x, y = point
    upright = y == pytest.approx(box.y) or y == pytest.approx(box.y + box.height)
    return upright and box.x - 0.01 <= x <= box.x + box.width + 0.01


@SOME
@given(graphs())
def test_a_label_has_a_gap_of_its_height(graph: tuple[dict[str, Size], list[Link]]) -> None:
    """The way stops for its label, in the layer next to its start."""
    drawing = draw(*graph)
    for link in graph[1]:
        if link.label is None or link.start == link.end:
            continue
        way = drawing.ways[link.start, link.end]
        assert way.gap is not None
        (x, one), (other_x, other) = way.points[way.gap], way.points[way.gap + 1]
        assert x == other_x
        assert abs(other - one) == pytest.approx(link.label.height)


@SOME
@given(graphs())
def test_the_same_graph_is_drawn_the_same(graph: tuple[dict[str, Size], list[Link]]) -> None:
    """No order of a set, no chance."""
    assert draw(*graph) == draw(*graph)


def test_a_chain_is_a_straight_line_down() -> None:
    """What has nothing to avoid is not bent."""
    sizes = {name: Size(100, 40) for name in NAMES[:5]}
    drawing: Drawing = draw(sizes, [Link(a, b) for a, b in pairwise(NAMES[:5])])
    assert len({round(box.middle, 3) for box in drawing.boxes.values()}) == 1
    tops = [drawing.boxes[name].y for name in NAMES[:5]]
    assert tops == sorted(set(tops))
