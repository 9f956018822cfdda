"""What may stand by for an alarm, and what the gate leaves out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopilot.domain.plan import ActKind, Plan
from autopilot.domain.verdict import State
from autopilot.errors import BadInput
from autopilot.gate.acts import Condition
from autopilot.gate.planner import PlannerLease
from autopilot.gate.refusal import GateRefused
from autopilot.gate.standing import Refreshed, StandingPlan
from tests.gate.service import (
    BASELINE,
    HOME_DIRECT,
    HOME_MCP,
    Service,
    cause,
    contain_plan,
    plan_of,
)


def refresh(service: Service, *plans: Plan, **states: State) -> Refreshed:
    """Let the planner write these plans, on that evidence."""
    planner = service.gate.take_planner_lease("planner")
    assert planner is not None
    view = service.view
    return service.gate.refresh_standing_plans(
        planner,
        [StandingPlan(plan, service.clock.at_ms + 180_000, 600) for plan in plans],
        evidence=service.evidence(**states),
        epoch=view.epoch,
        version=view.version,
    )


def test_plans_of_several_routes_stand_by_together(service: Service) -> None:
    """Each with its own target, finished entry, end and dwell."""
    view = service.view
    plans = [contain_plan(view, HOME_DIRECT), contain_plan(view, HOME_MCP)]
    refreshed = refresh(service, *plans)
    assert refreshed.left_out == {}
    assert set(refreshed.view.standing) == {HOME_DIRECT, HOME_MCP}
    standing = refreshed.view.standing[HOME_DIRECT]
    assert standing.target == plans[0].goal
    assert (standing.for_version, standing.dwell_ms) == (1, 600_000)
    assert standing.entry["after"] == plans[0].goal.compact()


def test_a_plan_onto_a_route_that_is_not_healthy_does_not_stand_by(service: Service) -> None:
    """The other routes keep theirs: an alarm about this one is refused and people are paged."""
    view = service.view
    plans = [contain_plan(view, HOME_DIRECT), contain_plan(view, HOME_MCP)]
    refreshed = refresh(service, *plans, mcp=State.UNKNOWN)
    assert set(refreshed.left_out) == {str(HOME_DIRECT)}
    assert "a fresh healthy verdict" in refreshed.left_out[str(HOME_DIRECT)]
    with pytest.raises(GateRefused) as refused:
        service.gate.contain(HOME_DIRECT, cause("alarm"))
    assert refused.value.conditions == (Condition.NO_STANDING_PLAN,)
    assert service.gate.contain(HOME_MCP, cause("alarm")).version == 2


def test_every_refresh_replaces_all_plans(service: Service) -> None:
    """A route that can no longer be contained loses its old plan."""
    refresh(service, contain_plan(service.view))
    assert refresh(service).view.standing == {}


def test_only_a_contain_of_one_step_stands_by(service: Service) -> None:
    """Anything else is a fault of the planner."""
    target = BASELINE.move(HOME_DIRECT, {HOME_MCP: 10})
    with pytest.raises(BadInput, match="expected a contain of one step, got ramp_down of 1"):
        refresh(service, plan_of(ActKind.RAMP_DOWN, 1, 1, BASELINE, [target]))


def test_a_plan_without_a_route_does_not_stand_by(service: Service) -> None:
    """An empty selector is an error, never "all"."""
    nameless = replace(contain_plan(service.view), route=None)
    refreshed = refresh(service, nameless)
    assert refreshed.view.standing == {}
    assert "expected one route of the profile, got None" in str(refreshed.left_out)


def test_a_contain_writes_no_longer_than_its_plan_stands(service: Service) -> None:
    """At its end it is over; one moment before, it is not."""
    refresh(service, contain_plan(service.view))
    service.clock.pass_seconds(180)
    with pytest.raises(GateRefused, match="the standing plan ended"):
        service.gate.contain(HOME_DIRECT, cause("alarm"))
    service.clock.pass_seconds(-0.001)
    assert service.gate.contain(HOME_DIRECT, cause("alarm")).version == 2


def test_an_overtaken_planner_changes_no_plan(service: Service) -> None:
    """The fence of the newer one is in the item."""
    refresh(service, contain_plan(service.view))
    with pytest.raises(GateRefused, match="another region plans now"):
        service.gate.refresh_standing_plans(
            PlannerLease("old", 0, 0), [], evidence=service.evidence(), epoch=1, version=1
        )
