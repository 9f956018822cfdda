"""The sentences of those who decide."""

from __future__ import annotations

from autopilot_lab.drill.events.approvers import Approve


def test_a_person_begins_with_reading_the_plan() -> None:
    """And the sentence says when that was, if it was earlier."""
    later = Approve(event="approve", at="6m", by="platform/bea", looked_at="4m")
    assert later.begins == 240
    assert later.sentence() == ("platform/bea approves the plan that waits, having read it at 4m")
    assert Approve(event="approve", at="6m", by="platform/bea").begins == 360
