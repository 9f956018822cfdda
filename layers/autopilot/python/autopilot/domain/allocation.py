"""How a service's requests are divided among its routes: whole percents that sum to 100."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from types import MappingProxyType
from typing import Final, Self

from autopilot.domain.personal import shown
from autopilot.errors import BadInput, Problem

WHOLE: Final = 100  #: percent that an allocation divides
REGION_PATTERN: Final = r"[a-z]{2}(-[a-z]+)+-[1-9]"
PATH_PATTERN: Final = r"[a-z][a-z0-9-]{0,15}"
_ROUTE: Final = re.compile(f"(?P<region>{REGION_PATTERN})/(?P<path>{PATH_PATTERN})")
_ROUTE_SHAPE: Final = "a route as region/path, such as eu-central-1/direct"


@dataclass(frozen=True, order=True, slots=True)
class Route:
    """One region/path pair. Ordered by region, then path; written `eu-central-1/direct`."""

    region: str
    path: str

    def __post_init__(self) -> None:
        """Raise `BadInput` unless region and path have the shape of names."""
        if not _ROUTE.fullmatch(f"{self.region}/{self.path}"):
            raise _refused([Problem("route", _ROUTE_SHAPE, shown(f"{self.region}/{self.path}"))])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `region/path`; raise `BadInput` for anything else."""
        match = _ROUTE.fullmatch(str(text))  # what comes from JSON may be a number
        if match is None:
            raise _refused([Problem("route", _ROUTE_SHAPE, shown(text))])
        return cls(match["region"], match["path"])

    def __str__(self) -> str:
        """`region/path`, which `parse` reads back."""
        return f"{self.region}/{self.path}"


@dataclass(frozen=True)
class Allocation:
    """Whole percents over all routes of a service, zeros included; each 0 to 100, sum 100.

    Build one with `Allocation.of`. Two allocations are equal when every route has the same share.
    """

    shares: tuple[tuple[Route, int], ...]  #: in order of route

    def __post_init__(self) -> None:
        """Raise `BadInput` with every share that is not allowed."""
        problems = [
            Problem(str(route), "a whole percent from 0 to 100", shown(percent))
            for route, percent in self.shares
            if type(percent) is not int or not 0 <= percent <= WHOLE
        ]
        if problems:
            raise _refused(problems)
        if (total := sum(percent for _, percent in self.shares)) != WHOLE:
            raise _refused([Problem("sum of percents", str(WHOLE), str(total))])
        routes = [route for route, _ in self.shares]
        if routes != sorted(set(routes)):
            raise _refused([Problem("routes", "each once, in order", _words(routes))])

    @classmethod
    def of(cls, percents: Mapping[Route, int] | Mapping[str, int]) -> Self:
        """An allocation from percents by route, or by `region/path` as `to_dict` writes them."""
        named = [
            (route if isinstance(route, Route) else Route.parse(route), percent)
            for route, percent in percents.items()
        ]
        return cls(tuple(sorted(named, key=lambda share: share[0])))

    @cached_property
    def weights(self) -> Mapping[Route, int]:
        """Percent by route, every route of the service, zeros included, in order of route."""
        return MappingProxyType(dict(self.shares))

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every route of the service, in order."""
        return tuple(route for route, _ in self.shares)

    def percent(self, route: Route) -> int:
        """The share of `route`; raise `BadInput` when the service has no such route."""
        if route not in self.weights:
            raise _refused([Problem("route", f"one of {_words(self.routes)}", str(route))])
        return self.weights[route]

    def move(self, frm: Route, to: Mapping[Route, int]) -> Self:
        """Take points off `frm` and give each route in `to` the points it names."""
        if any(type(points) is not int or points < 0 for points in to.values()):
            raise _refused([Problem("points", "whole numbers from 0", repr(list(to.values())))])
        moved = {frm: self.percent(frm) - sum(to.values())}
        for route, points in to.items():
            moved[route] = moved.get(route, self.percent(route)) + points
        return self.of({**self.weights, **moved})

    def total_moved(self, other: Allocation) -> int:
        """Points that change route between this allocation and `other`, over the same routes."""
        if self.routes != other.routes:
            raise _refused([Problem("routes", _words(self.routes), _words(other.routes))])
        return sum(abs(other.weights[route] - percent) for route, percent in self.shares) // 2

    def gains(self, other: Allocation) -> Mapping[Route, int]:
        """Points that each route has more in `other`; only routes that gain, in order of route."""
        return {
            route: other.percent(route) - percent
            for route, percent in self.shares
            if other.percent(route) > percent
        }

    def to_dict(self) -> dict[str, int]:
        """Plain JSON: percent by `region/path`, zeros included, in order of route."""
        return {str(route): percent for route, percent in self.shares}

    def compact(self) -> str:
        """One line for records: `eu-central-1/direct=60,mcp=30 eu-west-1/mcp=10`, zeros left out.

        The region stands once, because every byte of the ledger's item is paid on every write.
        `from_compact` reads it back.
        """
        used = [(route, percent) for route, percent in self.shares if percent]
        return " ".join(
            f"{region}/" + ",".join(f"{route.path}={percent}" for route, percent in shares)
            for region, shares in groupby(used, key=lambda share: share[0].region)
        )

    @classmethod
    def from_compact(cls, text: str, routes: Iterable[Route]) -> Self:
        """Read `compact` back over all `routes` of the service; those not named have zero."""
        percents = dict.fromkeys(map(str, routes), 0)
        for word in text.split():
            region, _, shares = word.partition("/")
            for share in shares.split(","):
                path, _, percent = share.partition("=")
                if f"{region}/{path}" not in percents or not percent.isdecimal():
                    raise _refused([Problem("share", f"one of {', '.join(percents)}", shown(word))])
                percents[f"{region}/{path}"] = int(percent)
        return cls.of(percents)

    def __str__(self) -> str:
        """The compact form."""
        return self.compact()


@dataclass(frozen=True, slots=True)
class VersionedAllocation:
    """An allocation as the ledger holds it. A router never steps to a lower (epoch, version)."""

    epoch: int  #: grows when the ledger is restored
    version: int  #: grows by one with every effect on the allocation
    allocation: Allocation

    @property
    def order(self) -> tuple[int, int]:
        """(epoch, version): what a reader compares."""
        return self.epoch, self.version


def _words(routes: list[Route] | tuple[Route, ...]) -> str:
    return ", ".join(map(str, routes)) or "none"


def _refused(problems: list[Problem]) -> BadInput:
    return BadInput("an allocation", problems, "Give every route a whole percent; sum 100.")
