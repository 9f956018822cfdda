"""A ramp that asks: what it asks, of whom, and when its plan is void."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autopilot.domain.approval_section import ApprovalRule
from autopilot.domain.profile import Profile
from autopilot.domain.severity import Severity
from autopilot.errors import BadInput
from autopilot.procedures.traffic_ramp.approving import (
    question_about,
    started_by_alarm,
    why_void,
)
from autopilot.procedures.traffic_ramp.planning import plan_ramp
from autopilot.procedures.traffic_ramp.request import TrafficRampRequest
from tests.gate.service import HOME_DIRECT
from tests.procedures.conftest import all_well, observation_of, view_of

ALICE = "arn:aws:sts::123456789012:assumed-role/on-call/alice"
RULE = ApprovalRule(
    needed=True,
    above_points=25,
    severity=Severity.P1,
    expires_minutes=15,
    approvers=("assumed-role/*/*",),
    break_glass=False,
)


def asked(profile: Profile, to_percent: int, *, run: str = "operator-1", **more: Any) -> Any:
    """What a ramp down of home/direct to that share asks, under the rule above."""
    strict = profile.model_copy(update={"approvals": {"ramp_down": RULE}})
    given = {"mode": "execute", "route": str(HOME_DIRECT), "to_percent": to_percent} | more
    request = TrafficRampRequest.model_validate(given)
    seen = observation_of(profile, all_well(profile))
    plan = plan_ramp(request, view_of(profile.baseline()), seen, profile)
    return question_about(plan, request, run, seen, strict)


def test_a_small_ramp_asks_nobody(profile: Profile) -> None:
    """Up to as many points as the rule says; one more asks."""
    assert asked(profile, 35, requested_by=ALICE) is None
    assert asked(profile, 34, requested_by=ALICE)["requester"] == ALICE


def test_the_reference_profile_asks_nobody(profile: Profile) -> None:
    """Approvals are switched on by the profile."""
    request = TrafficRampRequest(mode="execute", route=str(HOME_DIRECT), to_percent=0)
    seen = observation_of(profile, all_well(profile))
    plan = plan_ramp(request, view_of(profile.baseline()), seen, profile)
    assert question_about(plan, request, "operator-1", seen, profile) is None


@pytest.mark.parametrize("requested_by", [None, "alice"])
def test_a_person_who_asks_says_who(profile: Profile, requested_by: str | None) -> None:
    """Otherwise the approver could be the same one."""
    with pytest.raises(BadInput, match="get-caller-identity"):
        asked(profile, 0, requested_by=requested_by)


def test_a_dry_run_and_an_alarm_ask_without_a_name(profile: Profile) -> None:
    """The one shows that it would ask, the other has nobody."""
    assert asked(profile, 0, mode="dry_run")["requester"] == "alarm"
    assert asked(profile, 0, run="incident-traffic-1-ramp-1")["requester"] == "alarm"
    assert asked(profile, 0, incident="incident-traffic-1")["requester"] == "alarm"
    assert not started_by_alarm("operator-1", "")


def test_a_plan_for_another_version_is_void(profile: Profile) -> None:
    """Whatever changed the allocation, the plan was made for what stood before."""
    view, seen = view_of(profile.baseline()), observation_of(profile, all_well(profile))
    request = TrafficRampRequest(route=str(HOME_DIRECT), to_percent=30)
    plan = plan_ramp(request, view, seen, profile)
    assert why_void(plan, view, seen, drains_unwell=False) == ""
    moved = replace(view, version=view.version + 1)
    assert "changed what it was made for" in why_void(plan, moved, seen, drains_unwell=False)


def test_a_drain_is_void_once_its_route_is_well_if_it_was_not_before(profile: Profile) -> None:
    """Who drains a healthy route has another reason, which is not over."""
    view, well = view_of(profile.baseline()), observation_of(profile, all_well(profile))
    ill = observation_of(profile, {**all_well(profile), HOME_DIRECT: (10_000, 3_000)})
    request = TrafficRampRequest(route=str(HOME_DIRECT), to_percent=30)
    plan = plan_ramp(request, view, ill, profile)
    assert why_void(plan, view, ill, drains_unwell=True) == ""
    assert "recovered by itself" in why_void(plan, view, well, drains_unwell=True)
    assert why_void(plan, view, well, drains_unwell=False) == ""


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"severity": "P0", "expires_minutes": 16}, "at most 15 for P0"),
        ({"approvers": ()}, "at least 1"),
        ({"approvers": ("anna",)}, "text like|pattern"),
        ({"expires_minutes": 61}, "less than or equal to 60"),
    ],
)
def test_a_rule_that_protects_nobody_is_refused(changes: dict[str, Any], said: str) -> None:
    """An old yes, nobody to ask, or somebody who is no AWS principal."""
    with pytest.raises(ValueError, match=said):
        ApprovalRule.model_validate(RULE.model_dump() | changes)
