"""Layered drawing of directed graphs, after Sugiyama, Tagawa and Toda (1981).

Ways back are turned round, states get layers by their longest way from the start, long ways and
labels get places of their own in the layers between, layers are ordered by the barycentre of
their neighbours, and each layer is then pulled straight as far as its order allows. The same
graph always gives the same drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

_SWEEPS: Final = 16
_PULLS: Final = 80
_GAP_X: Final = 22.0
_GAP_Y: Final = 15.0
_WAY_WIDTH: Final = 8.0

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Size:
    """Of a place, in pixels."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Link:
    """A way between two nodes; `label` is the size of its words, if it has any."""

    start: str
    end: str
    label: Size | None = None
    weight: float = 1.0  #: heavier links are drawn straighter


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node stands."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Its horizontal centre."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Way:
    """The points that a link is drawn through, from its start.

    From point `gap` to the next stands its label; None when it has none.
    """

    points: Sequence[Point]
    gap: int | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and ways, from the origin to `size`."""

    boxes: Mapping[str, Box]
    ways: Mapping[tuple[str, str], Way]
    size: Size


@dataclass(eq=False, slots=True)
class _Place:
    """A node, or the place of a link in a layer between its ends."""

    width: float
    height: float
    layer: int
    labels: bool = False
    middle: float = 0.0
    above: dict[_Place, float] = field(default_factory=dict)  #: with the weight of the link
    below: dict[_Place, float] = field(default_factory=dict)


def draw(sizes: Mapping[str, Size], links: Sequence[Link]) -> Drawing:
    """Place every node of `sizes`, in whose order ties are broken, and every link among them.

    A link from a node to itself has no way.
    """
    links = [link for link in links if link.start != link.end]
    back = _ways_back(list(sizes), links)
    layers_of = _layers(list(sizes), links, back)
    places = {
        name: _Place(size.width, size.height, layers_of[name] * 2) for name, size in sizes.items()
    }
    chains = {(link.start, link.end): _chain(link, places, back) for link in links}
    rows = _rows([*places.values(), *(p for chain in chains.values() for p in chain[1:-1])])
    _order(rows)
    _straighten(rows)
    tops = _tops(rows)
    return _drawing(places, chains, rows, tops, back)


def _ways_back(names: Sequence[str], links: Sequence[Link]) -> set[tuple[str, str]]:
    """Links that close a circle when the graph is walked in the order of `names`."""
    following: dict[str, list[str]] = {name: [] for name in names}
    for link in links:
        following[link.start].append(link.end)
    back: set[tuple[str, str]] = set()
    done: set[str] = set()

    def walk(name: str, open_names: tuple[str, ...]) -> None:
        if name in done:
            return
        for end in following[name]:
            if end in (name, *open_names):
                back.add((name, end))
            else:
                walk(end, (*open_names, name))
        done.add(name)

    for name in names:
        walk(name, ())
    return back


def _layers(
    names: Sequence[str], links: Sequence[Link], back: set[tuple[str, str]]
) -> dict[str, int]:
    """The longest way to each node from where nothing leads to."""
    layers = dict.fromkeys(names, 0)
    for _ in names:
        for link in links:
            turned = (link.start, link.end) in back
            high, low = (link.end, link.start) if turned else (link.start, link.end)
            layers[low] = max(layers[low], layers[high] + 1)
    return layers


def _chain(
    link: Link, places: Mapping[str, _Place], back: set[tuple[str, str]]
) -> list[_Place]:
    """The places of a link from top to bottom, its ends included; joined to each other."""
    turned = (link.start, link.end) in back
    top, bottom = (link.end, link.start) if turned else (link.start, link.end)
    first, last = places[top], places[bottom]
    between = [
        _Place(_WAY_WIDTH, 0, layer) for layer in range(first.layer + 1, last.layer)
    ]
    if link.label and between:
        place = between[-1 if turned else 0]
        place.labels, place.width, place.height = True, link.label.width, link.label.height
    chain = [first, *between, last]
    for upper, lower in zip(chain, chain[1:], strict=False):
        upper.below[lower] = lower.above[upper] = link.weight
    return chain


def _rows(places: Iterable[_Place]) -> list[list[_Place]]:
    rows: dict[int, list[_Place]] = {}
    for place in places:
        rows.setdefault(place.layer, []).append(place)
    return [rows[layer] for layer in sorted(rows)]


def _order(rows: Sequence[list[_Place]]) -> None:
    """Sort each row by where its neighbours stand, down and up in turns; keep the best order."""
    best, fewest = [list(row) for row in rows], _crossings(rows)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else rows[::-1]:
            index = {place: float(i) for each in rows for i, place in enumerate(each)}
            row.sort(key=lambda p: _barycentre(p.above if down else p.below, index, index[p]))
        if (found := _crossings(rows)) < fewest:
            best, fewest = [list(row) for row in rows], found
    for row, kept in zip(rows, best, strict=True):
        row[:] = kept


def _crossings(rows: Sequence[Sequence[_Place]]) -> int:
    """How often links cross between neighbouring rows."""
    found = 0
    for upper, lower in zip(rows, rows[1:], strict=False):
        index = {place: i for i, place in enumerate(lower)}
        ends = [sorted(index[below] for below in place.below) for place in upper]
        flat = [end for each in ends for end in each]
        found += sum(flat[j] < flat[i] for i in range(len(flat)) for j in range(i + 1, len(flat)))
    return found


def _barycentre(near: Iterable[_Place], index: Mapping[_Place, float], own: float) -> float:
    where = [index[place] for place in near]
    return sum(where) / len(where) if where else own


def _straighten(rows: Sequence[Sequence[_Place]]) -> None:
    """Pull every place over its neighbours, as far as order and widths allow."""
    for row in rows:
        _settle(row, [0.0] * len(row))
    for sweep in range(_PULLS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            _settle(row, [_wish(place) for place in row])
    leftmost = min(place.middle - place.width / 2 for row in rows for place in row)
    for row in rows:
        for place in row:
            place.middle -= leftmost


def _wish(place: _Place) -> float:
    """Where the place would stand straightest; long links count more than ends do."""
    pulls = [(other, weight * (1 + 3 * (other.height == 0))) for near in (place.above, place.below)
             for other, weight in near.items()]
    total = sum(weight for _, weight in pulls)
    return sum(other.middle * weight for other, weight in pulls) / total if pulls else place.middle


def _settle(row: Sequence[_Place], wishes: Sequence[float]) -> None:
    """The middles nearest to the wishes that keep the order apart (pool adjacent violators)."""
    distances = [0.0]
    for left, right in zip(row, row[1:], strict=False):
        distances.append(distances[-1] + (left.width + right.width) / 2 + _GAP_X)
    blocks: list[tuple[float, int]] = []
    for wish, distance in zip(wishes, distances, strict=True):
        total, members = wish - distance, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / members:
            before, count = blocks.pop()
            total, members = total + before, members + count
        blocks.append((total, members))
    settled = [total / members for total, members in blocks for _ in range(members)]
    for place, base, distance in zip(row, settled, distances, strict=True):
        place.middle = base + distance


def _tops(rows: Sequence[Sequence[_Place]]) -> dict[int, tuple[float, float]]:
    """(top, height) of each layer."""
    tops, y = {}, 0.0
    for row in rows:
        height = max(place.height for place in row)
        tops[row[0].layer] = (y, height)
        y += height + _GAP_Y
    return tops


def _drawing(
    places: Mapping[str, _Place],
    chains: Mapping[tuple[str, str], Sequence[_Place]],
    rows: Sequence[Sequence[_Place]],
    tops: Mapping[int, tuple[float, float]],
    back: set[tuple[str, str]],
) -> Drawing:
    boxes = {name: _box(place, tops) for name, place in places.items()}
    width = max(place.middle + place.width / 2 for row in rows for place in row)
    height = max(box.y + box.height for box in boxes.values())
    ways = {pair: _way(chain, tops, pair in back) for pair, chain in chains.items()}
    return Drawing(boxes, ways, Size(width, height))


def _box(place: _Place, tops: Mapping[int, tuple[float, float]]) -> Box:
    top, height = tops[place.layer]
    y = top + (height - place.height) / 2
    return Box(place.middle - place.width / 2, y, place.width, place.height)


def _way(
    chain: Sequence[_Place], tops: Mapping[int, tuple[float, float]], turned: bool
) -> Way:
    first, last = chain[0], chain[-1]
    start, end = _box(first, tops), _box(last, tops)
    points = [(_port(first, chain[1], first.below), start.y + start.height)]
    gap = None
    for place in chain[1:-1]:
        top, height = tops[place.layer]
        if place.labels:
            gap = len(points)
            top, height = top + (height - place.height) / 2, place.height
        points += [(place.middle, top), (place.middle, top + height)] if height else []
    points.append((_port(last, chain[-2], last.above), end.y))
    if not turned:
        return Way(points, gap)
    return Way(points[::-1], None if gap is None else len(points) - 2 - gap)


def _port(place: _Place, towards: _Place, near: Iterable[_Place]) -> float:
    """Where on a node's edge a link begins: in the order of where the links lead."""
    ordered = sorted(near, key=lambda other: other.middle)
    rank = ordered.index(towards)
    spread = min(26.0, place.width * 0.8 / len(ordered))
    return place.middle + (rank - (len(ordered) - 1) / 2) * spread
