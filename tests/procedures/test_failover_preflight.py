"""Whether a person is asked after the pre-flight of a failover."""

from __future__ import annotations

from typing import Any, cast

import pytest

from autopilot.domain.preflight import Answer, Check, Preflight
from autopilot.domain.profile import Profile
from autopilot.errors import Transient
from autopilot.procedures.dependencies import Dependencies
from autopilot.procedures.regional_failover.planning import Way
from autopilot.procedures.regional_failover.preflighting import preflight, question_after
from tests.failovers import LOSS, MOVE, NOW_MS, PROFILE, STANDBY, planned, scene
from tests.procedures.test_preflight import Bench

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


def fly(bench: Bench, outcome: str = "planned") -> dict[str, Any]:
    """The pre-flight of a move that somebody asks for, where a second person decides on moves."""
    failover = {
        "plan": planned(MOVE, scene()).to_dict(),
        "outcome": outcome,
        "summary": "A move.",
        "requested_by": "arn:aws:sts::123456789012:assumed-role/operator/alice",
        "incident": "",
    }
    message = {"run": "operator-1", "failover": failover}
    return preflight(message, cast("Dependencies", bench))


def test_a_pre_flight_that_lets_the_move_go_asks_a_second_person(profile: Profile) -> None:
    """Before anything moves; a warning is part of what they are told."""
    found = fly(Bench(profile))
    assert (found["answer"], found["outcome"]) == (Answer.WARN, "planned")
    assert found["ask"]["kind"] == "regional_failover"
    assert "1 NO-GO" not in found["ask"]["summary"]


def test_a_pre_flight_that_says_no_go_asks_nobody(profile: Profile) -> None:
    """There is nothing to approve: a yes would move nothing, and a page would wake for nothing."""
    bench = Bench(profile)
    bench.account.fails["guardrail"] = Transient("it said nothing")
    found = fly(bench)
    assert (found["answer"], found["outcome"], found["ask"]) == (Answer.NO_GO, "no_go", None)
    assert found["checks"][0]["name"] == "guardrail/no-personal-data"


def test_a_dry_run_asks_nobody_whatever_the_pre_flight_says(profile: Profile) -> None:
    """It shows what a run would find."""
    found = fly(Bench(profile), outcome="dry_run")
    assert (found["outcome"], found["ask"]) == ("dry_run", None)
