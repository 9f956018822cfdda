"""A failover with a global database: what is planned, checked before, and told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from autopilot.domain.failover_section import Database
from autopilot.domain.inventory import DatabaseFacts, LagFacts
from autopilot.domain.preflight import Answer
from autopilot.domain.profile import Profile
from autopilot.domain.switches import ADMISSION, DATABASE, DATABASE_LOSS, WRITER, SwitchState
from autopilot.domain.verdict import State
from autopilot.errors import Misconfigured, Refused, Transient
from autopilot.procedures.preflight.checks import database, place
from autopilot.procedures.preflight.memory import NOTHING
from autopilot.procedures.preflight.reading import Reader
from autopilot.procedures.recovery_rehearsal.estimating import of_failover
from autopilot.procedures.regional_failover.approving import why_void
from autopilot.procedures.regional_failover.planning import (
    Scene,
    choose_way,
    in_words,
    plan_failover,
    worst_case_seconds,
)
from autopilot.procedures.regional_failover.request import RegionalFailoverRequest
from autopilot_lab.drill.profiles import profile_text
from autopilot_lab.drill.project import SCENARIOS
from tests.failovers import BACK, HOME, LOSS, MOVE, STANDBY, planned, scene
from tests.failovers import PROFILE as FAILOVERS
from tests.procedures.conftest import move_of
from tests.procedures.test_preflight import Bench, named

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies

PROFILE = Profile.load(profile_text(SCENARIOS / "profiles" / "database.toml"))
GO, WARN, NO_GO = Answer.GO, Answer.WARN, Answer.NO_GO


def described() -> Database:
    """The database of the profile."""
    assert PROFILE.failover is not None
    assert PROFILE.failover.database is not None
    return PROFILE.failover.database


def facts(**changes: Any) -> DatabaseFacts:
    """It is well and written at home, but for `changes`."""
    members = {each.arn: "connected" for each in described().clusters}
    return replace(DatabaseFacts("available", HOME, "", members), **changes)


def with_database(seen: Scene, value: str = HOME, heading: str = "") -> Scene:
    """The scene, and where its database is written."""
    return replace(seen, database=SwitchState(value, heading=heading))


# -- planning --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way, seen, name",
    [
        (LOSS, scene(home=State.UNHEALTHY), DATABASE_LOSS),
        (MOVE, scene(), DATABASE),
    ],
    ids=["loss", "move"],
)
def test_a_database_is_turned_between_the_writes_and_the_clients(
    way: Any, seen: Scene, name: str
) -> None:
    """Only the loss of a region gives up what was not copied."""
    plan = planned(way, with_database(seen))
    assert plan.turns is not None
    assert [each.switch for each in plan.turns.steps] == [WRITER, name, ADMISSION]
    assert f"{name} {HOME} → {STANDBY}" in in_words(plan)


def test_the_way_back_takes_the_database_along_without_losing_anything() -> None:
    """As a move does."""
    turn = planned(BACK, with_database(scene(writer=STANDBY), STANDBY)).turn_of(DATABASE)
    assert turn is not None
    assert turn.to == HOME


def test_a_database_that_is_written_in_the_target_is_not_turned() -> None:
    """A run that is started again goes on from what stands."""
    plan = planned(LOSS, with_database(scene(home=State.UNHEALTHY), STANDBY))
    assert plan.turn_of(DATABASE_LOSS) is None


def test_nobody_moves_while_the_database_is_on_its_way() -> None:
    """A move of choice waits; the loss of a region does not."""
    request = RegionalFailoverRequest()
    with pytest.raises(Refused, match=f"the database is on its way to {HOME}"):
        choose_way(request, with_database(scene(), STANDBY, heading=HOME), PROFILE)
    lost = with_database(scene(home=State.UNHEALTHY), HOME, heading=STANDBY)
    assert choose_way(request, lost, PROFILE) == LOSS


def test_the_worst_case_counts_the_database_there_and_back() -> None:
    """Else Step Functions could end the run in the middle of the way back."""
    assert PROFILE.failover is not None
    without, with_one = (
        worst_case_seconds(plan_failover(MOVE, seen, PROFILE, PROFILE.failover), PROFILE.failover)
        for seen in (scene(), with_database(scene()))
    )
    assert with_one - without >= 2 * described().seconds_max + PROFILE.failover.hand_over_seconds


def test_a_plan_is_void_once_its_database_has_moved() -> None:
    """Somebody promoted it by hand while people were asked."""
    lost = scene(home=State.UNHEALTHY)
    plan = planned(LOSS, with_database(lost))
    assert why_void(plan, with_database(lost)) == ""
    assert f"{DATABASE_LOSS} shows {STANDBY}" in why_void(plan, with_database(lost, STANDBY))


# -- the checks ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes, lost, answer",
    [
        ({}, False, GO),
        ({"members": {}}, False, NO_GO),
        ({"status": "upgrading"}, False, NO_GO),
        ({"status": "upgrading"}, True, WARN),
        ({"heading": STANDBY, "status": "failing-over"}, True, WARN),
        ({"heading": HOME, "status": "switching-over"}, True, NO_GO),
        ({"writer": ""}, True, NO_GO),
    ],
)
def test_a_database_must_be_able_to_move(
    profile: Profile, changes: dict[str, Any], answer: Answer, *, lost: bool
) -> None:
    """What a lost region leaves behind may show anything but a copy that cannot be promoted."""
    move = move_of(profile, lost=lost)
    assert database.members(move, described(), facts(**changes)).answer is answer


def test_a_copy_that_is_being_made_again_is_not_promoted(profile: Profile) -> None:
    """It is no copy yet, not even when a region is lost."""
    target = described().cluster_in(STANDBY).arn
    stale = {**facts().members, target: "pending-resync"}
    move = move_of(profile, lost=True)
    assert database.members(move, described(), facts(members=stale)).answer is NO_GO


@pytest.mark.parametrize("lost, answer", [(False, NO_GO), (True, WARN)])
def test_a_copy_that_is_behind_is_a_persons_to_give_up(
    profile: Profile, answer: Answer, *, lost: bool
) -> None:
    """By its own limit; at the limit it is GO, and nothing told never is."""
    move = move_of(profile, lost=lost)
    assert place.lag(move, LagFacts(61, 0), seconds_max=60).answer is answer
    assert place.lag(move, LagFacts(60, 0), seconds_max=60).answer is GO
    assert place.lag(move, None, seconds_max=60).answer is NO_GO


@pytest.fixture
def bench() -> Bench:
    """Everything is well, the database as well."""
    made = Bench(PROFILE)
    made.account.databases[described().identifier] = facts()
    return made


def test_the_target_alone_tells_of_the_database(bench: Bench) -> None:
    """The other region may be lost."""
    found = bench.look(HOME)
    assert named(found, "database/members").answer is GO
    assert named(found, "data-lag/database").observed == "1 s behind"
    asked = {region for method, region in bench.account.asked if method.startswith("database")}
    assert asked == {STANDBY}


def test_where_it_is_written_nothing_is_behind(bench: Bench) -> None:
    """There is no metric of a copy then."""
    bench.account.databases[described().identifier] = facts(writer=STANDBY)
    assert named(bench.look(), "data-lag/database").answer is GO
    assert "database_lag" not in {method for method, _ in bench.account.asked}


@pytest.mark.parametrize("error", [Transient, Misconfigured])
@pytest.mark.parametrize(
    "method, check",
    [("database", "database/members"), ("database_lag", "data-lag/database")],
)
def test_a_database_that_cannot_be_read_is_never_go(
    bench: Bench, method: str, check: str, error: type[Transient | Misconfigured]
) -> None:
    """By no answer, or by a 4xx."""
    bench.account.fails[method] = error("no")
    assert named(bench.look(), check).answer is NO_GO


def test_a_rehearsal_counts_what_a_database_may_take(bench: Bench) -> None:
    """The wait before it, and the promotion; nothing of it without a database."""
    assert PROFILE.failover is not None
    most = PROFILE.failover.hand_over_seconds + described().seconds_max
    for made, expected in ((bench, most), (Bench(FAILOVERS), None)):
        reader = Reader(made.clock, 15, NOTHING)
        estimate = of_failover(cast("Dependencies", made), reader, STANDBY, 3)
        parts = {each.name: each.seconds for each in estimate.parts}
        assert parts.get("database, at most") == expected
