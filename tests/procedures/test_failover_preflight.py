"""Whether a person is asked after the pre-flight of a failover."""

from __future__ import annotations

import pytest

from autopilot.domain.preflight import Answer, Check, Preflight
from autopilot.procedures.regional_failover.planning import Way
from autopilot.procedures.regional_failover.preflighting import question_after
from tests.failovers import LOSS, MOVE, NOW_MS, PROFILE, STANDBY, planned, scene

BY_ALARM = {"requested_by": None, "incident": "incident-traffic-20260105T080000Z-0123456789ab"}


def flown(answer: Answer) -> Preflight:
    """A pre-flight whose only check is how far data is behind."""
    check = Check("data-lag/trail", "4000 s behind", "60 min", "S3", 5, answer, "behind")
    return Preflight(None, STANDBY, (check,), NOW_MS)


def test_a_loss_is_answered_without_asking_where_the_profile_says_so() -> None:
    """As long as nothing more is lost than the objective allows."""
    plan = planned(LOSS, scene())
    assert question_after(plan, flown(Answer.GO), BY_ALARM, PROFILE) is None


@pytest.mark.parametrize("way", [LOSS, MOVE])
def test_data_that_is_too_far_behind_is_a_persons_to_give_up(way: Way) -> None:
    """Also where nobody would be asked about such a plan otherwise."""
    plan = planned(way, scene())
    asked = question_after(plan, flown(Answer.WARN), BY_ALARM, PROFILE)
    assert asked is not None
    assert asked["kind"] == "regional_failover"
    assert "data-lag/trail is 4000 s behind: behind." in asked["summary"]
    assert asked["incident"] == BY_ALARM["incident"]
