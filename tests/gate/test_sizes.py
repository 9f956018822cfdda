"""The item keeps its limits in the worst case: everybody pays for its size on every write."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot.adapters.dynamodb_expressions import update_arguments
from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.contradictions import entry_bytes_max
from autopilot.domain.permit import LEDGER, Permit
from autopilot.domain.plan import ActKind, Plan
from autopilot.domain.switches import ROLLBACK
from autopilot.domain.writes import ConditionalWrite
from autopilot.errors import BadInput
from autopilot.gate.budget import REMEDIATION
from autopilot.gate.door import Door
from autopilot.gate.entries import CAUSE_BYTES_MAX, ENTRY_BYTES_MAX, Cause, Entry
from autopilot.gate.export import export
from autopilot.gate.gate import Gate
from autopilot.gate.ledger import (
    ITEM_BYTES_MAX,
    JOURNAL_SLOTS,
    RING_SLOTS,
    STANDING_BYTES_MAX,
    LedgerView,
    initial_item,
)
from autopilot.gate.lever import REASON_BYTES_MAX
from autopilot.gate.planner import PlannerLease
from autopilot.gate.rails import OPPOSITE
from autopilot.gate.sizing import item_bytes, value_bytes
from autopilot.gate.standing import StandingPlan, standing_items
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import HOME, SettableClock, plan_of
from tests.gate.test_export import MemoryTrail

EXPRESSION_BYTES_MAX = 4096  #: DynamoDB, "Constraints": of one expression string
PATHS = ("direct", "mcp", "edge-router")
ROUTES = [Route(region, path) for region in ("eu-central-1", "eu-west-1") for path in PATHS]
SPREAD = Allocation.of(dict(zip(ROUTES, (20, 20, 15, 15, 15, 15), strict=True)))
BIG = 10**11 + 1  #: a version that nobody reaches
NOW_MS = 1_790_000_000_001


def worst_plan(route: Route) -> Plan:
    """Contain that spreads over every other route."""
    others = [each for each in ROUTES if each != route]
    target = SPREAD.move(route, dict.fromkeys(others, 1))
    return plan_of(ActKind.CONTAIN, BIG, BIG, SPREAD, [target], route=route)


def worst_entry(route: Route, act: str) -> dict[str, Any]:
    """The longest entry of the service."""
    return Entry(
        act=act,
        runbook="maintenance_window",
        digest="f" * 64,
        before=SPREAD,
        after=SPREAD,
        epoch=BIG,
        version=BIG,
        fence=BIG,
        route=str(route),
    ).to_item()


def worst_item() -> dict[str, Any]:
    """Every slot, every standing plan, every budget, the ring full, all texts at their limit."""
    text = "x" * REASON_BYTES_MAX
    longest = max(ROUTES, key=lambda route: len(str(route)))
    standing = [StandingPlan(worst_plan(route), NOW_MS, 86_400) for route in ROUTES]
    ids = [f"{number:026d}" for number in range(200)]
    slots = {kind: [ids.pop() for _ in range(count)] for kind, count in JOURNAL_SLOTS.items()}
    cause = Cause(id="", by=text, why=text).to_item(NOW_MS)
    run = "r" * 80
    budget = {"runs": 100, "window_ends_ms": NOW_MS, "last_run": run, "last_ms": NOW_MS}
    return {
        "service": "s" * 32,
        "record": LEDGER,
        **initial_item(SPREAD),
        "epoch": BIG,
        "version": BIG,
        "fence": BIG,
        "planner_fence": BIG,
        "lever": {"engaged": True, "reason": text, "by": text, "at_ms": NOW_MS},
        "lease": {"holder": run, "runbook": "r" * 20, "fence": BIG, "expires_ms": NOW_MS},
        "budgets": dict.fromkeys((*OPPOSITE, REMEDIATION, ROLLBACK), budget),
        "turns": {"count": BIG, "run": run, "forward": 12},
        "standing": standing_items(standing, epoch=BIG, version=BIG),
        "dwell": {"until_ms": NOW_MS, "route": str(longest)},
        "maintenance": {"until_ms": NOW_MS},
        "last_effect": {"act": "advance", "entry_id": "0" * 26, "run": run},
        "journal": {
            kind: {each: worst_entry(longest, kind) for each in names}
            for kind, names in slots.items()
        },
        "causes": {each: cause for names in slots.values() for each in names},
        "applied": {ids.pop(): NOW_MS for _ in range(RING_SLOTS)},
    }


def test_the_item_at_its_worst_stays_below_its_limit() -> None:
    """32 journal entries, standing plans for six routes, a full ring."""
    item = worst_item()
    assert sum(len(names) for names in item["journal"].values()) == 32
    assert item_bytes(item) < ITEM_BYTES_MAX == 24 * 1024
    assert value_bytes(item["standing"]) <= STANDING_BYTES_MAX == 6 * 1024
    LedgerView.of(item)


def test_an_entry_with_its_cause_fits_a_slot() -> None:
    """384 + 128 = 512 bytes."""
    item = worst_item()
    entries = [entry for names in item["journal"].values() for entry in names.values()]
    assert max(map(value_bytes, entries)) <= ENTRY_BYTES_MAX
    assert max(map(value_bytes, item["causes"].values())) <= CAUSE_BYTES_MAX
    assert ENTRY_BYTES_MAX + CAUSE_BYTES_MAX == 512


def test_the_profile_promises_at_least_what_the_longest_entry_takes() -> None:
    """What the profile refuses and what the gate refuses is one rule."""
    promised = entry_bytes_max([(route.region, route.path) for route in ROUTES])
    longest = max(ROUTES, key=lambda route: len(str(route)))
    assert value_bytes(worst_entry(longest, "advance")) <= promised <= ENTRY_BYTES_MAX


def test_an_entry_above_its_limit_is_refused_with_its_size() -> None:
    """It would take another entry's room."""
    route = Route("eu-central-1", "a" * 16)
    long = Allocation.of({Route("eu-central-1", c * 16): 10 for c in "abcdefghij"})
    with pytest.raises(BadInput, match=r"expected at most 384 bytes, got \d+ bytes"):
        Entry(
            act="advance",
            runbook="x",
            digest="f" * 64,
            before=long,
            after=long,
            epoch=1,
            version=1,
            fence=1,
            route=str(route),
        ).to_item()


def test_sizes_are_counted_as_the_store_documents() -> None:
    """Names and text in UTF-8, a byte for two digits, three for a map and one per member."""
    assert value_bytes("é") == 2
    assert value_bytes(value=True) == 1
    assert [value_bytes(number) for number in (0, 99, 100, -100)] == [2, 2, 3, 4]
    assert value_bytes({}) == 3
    assert value_bytes({"ab": "c", "d": 1}) == 3 + (2 + 1 + 1) + (1 + 2 + 1)
    assert item_bytes({"ab": [1, "x"]}) == 2 + 3 + (2 + 1) + (1 + 1)
    with pytest.raises(TypeError):
        value_bytes(1.5)


class Measuring(MemoryLedger):
    """Remembers how long the expressions of its writes would be."""

    longest = 0

    def write(self, write: ConditionalWrite, permit: Permit) -> Any:
        """Measure, then write."""
        arguments = update_arguments(write)
        expressions = [arguments["UpdateExpression"], arguments.get("ConditionExpression", "")]
        self.longest = max(self.longest, *map(len, expressions))
        return super().write(write, permit)


def test_the_longest_expression_fits_what_the_store_takes() -> None:
    """Exporting a full journal while the whole ring is forgotten."""
    ledger, clock = Measuring(), SettableClock(NOW_MS + 10**9)
    Gate(ledger, clock).initialise(SPREAD)
    ledger.items[LEDGER] = worst_item() | {"planner_fence": 0}
    planner = PlannerLease(HOME, 1, NOW_MS)
    ledger.items["planner"]["fence"] = 1
    done = export(Door(ledger, clock), planner, MemoryTrail())
    assert (done.entries, done.waiting) == (32, 0)
    assert 1000 < ledger.longest < EXPRESSION_BYTES_MAX
