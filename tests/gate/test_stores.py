"""The ledger in memory and the one in DynamoDB end every story alike."""

from __future__ import annotations

import json
from typing import Any

import pytest

from autopilot.domain.permit import LEDGER
from autopilot.gate.refusal import GateRefused
from tests.gate.service import HOME, HOME_DIRECT, Service, cause
from tests.gate.test_export import MemoryTrail


def play(service: Service, trail: MemoryTrail) -> None:
    """Every act once: a ramp with an undo, a contain, a refusal, an export, the lever."""
    gate = service.gate
    lease, plan = gate.take_lease("run-1", "traffic_ramp"), service.ramp_down()
    gate.open_run("run-1", "traffic_ramp", plan)
    for step in (0, 1):
        gate.advance(lease, plan, step, cause("run-1"), evidence=service.evidence())
    gate.undo(gate.renew_lease(lease), plan, cause("run-1"))
    gate.return_lease(lease)
    gate.close_run("run-1", "undone")
    service.stand_by()
    planner = gate.take_planner_lease(HOME) or gate.take_planner_lease("planner")
    assert planner is not None
    gate.export(planner, trail)
    gate.contain(HOME_DIRECT, cause("alarm"))
    with pytest.raises(GateRefused):
        gate.contain(HOME_DIRECT, cause("alarm elsewhere"))
    gate.engage_lever(by="anna", reason="odd")
    gate.claim("case/x", owner="a", fields={"run": "r"}, expires_ms=1)


def test_a_story_leaves_the_same_items_and_the_same_trail_in_both(replica: Any) -> None:
    """Item by item, byte by byte."""
    stores = Service(), Service(replica)
    trails = MemoryTrail(), MemoryTrail()
    for service, trail in zip(stores, trails, strict=True):
        play(service, trail)
    assert trails[0].kept == trails[1].kept
    for record in (LEDGER, "planner", "run/run-1", "claim/case/x"):
        memory, store = (service.ledger.read(record) for service in stores)
        assert memory is not None
        assert store is not None
        left, right = ({**item, "service": ""} for item in (memory, store))
        assert json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)
