"""Layered drawing of directed graphs, after Sugiyama, Tagawa and Toda (1981).

Ways back are turned round, states get layers by their longest way from the start, long ways and
labels get places of their own in the layers between, layers are ordered by the barycentre of
their neighbours, and each layer is then pulled straight as far as its order allows. The same
graph always gives the same drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

_SWEEPS: Final = 16
_PULLS: Final = 1000
_LONG: Final = 24.0
_GAP_X: Final = 22.0
_GAP_Y: Final = 15.0
_WAY_WIDTH: Final = 8.0
_PORT_GAP: Final = 24.0
_PORTS_WITHIN: Final = 0.9  #: of the way to a node's corner
_STILL: Final = 0.01  #: pixels; less than this is no move

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Size:
    """Of a place, in pixels; `axis` is where links meet it, from its left edge."""

    width: float
    height: float
    axis: float | None = None  #: None for its middle

    @property
    def left(self) -> float:
        """How far it reaches to the left of its axis."""
        return self.width / 2 if self.axis is None else self.axis


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
    """Boxes and ways, from the origin to `size`, whose axis is that of the first node."""

    boxes: Mapping[str, Box]
    ways: Mapping[tuple[str, str], Way]
    size: Size


@dataclass(eq=False, slots=True)
class _Place:
    """A node, or the place of a link in a layer between its ends."""

    size: Size
    layer: int
    between: bool = False  #: of a link, not of a node
    labels: bool = False
    axis: float = 0.0
    above: dict[_Place, float] = field(default_factory=dict)  #: with the weight of the link
    below: dict[_Place, float] = field(default_factory=dict)


def draw(sizes: Mapping[str, Size], links: Sequence[Link]) -> Drawing:
    """Place every node of `sizes`, in whose order ties are broken, and every link among them.

    A link from a node to itself has no way.
    """
    links = [link for link in links if link.start != link.end]
    back = _ways_back(list(sizes), links)
    layers_of = _layers(list(sizes), links, back)
    places = {name: _Place(size, layers_of[name] * 2) for name, size in sizes.items()}
    chains = {(link.start, link.end): _chain(link, places, back) for link in links}
    rows = _rows([*places.values(), *(p for chain in chains.values() for p in chain[1:-1])])
    _order(rows)
    _straighten(rows)
    if _leans_right(rows):
        for row in rows:
            row.reverse()
        _straighten(rows)
    return _drawing(places, chains, rows, back)


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


def _chain(link: Link, places: Mapping[str, _Place], back: set[tuple[str, str]]) -> list[_Place]:
    """The places of a link from top to bottom, its ends included; joined to each other."""
    turned = (link.start, link.end) in back
    top, bottom = (link.end, link.start) if turned else (link.start, link.end)
    first, last = places[top], places[bottom]
    between = [
        _Place(Size(_WAY_WIDTH, 0), layer, between=True)
        for layer in range(first.layer + 1, last.layer)
    ]
    if link.label and between:
        place = between[-1 if turned else 0]
        place.labels, place.size = True, link.label
    chain = [first, *between, last]
    for upper, lower in pairwise(chain):
        upper.below[lower] = lower.above[upper] = 1.0 if turned else link.weight
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
    for upper, lower in pairwise(rows):
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
        ordered = rows if sweep % 2 == 0 else rows[::-1]
        moves = [_settle(row, [_wish(place) for place in row]) for row in ordered]
        if max(moves) < _STILL:
            break
    leftmost = min(place.axis - place.size.left for row in rows for place in row)
    for row in rows:
        for place in row:
            place.axis -= leftmost


def _leans_right(rows: Sequence[Sequence[_Place]]) -> bool:
    """Whether what matters most stands in the right half; readers begin at the left."""
    places = [place for row in rows for place in row]
    weight = {place: sum(place.above.values()) + sum(place.below.values()) for place in places}
    total = sum(weight.values())
    centre = sum(place.axis * weight[place] for place in places) / total if total else 0.0
    return centre > _width(rows) / 2


def _width(rows: Sequence[Sequence[_Place]]) -> float:
    return max(place.axis - place.size.left + place.size.width for row in rows for place in row)


def _wish(place: _Place) -> float:
    """Where the place would stand straightest; the run of a link counts more than its ends."""
    pulls = [
        (other.axis, weight * (_LONG if place.between and other.between else 1))
        for near in (place.above, place.below)
        for other, weight in near.items()
    ]
    total = sum(weight for _, weight in pulls)
    return sum(at * weight for at, weight in pulls) / total if pulls else place.axis


def _settle(row: Sequence[_Place], wishes: Sequence[float]) -> float:
    """Move the row's axes as near to the wishes as keeps them apart in their order.

    By pooling adjacent violators. Returns the widest move.
    """
    distances = [0.0]
    for left, right in pairwise(row):
        between = left.size.width - left.size.left + right.size.left
        distances.append(distances[-1] + between + _GAP_X)
    blocks: list[tuple[float, float, int]] = []  # (sum of weighted wishes, weight, members)
    for place, wish, distance in zip(row, wishes, distances, strict=True):
        weight = 1.0 + sum(place.above.values()) + sum(place.below.values())
        total, members = (wish - distance) * weight, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / weight:
            before, heavy, count = blocks.pop()
            total, weight, members = total + before, weight + heavy, members + count
        blocks.append((total, weight, members))
    settled = [total / weight for total, weight, members in blocks for _ in range(members)]
    moved = 0.0
    for place, base, distance in zip(row, settled, distances, strict=True):
        moved = max(moved, abs(base + distance - place.axis))
        place.axis = base + distance
    return moved


def _tops(rows: Sequence[Sequence[_Place]]) -> dict[int, tuple[float, float]]:
    """(top, height) of each layer."""
    tops, y = {}, 0.0
    for row in rows:
        height = max(place.size.height for place in row)
        tops[row[0].layer] = (y, height)
        y += height + _GAP_Y
    return tops


def _drawing(
    places: Mapping[str, _Place],
    chains: Mapping[tuple[str, str], Sequence[_Place]],
    rows: Sequence[Sequence[_Place]],
    back: set[tuple[str, str]],
) -> Drawing:
    tops = _tops(rows)
    boxes = {name: _box(place, tops) for name, place in places.items()}
    height = max(box.y + box.height for box in boxes.values())
    ways = {pair: _way(chain, tops, turned=pair in back) for pair, chain in chains.items()}
    first = next(iter(places.values()))
    return Drawing(boxes, ways, Size(_width(rows), height, first.axis))


def _box(place: _Place, tops: Mapping[int, tuple[float, float]]) -> Box:
    size = place.size
    return Box(place.axis - size.left, tops[place.layer][0], size.width, size.height)


def _way(chain: Sequence[_Place], tops: Mapping[int, tuple[float, float]], *, turned: bool) -> Way:
    first, last = chain[0], chain[-1]
    start, end = _box(first, tops), _box(last, tops)
    x, layer_end = _port(first, chain[1], first.below), sum(tops[first.layer])
    points = [(x, start.y + start.height)]
    if layer_end > points[0][1]:  # straight down, beside whatever taller stands in the layer
        points.append((x, layer_end))
    gap = None
    for place in chain[1:-1]:
        top, height = tops[place.layer]
        if place.labels:
            gap = len(points)
            top, height = top + (height - place.size.height) / 2, place.size.height
        points += [(place.axis, top), (place.axis, top + height)] if height else []
    points.append((_port(last, chain[-2], last.above), end.y))
    if not turned:
        return Way(points, gap)
    return Way(points[::-1], None if gap is None else len(points) - 2 - gap)


def _port(place: _Place, towards: _Place, near: Mapping[_Place, float]) -> float:
    """Where on a node's edge a link begins: in the order of where the links lead.

    The heaviest begins in the middle, if there is one.
    """
    ordered = sorted(near, key=lambda other: other.axis)
    heaviest, last = max(near.values()), len(ordered) - 1
    heavy = [rank for rank, other in enumerate(ordered) if near[other] == heaviest]
    centre = heavy[0] if len(heavy) == 1 else last / 2
    room = min(place.size.left, place.size.width - place.size.left) * _PORTS_WITHIN
    spread = min(_PORT_GAP, room / max(centre, last - centre, 1))
    return place.axis + (ordered.index(towards) - centre) * spread
