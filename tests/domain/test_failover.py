"""A plan to leave a region: one digest over both halves, and where everything goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.allocation import Route
from autopilot.domain.failover import FailoverPlan, admission, admitted, all_in
from autopilot.errors import BadInput
from tests.failovers import HOME, MOVE, PROVEN, STANDBY, planned, scene


def test_a_plan_is_read_back_with_its_digest() -> None:
    """What a person approves is what the machine carries through its states."""
    plan = planned(MOVE, scene())
    read = FailoverPlan.from_dict(plan.to_dict())
    assert read == plan
    assert read.digest() == plan.digest()


def test_both_halves_are_in_the_digest() -> None:
    """Another writer, or another weight, is another plan."""
    plans = (
        planned(MOVE, scene()),
        planned(MOVE, scene(writer=STANDBY)),
        planned(MOVE, scene(version=7)),
    )
    assert len({plan.digest() for plan in plans}) == len(plans)


def test_a_plan_that_is_none_is_refused() -> None:
    """With everything that is wrong about it."""
    with pytest.raises(BadInput, match="kind"):
        FailoverPlan.from_dict({"kind": "elsewhere", "source": HOME})


@given(st.sets(st.sampled_from([HOME, STANDBY, "eu-north-1"])))
def test_what_is_open_is_read_as_it_is_written(regions: set[str]) -> None:
    """In whatever order the regions are named."""
    assert admitted(admission(regions)) == regions


def test_everything_in_one_region_keeps_to_what_its_routes_are_proven_to_carry() -> None:
    """In proportion, in whole percents."""
    goal = all_in(STANDBY, PROVEN)
    assert goal is not None
    assert goal.compact() == "eu-west-1/direct=63,mcp=37"
    assert all(goal.percent(route) <= share for route, share in PROVEN.items())


def test_a_region_that_cannot_carry_everything_is_no_goal() -> None:
    """Seventy percent are not a hundred."""
    small = {**PROVEN, Route(STANDBY, "direct"): 40, Route(STANDBY, "mcp"): 30}
    assert all_in(STANDBY, small) is None
