"""The ledger item of a service: its attributes, its limits, and a typed view of it.

Everything that must change together lives in this one item, because the table has no
transactions. Routers read it every 5 s and every write pays for its whole size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from autopilot.domain.allocation import Allocation, Route, VersionedAllocation
from autopilot.errors import Inconsistent

SCHEMA_VERSION: Final = 1
SCHEMA_VERSIONS_READ: Final = frozenset({1})  #: N and N - 1, once there is one
#: Slots of the journal by kind of entry; contain and undo have slots of their own in reserve.
JOURNAL_SLOTS: Final[Mapping[str, int]] = MappingProxyType({"advance": 24, "contain": 4, "undo": 4})
RING_SLOTS: Final = 64  #: ids of exported entries that the ring can hold
RING_SECONDS: Final = 15 * 60  #: how long the ring remembers that an entry was applied
ITEM_BYTES_MAX: Final = 24 * 1024
STANDING_BYTES_MAX: Final = 6 * 1024


@dataclass(frozen=True, slots=True)
class Lever:
    """The stop lever of all automation."""

    engaged: bool
    reason: str
    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The exclusive right to change the service; `holder` is a run id, empty when it is free."""

    holder: str
    runbook: str
    fence: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class Budget:
    """Runs of one kind of act that were counted in the window that ends at `window_ends_ms`."""

    runs: int
    window_ends_ms: int
    last_run: str
    last_ms: int = 0  #: when that run made its last step


@dataclass(frozen=True, slots=True)
class Standing:
    """A standing plan as it lies in the item."""

    plan_id: str
    for_version: int
    expires_ms: int
    dwell_ms: int
    target: Allocation
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dwell:
    """Until when nothing advances onto the route that was contained last, nor contains again."""

    until_ms: int
    route: str


@dataclass(frozen=True, slots=True)
class LastEffect:
    """What changed the allocation last; `run` is empty for a contain."""

    act: str
    entry_id: str
    run: str


@dataclass(frozen=True, slots=True)
class Turns:
    """How many turns of switches were intended so far, back and forth, and by which run."""

    count: int = 0
    run: str = ""  #: that intended the last one; who puts its turns back does so in its name
    forward: int = 0  #: turns of its plan that it intended


@dataclass(frozen=True, slots=True)
class LedgerView:
    """The ledger item, typed."""

    item: Mapping[str, Any]
    lever: Lever
    fence: int
    lease: Lease
    budgets: Mapping[str, Budget]
    epoch: int
    version: int
    allocation: Allocation
    standing: Mapping[Route, Standing]
    dwell: Dwell
    maintenance_until_ms: int
    last_effect: LastEffect
    planner_fence: int
    turns: Turns = field(default_factory=Turns)

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> LedgerView:
        """Read an item; raise `Inconsistent` when it is not of a schema this code knows."""
        try:
            if item["schema_version"] not in SCHEMA_VERSIONS_READ:
                raise Inconsistent(_unknown_schema(item["schema_version"]))
            return cls(
                item=MappingProxyType(dict(item)),
                lever=Lever(**item["lever"]),
                fence=item["fence"],
                lease=Lease(**item["lease"]),
                budgets={kind: Budget(**budget) for kind, budget in item["budgets"].items()},
                epoch=item["epoch"],
                version=item["version"],
                allocation=Allocation.of(item["allocation"]),
                standing=dict(_standing(item["standing"])),
                dwell=Dwell(**item["dwell"]),
                maintenance_until_ms=item["maintenance"].get("until_ms", 0),
                last_effect=LastEffect(**item["last_effect"]),
                planner_fence=item["planner_fence"],
                turns=Turns(**item.get("turns", {})),
            )
        except (KeyError, TypeError) as error:
            message = f"the ledger item lacks or misshapes an attribute: {error!r}"
            raise Inconsistent(message) from error

    @property
    def versioned(self) -> VersionedAllocation:
        """The allocation as routers compare it."""
        return VersionedAllocation(self.epoch, self.version, self.allocation)

    def journal(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """(kind, entry id, entry) of every entry not yet exported."""
        for kind in JOURNAL_SLOTS:
            for entry_id, entry in self.item["journal"][kind].items():
                yield kind, entry_id, entry

    def entry(self, entry_id: str) -> Mapping[str, Any] | None:
        """The entry of that id, unless it was exported or never written."""
        return next((entry for _, each, entry in self.journal() if each == entry_id), None)

    def was_applied(self, entry_id: str) -> bool:
        """Whether the journal, or the ring of exported entries, knows `entry_id`."""
        return entry_id in self.item["applied"] or self.entry(entry_id) is not None


def initial_item(allocation: Allocation) -> dict[str, Any]:
    """The attributes of a new ledger item: every map that a later write reaches into exists."""
    return {
        "schema_version": SCHEMA_VERSION,
        "lever": {"engaged": False, "reason": "", "by": "", "at_ms": 0},
        "fence": 0,
        "lease": {"holder": "", "runbook": "", "fence": 0, "expires_ms": 0},
        "budgets": {},
        "epoch": 1,
        "version": 1,
        "allocation": allocation.to_dict(),
        "standing": {},
        "dwell": {"until_ms": 0, "route": ""},
        "maintenance": {},
        "last_effect": {"act": "", "entry_id": "", "run": ""},
        "planner_fence": 0,
        "turns": {"count": 0, "run": "", "forward": 0},
        "journal": {kind: {} for kind in JOURNAL_SLOTS},
        "causes": {},
        "applied": {},
    }


def _standing(standing: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[Route, Standing]]:
    for route, plan in standing.items():
        yield (
            Route.parse(route),
            Standing(**{**plan, "target": Allocation.of(plan["target"])}),
        )


def _unknown_schema(found: object) -> str:
    known = ", ".join(str(version) for version in sorted(SCHEMA_VERSIONS_READ))
    return f"the ledger item has schema version {found!r}, expected {known}: deploy newer code"
