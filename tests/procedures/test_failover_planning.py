"""Which region is left for which, what forbids it, and by what steps it is left."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot.domain.failover import Kind
from autopilot.domain.switches import ADMISSION, WRITER
from autopilot.domain.verdict import State
from autopilot.errors import BadInput, Refused
from autopilot.procedures.regional_failover.approving import why_void
from autopilot.procedures.regional_failover.judging import Decision, Seen, judge_failover
from autopilot.procedures.regional_failover.planning import Scene, Way, choose_way, in_words
from autopilot.procedures.regional_failover.request import RegionalFailoverRequest
from autopilot.procedures.regional_failover.scene import with_probes
from tests.failovers import (
    BACK,
    BOTH,
    HOME,
    LOSS,
    MOVE,
    PROFILE,
    STANDBY,
    moved_on,
    planned,
    scene,
    verdict,
)
from tests.procedures.conftest import observation_of


def chosen(seen: Scene, **request: Any) -> Way:
    """The way that a request comes to."""
    return choose_way(RegionalFailoverRequest(**request), seen, PROFILE)


def test_a_lost_region_is_left_whatever_else_was_in_mind() -> None:
    """It comes first, wherever the writes are."""
    assert chosen(scene(home=State.UNHEALTHY)) == LOSS
    assert chosen(scene(standby=State.UNHEALTHY)) == Way(Kind.LOSS, STANDBY, HOME)


def test_without_a_loss_the_region_that_owns_the_writes_is_left() -> None:
    """Which from the standby is the way back."""
    assert chosen(scene()) == MOVE
    assert chosen(scene(writer=STANDBY)).kind is Kind.BACK


@pytest.mark.parametrize("state", [State.UNKNOWN, State.UNHEALTHY])
def test_nothing_goes_where_nobody_sees_it_well(state: State) -> None:
    """Not to know is no reason to move."""
    with pytest.raises(Refused, match="expected healthy"):
        chosen(scene(standby=state), region=HOME)


def test_an_alarm_moves_only_what_is_lost() -> None:
    """A planned move is a person's to want."""
    with pytest.raises(Refused, match="an alarm moves only what is lost"):
        chosen(scene(), incident="incident-traffic-20260105T080000Z-0123456789ab")


def test_one_region_at_a_time() -> None:
    """A target that was closed by an earlier move is no target."""
    with pytest.raises(Refused, match="one region at a time"):
        chosen(scene(home=State.UNHEALTHY, open_regions=HOME))


def test_a_region_that_was_left_is_come_back_to_after_the_dwell_time_only() -> None:
    """However urgently somebody asks."""
    early = scene(writer=STANDBY, open_regions=STANDBY, well_ms=59 * 60_000)
    with pytest.raises(Refused, match="answers for 59 min, expected 60 min"):
        chosen(early, direction="back")
    late = scene(writer=STANDBY, open_regions=STANDBY, well_ms=60 * 60_000)
    assert chosen(late, direction="back") == BACK


def test_a_region_that_serves_nobody_is_no_region_to_leave() -> None:
    """The observer has no routes."""
    with pytest.raises(BadInput, match="region"):
        chosen(scene(), region="eu-west-3")


def test_a_lost_region_is_left_in_one_step_and_everything_is_turned() -> None:
    """Writes first, clients last."""
    plan = planned(LOSS, scene(home=State.UNHEALTHY))
    (step,) = plan.allocation.steps
    assert (step.bake_seconds, step.target.compact()) == (0, "eu-west-1/direct=63,mcp=37")
    assert plan.turns is not None
    assert [(turn.switch, turn.before, turn.to) for turn in plan.turns.steps] == [
        (WRITER, HOME, STANDBY),
        (ADMISSION, BOTH, STANDBY),
    ]


def test_a_planned_move_goes_in_steps_that_bake() -> None:
    """None wider than the profile allows, and all the way to the target."""
    assert PROFILE.failover is not None
    plan = planned(MOVE, scene())
    standing = plan.allocation.before
    for step in plan.allocation.steps:
        assert standing.total_moved(step.target) <= PROFILE.failover.step_points_max
        assert step.bake_seconds == PROFILE.failover.bake_seconds
        standing = step.target
    assert all(standing.percent(route) == 0 for route in PROFILE.proven if route.region == HOME)


def test_the_way_back_ends_at_the_baseline_with_both_regions_open() -> None:
    """And with the writes at home."""
    away = planned(MOVE, scene()).allocation.goal
    plan = planned(BACK, scene(writer=STANDBY, open_regions=STANDBY, allocation=away))
    assert plan.allocation.goal == PROFILE.baseline()
    writer, clients = plan.turn_of(WRITER), plan.turn_of(ADMISSION)
    assert writer is not None
    assert clients is not None
    assert (writer.to, clients.to) == (HOME, BOTH)


def test_what_is_there_already_is_not_turned() -> None:
    """A run that is started again goes on from what stands."""
    away = planned(LOSS, scene()).allocation.goal
    seen = scene(home=State.UNHEALTHY, writer=STANDBY, open_regions=STANDBY, allocation=away)
    plan = planned(LOSS, seen)
    assert plan.is_done
    assert in_words(plan) == "nothing to change"


def test_a_plan_is_void_once_its_world_has_moved() -> None:
    """Another version, another writer, or a region that answers again."""
    seen = scene(home=State.UNHEALTHY)
    plan = planned(LOSS, seen)
    assert why_void(plan, seen) == ""
    assert "changed what it was made for" in why_void(plan, moved_on(seen, 2))
    assert "writer shows" in why_void(plan, scene(home=State.UNHEALTHY, writer=STANDBY))
    assert f"{HOME} is healthy" in why_void(plan, scene())


def test_probes_speak_for_a_route_that_too_few_requests_took() -> None:
    """Unless it fails already, and never against what its own requests prove."""
    routes = tuple(PROFILE.proven)
    few, failing, proven = routes[2], routes[3], routes[0]
    counts = {few: (40, 0), failing: (40, 20), proven: (9_000, 4_500)}
    seen = observation_of(PROFILE, counts).evidence
    lifted = with_probes(seen, scene().regions, PROFILE.thresholds)
    states = {route: found.state for route, found in lifted.verdicts}
    assert states[few] is State.HEALTHY
    assert states[failing] is not State.HEALTHY
    assert states[proven] is State.UNHEALTHY
    unsure = {each: verdict(State.UNKNOWN) for each in (HOME, STANDBY)}
    assert with_probes(seen, unsure, PROFILE.thresholds) == seen


def judged(**changes: Any) -> Decision:
    """The decision on a failover that shows what it shall, but for `changes`."""
    whole = observation_of(PROFILE, {tuple(PROFILE.proven)[2]: (9_000, 0)}).whole
    seen = {"whole": whole, "takes_writes": True, "moved": (), "waited_seconds": 70}
    return judge_failover(
        Seen(**{**seen, **changes}), settle_seconds=60, verify_seconds_max=300
    ).decision


def test_a_failover_is_done_when_the_target_serves_and_takes_writes() -> None:
    """Not before clients can have followed, and not on its metrics alone."""
    assert judged() is Decision.DONE
    assert judged(waited_seconds=20) is Decision.LOOK_AGAIN
    assert judged(takes_writes=False) is Decision.LOOK_AGAIN
    assert judged(takes_writes=None, waited_seconds=300) is Decision.UNVERIFIED
    assert judged(moved=("writer shows eu-north-1",)) is Decision.SUPERSEDED
