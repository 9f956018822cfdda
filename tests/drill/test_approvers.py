"""The profile of the approval drills, and the sentences of those who decide."""

from __future__ import annotations

import tomllib

from autopilot_lab.drill.events.approvers import Approve
from autopilot_lab.drill.project import REFERENCE_PROFILE, SCENARIOS


def test_the_profile_with_approvals_is_the_reference_profile_but_for_them() -> None:
    """What is drilled with approvals is the service that is deployed."""
    reference, variant = (
        tomllib.loads(path.read_text("utf-8"))
        for path in (REFERENCE_PROFILE, SCENARIOS / "profiles" / "approvals.toml")
    )
    assert reference.pop("approvals") != variant.pop("approvals")
    assert variant == reference


def test_the_profile_of_failovers_is_the_reference_profile_but_for_what_lets_it_move() -> None:
    """Proven capacity of the standby, and whether a loss is left without asking."""
    reference, variant = (
        tomllib.loads(path.read_text("utf-8"))
        for path in (REFERENCE_PROFILE, SCENARIOS / "profiles" / "failover.toml")
    )
    for profile in (reference, variant):
        del profile["failover"]["automatic"], profile["approvals"]["regional_failover"]["needed"]
        for route in profile["routes"]:
            del route["proven_capacity_percent"]
    assert variant == reference


def test_a_person_begins_with_reading_the_plan() -> None:
    """And the sentence says when that was, if it was earlier."""
    later = Approve(event="approve", at="6m", by="platform/bea", looked_at="4m")
    assert later.begins == 240
    assert later.sentence() == ("platform/bea approves the plan that waits, having read it at 4m")
    assert Approve(event="approve", at="6m", by="platform/bea").begins == 360
