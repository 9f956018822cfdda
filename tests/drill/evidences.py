"""Evidence of made-up drills: a fault at 100 s, contained at 130 s, drained at 200 s."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from autopilot.domain.allocation import Allocation, Route, VersionedAllocation
from autopilot_lab.drill.evidence import (
    AlarmChange,
    CallMade,
    DeadLetter,
    Effect,
    Evidence,
    LedgerEnd,
    Note,
    Page,
    Reflex,
    ReflexParts,
    Remain,
    Run,
    StateEntered,
    TrailCheck,
    Turned,
)
from autopilot_lab.emulator.world.series import Series

DIRECT = Route("eu-central-1", "direct")
FAR = Route("eu-west-1", "direct")
BASELINE = Allocation.of({DIRECT: 60, FAR: 40})
CONTAINED = BASELINE.move(DIRECT, {FAR: 50})
DRAINED = CONTAINED.move(DIRECT, {FAR: 10})


def effect(at: float, act: str, before: Allocation, after: Allocation, version: int) -> Effect:
    """One change of the allocation."""
    return Effect(
        at=at,
        entry_id=f"entry-{version}",
        act=act,
        runbook="" if act == "contain" else "traffic_ramp",
        by="contain_route",
        why="alarm hybrid-routing-eu-central-1-direct-failing",
        before=before,
        after=VersionedAllocation(1, version, after),
    )


def series(*stretches: tuple[int, int]) -> Series:
    """Stretches of (seconds, failures in each second), at 100 requests per second."""
    built = Series()
    for seconds, failures in stretches:
        for _ in range(seconds):
            built.count(100, failures)
    return built


RUNS: Final = (
    Run(
        name="down-1",
        runbook="traffic_ramp",
        region="eu-central-1",
        started_at=131.0,
        ended_at=270.0,
        status="SUCCEEDED",
        output={"outcome": "mitigated", "summary": "The last step holds."},
        states=[StateEntered(131.0, "down-1", "Plan the ramp")],
    ),
    Run(
        name="away",
        runbook="regional_failover",
        region="eu-west-1",
        started_at=300.0,
        ended_at=400.0,
        status="SUCCEEDED",
        output={"outcome": "done"},
    ),
)


def evidence(**changes: Any) -> Evidence:
    """The drill, with some of its parts replaced."""
    drill = Evidence(
        seconds=1000,
        fault_at=100,
        objective_ppm=1000,
        routes=BASELINE.routes,
        start=VersionedAllocation(1, 1, BASELINE),
        series=series((100, 0), (30, 18), (70, 3), (800, 0)),
        unautomated=series((100, 0), (900, 18)),
        peers={},
        ledger=LedgerEnd("", 1, lever_engaged=False, allocation=VersionedAllocation(1, 3, DRAINED)),
        trail=TrailCheck(3, verified=True),
        reflex=Reflex(0, 1, ReflexParts(7.0, 10.0, 5.0, 0.5, 0.01, 3.0)),
        alarms=[AlarmChange(122.0, "direct-failing", "eu-central-1", "OK", "ALARM")],
        effects=[
            effect(130.0, "contain", BASELINE, CONTAINED, 2),
            effect(200.0, "advance", CONTAINED, DRAINED, 3),
        ],
        turned=[Turned(140.0, "switch", "eu-central-1/alias", "2", "1", "by-hand", "errors")],
        switches={
            "eu-central-1/alias": "1",
            "emergency": "on",
            "writer": "eu-west-1",
            "admission": "eu-west-1",
        },
        runs=list(RUNS),
        pages=[Page(270.0, "eu-central-1", "traffic ramp mitigated", "The last step holds.", "P1")],
        calls=[
            CallMade(130.0, "dynamodb", "UpdateItem", "eu-central-1", "service-contain-route"),
            CallMade(180.0, "dynamodb", "GetItem", "eu-central-1", "service-tend-ledger"),
            CallMade(270.0, "sns", "Publish", "eu-central-1", "service-report-run"),
            CallMade(310.0, "s3", "PutObject", "eu-west-1", "change-service", "states:away"),
        ],
        dead_letters=[DeadLetter(400.0, "service-failed-alarms", "eu-west-1", "{}")],
        records=[
            {"record": "ledger"},
            {"record": "incident/1", "state": {"severity": "P1", "opened_ms": 1}},
        ],
        remains=[Remain("log of report-run", "a text left behind")],
        trail_objects=[f"log/eu-central-1/segment/{index}" for index in range(2)]
        + ["archive/eu-west-1/eu-central-1/legal/2026-01-05/0-1"],
        readable={"u-17": 3},
        taking_writes=[
            (0, frozenset({"eu-central-1"})),
            (300, frozenset[str]()),
            (320, frozenset({"eu-west-1"})),
        ],
        notes=[Note(100.0, "fault", "eu-central-1/direct fails 30 % of its requests")],
    )
    return replace(drill, **changes)
