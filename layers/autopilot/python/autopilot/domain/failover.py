"""A plan to leave a region for another: the writes first, then the weight, then the clients. Pure.

Its two halves are what the gate knows already: a plan of switches (who owns the writes, which
regions are open) and a plan of the allocation. One digest covers both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

from autopilot.domain.allocation import WHOLE, Allocation, Route
from autopilot.domain.canonical import Plain, digest
from autopilot.domain.fields import Fields
from autopilot.domain.plan import Plan
from autopilot.domain.planners import apportion
from autopilot.domain.switches import SwitchPlan

if TYPE_CHECKING:
    from autopilot.domain.switches import SwitchStep

#: What each part of leaving a lost region may take, in seconds and in order; they add up to 159.
LOSS_BUDGET: Final[Mapping[str, int]] = MappingProxyType(
    {
        "detection": 70,
        "start": 5,
        "pre-flight": 20,
        "writes, weight and clients": 4,
        "health check": 30,
        "DNS": 30,
    }
)
_BETWEEN: Final = "+"
_ADVICE: Final = "Plan again from what the ledger holds now."


class Kind(StrEnum):
    """Why a region is left."""

    LOSS = "loss"  #: it cannot be reached: at once, and never back by itself
    MOVE = "move"  #: somebody wants it: gradually, and back when it harms
    BACK = "back"  #: to where the service lives normally: as a move


@dataclass(frozen=True)
class FailoverPlan:
    """What is left, what for, and both halves of how."""

    kind: Kind
    source: str
    target: str
    allocation: Plan
    turns: SwitchPlan | None  #: None when every switch shows already what it shall

    @cached_property
    def _digest(self) -> str:
        return digest(self.to_dict())

    def digest(self) -> str:
        """SHA-256 of the RFC 8785 form of `to_dict`, as 64 hexadecimal digits."""
        return self._digest

    def turn_of(self, switch: str) -> SwitchStep | None:
        """The turn of that switch; None when it shows already what it shall."""
        steps = self.turns.steps if self.turns else ()
        return next((each for each in steps if each.switch == switch), None)

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to change."""
        return self.turns is None and not self.allocation.steps

    def to_dict(self) -> dict[str, Plain]:
        """Plain JSON of whole numbers and text; `turns` is left out when there is none."""
        plain: dict[str, Plain] = {
            "kind": self.kind.value,
            "source": self.source,
            "target": self.target,
            "allocation": self.allocation.to_dict(),
        }
        return plain | ({"turns": self.turns.to_dict()} if self.turns else {})

    @classmethod
    def from_dict(cls, value: object) -> Self:
        """Read what `to_dict` wrote; raise `BadInput` with everything that is wrong."""
        read = Fields(value, "a plan of a failover", _ADVICE)
        read.only(("kind", "source", "target", "allocation", "turns"))
        kind = read.choice("kind", Kind)
        source, target = read.text("source", most=20), read.text("target", most=20)
        read.refuse_if_wrong()
        halves: Mapping[str, object] = value if isinstance(value, Mapping) else {}
        turns = halves.get("turns")
        return cls(
            kind=kind,
            source=source,
            target=target,
            allocation=Plan.from_dict(halves.get("allocation")),
            turns=None if turns is None else SwitchPlan.from_dict(turns),
        )


def admitted(value: str) -> frozenset[str]:
    """The regions that the admission switch shows as open."""
    return frozenset(filter(None, value.split(_BETWEEN)))


def admission(regions: Collection[str]) -> str:
    """What the admission switch shows when exactly these regions are open."""
    return _BETWEEN.join(sorted(regions))


def all_in(region: str, proven: Mapping[Route, int]) -> Allocation | None:
    """Everything on the routes of one region, by what each is proven to carry; None: too much."""
    room = {route: min(share, WHOLE) for route, share in proven.items() if route.region == region}
    if sum(room.values()) < WHOLE:
        return None
    shares = apportion(WHOLE, room)
    return Allocation.of({route: shares.get(route, 0) for route in proven})
