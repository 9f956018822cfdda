"""Plans at their edges, and the reference service's own numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.plan import ActKind, Bounds, Evidence, Plan, Step
from autopilot.domain.planners import drained_target, ramp_steps, standing_target
from autopilot.domain.verdict import Thresholds, judge
from autopilot.errors import BadInput

DIRECT, MCP, FAR_DIRECT, FAR_MCP = map(
    Route.parse,
    ["eu-central-1/direct", "eu-central-1/mcp", "eu-west-1/direct", "eu-west-1/mcp"],
)
BEFORE = Allocation.of({DIRECT: 60, MCP: 30, FAR_DIRECT: 5, FAR_MCP: 5})
PROVEN = {DIRECT: 100, MCP: 60, FAR_DIRECT: 40, FAR_MCP: 30}
EMPTY = Allocation.of({DIRECT: 0, MCP: 50, FAR_DIRECT: 28, FAR_MCP: 22})
LINES = Thresholds(50_000, 10_000, 300, 60)
GOLDEN = "9afdd0fcb0dd08d8ba8b829fc9af374c58f6664022b2a5d98eabbe9f66fcd2ef"
PLAN = Plan(
    runbook="traffic_ramp",
    service="hybrid-routing",
    kind=ActKind.RAMP_DOWN,
    route=DIRECT,
    base_epoch=1,
    base_version=7,
    before=BEFORE,
    steps=ramp_steps(BEFORE, EMPTY, points_per_step_max=25, bake_seconds=60, reason="ramp down"),
    undo=BEFORE,
    guards=LINES,
    bounds=Bounds(25, 300, runs_max=3, window_seconds=3_600),
)


def test_the_reference_service_is_contained_in_proportion_to_headroom() -> None:
    """Fifty points over headrooms of 30, 35 and 25."""
    target = standing_target(BEFORE, DIRECT, healthy=PROVEN, proven=PROVEN, points_max=50)
    assert str(target) == "eu-central-1/direct=10,mcp=47 eu-west-1/direct=24,mcp=19"


def test_nothing_moves_when_no_other_route_is_healthy() -> None:
    """Better a failing route than one that nobody has looked at."""
    assert standing_target(BEFORE, DIRECT, healthy=[DIRECT], proven=PROVEN, points_max=50) is None


def test_nothing_moves_off_an_empty_route() -> None:
    """There is nothing left to contain."""
    assert standing_target(EMPTY, DIRECT, healthy=PROVEN, proven=PROVEN, points_max=50) is None


def test_a_drain_stops_at_what_the_others_are_proven_to_carry() -> None:
    """Only one healthy route with thirty points of room."""
    target = drained_target(BEFORE, DIRECT, healthy=[MCP], proven=PROVEN)
    assert target is not None
    assert (target.percent(DIRECT), target.percent(MCP)) == (30, 60)


def test_a_ramp_down_takes_steps_of_25_points() -> None:
    """Sixty points in 25, 25 and 10."""
    left = [step.target.percent(DIRECT) for step in PLAN.steps]
    assert left == [35, 10, 0]
    assert PLAN.goal == EMPTY
    assert PLAN.steps[1].reason == "ramp down: 50 of 60"


def test_a_ramp_up_stops_at_its_marks_and_between_them_at_its_bound() -> None:
    """One, five, ten … percent of sixty points, and no step above 25."""
    steps = ramp_steps(
        EMPTY,
        BEFORE,
        points_per_step_max=25,
        bake_seconds=60,
        reason="ramp up",
        marks_percent=[1, 5, 10, 25, 50, 100],
    )
    assert [step.target.percent(DIRECT) for step in steps] == [1, 3, 6, 15, 30, 55, 60]


def test_a_ramp_needs_a_step_to_take() -> None:
    """A bound of nothing would never arrive."""
    with pytest.raises(BadInput, match="points_per_step_max: expected 1 or more, got 0"):
        ramp_steps(BEFORE, EMPTY, points_per_step_max=0, bake_seconds=60, reason="ramp")


def test_a_plan_of_nothing_goes_nowhere() -> None:
    """A route that is drained already needs no step."""
    idle = replace(PLAN, steps=())
    assert idle.goal == BEFORE


def test_the_digest_of_a_known_plan_does_not_change() -> None:
    """Another digest here means that approvals given yesterday are void today."""
    assert PLAN.digest() == GOLDEN


def test_a_step_wider_than_its_bound_is_no_plan() -> None:
    """The bound is part of what a person approves."""
    with pytest.raises(BadInput, match=r"steps\[0\].target: expected from 1 to 25 points moved"):
        replace(PLAN, steps=(Step(0, EMPTY, 60, "all at once"),))


def test_steps_out_of_order_are_no_plan() -> None:
    """An index is its place."""
    with pytest.raises(BadInput, match=r"steps\[0\].index: expected 0, got 1"):
        replace(PLAN, steps=PLAN.steps[1:])


def test_a_plan_over_other_routes_is_refused() -> None:
    """Undo has to fit the service."""
    with pytest.raises(BadInput, match="undo: expected shares of"):
        replace(PLAN, undo=Allocation.of({DIRECT: 100}))


def test_a_number_that_another_reader_could_round_is_refused() -> None:
    """Above 2^53 - 1 JSON readers differ."""
    with pytest.raises(BadInput, match=r"\$.base_version"):
        replace(PLAN, base_version=2**53)


def test_every_problem_of_a_written_plan_is_named() -> None:
    """Where, expected, got: for each."""
    written = PLAN.to_dict()
    written["kind"] = "explode"
    written["before"] = {"eu-central-1/direct": 99}
    written["guards"] = {**PLAN.to_dict()["guards"], "guard_ppm": 0.5}  # type: ignore[dict-item]
    written["extra"] = 1
    with pytest.raises(BadInput) as refused:
        Plan.from_dict(written)
    assert [problem.key for problem in refused.value.problems] == [
        "extra",
        "kind",
        "before.sum of percents",
        "guards.guard_ppm",
    ]


@pytest.mark.parametrize("value", [None, "plan", 3, [], {}])
def test_what_is_no_plan_is_refused_by_name(value: object) -> None:
    """Never a KeyError."""
    with pytest.raises(BadInput, match=r"^a plan was refused"):
        Plan.from_dict(value)


def test_expired_evidence_makes_no_route_healthy() -> None:
    """Without fresh evidence a plan has expired."""
    well, ill = judge(1_000, 0, LINES, 5), judge(1_000, 300, LINES, 5)
    evidence = Evidence(1_000, 61_000, ((DIRECT, ill), (MCP, well)))
    assert evidence.healthy(60_999) == (MCP,)
    assert evidence.healthy(61_000) == ()
    assert evidence.verdict(DIRECT) == ill
    assert evidence.verdict(FAR_MCP) is None


def test_evidence_of_an_unknown_shape_is_refused() -> None:
    """It travels through a state machine, where anybody can start it by hand."""
    with pytest.raises(BadInput, match=r"verdicts.nowhere.route: expected a route"):
        Evidence.from_dict({"made_ms": 1, "expires_ms": 2, "verdicts": {"nowhere": {}}})
