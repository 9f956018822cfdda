"""Every check of a pre-flight on settings, the place and the ledger: GO, a warning, or no move."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autopilot.domain.allocation import Route
from autopilot.domain.inventory import GuardrailFacts, KeyFacts, LagFacts
from autopilot.domain.preflight import Answer
from autopilot.domain.preflight_section import GuardrailAt
from autopilot.domain.probes import RegionVerdict
from autopilot.domain.profile import Profile
from autopilot.domain.verdict import State
from autopilot.gate.ledger import LedgerView, initial_item
from autopilot.ports import EndpointAnswer
from autopilot.procedures.preflight.checks import ledger, place, settings
from autopilot.procedures.preflight.move import Move
from tests.procedures.conftest import HOME, NOW_MS, STANDBY, move_of, view_of

GO, WARN, NO_GO = Answer.GO, Answer.WARN, Answer.NO_GO
GUARD = GuardrailAt(name="pii", region=STANDBY, id="abc", version="1")


# -- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "described, facts, answer",
    [
        (GUARD, GuardrailFacts("pii", "READY", "1"), GO),
        (GUARD, GuardrailFacts("pii", "UPDATING", "1"), NO_GO),
        (GUARD, GuardrailFacts("other", "READY", "1"), NO_GO),
        (GUARD, None, NO_GO),
        (None, None, NO_GO),
    ],
    ids=["ready", "not ready", "another", "absent", "other region only"],
)
def test_a_guardrail_stands_in_both_regions(
    move: Move, described: GuardrailAt | None, facts: GuardrailFacts | None, answer: Answer
) -> None:
    """By its name; ids differ from region to region."""
    assert settings.guardrail(move, described, facts).answer is answer


@pytest.mark.parametrize(
    "wanted, found, answer",
    [(True, True, GO), (False, False, GO), (True, False, NO_GO), (False, True, NO_GO)],
)
def test_logging_is_as_it_must_be(*, wanted: bool, found: bool, answer: Answer) -> None:
    """Neither unrecorded answers nor prompts that nobody agreed to write down."""
    assert settings.invocation_logging(wanted, found).answer is answer


@pytest.mark.parametrize(
    "facts, answer",
    [(KeyFacts("Enabled"), GO), (KeyFacts("Disabled"), NO_GO), (None, NO_GO)],
)
def test_a_key_must_be_usable(facts: KeyFacts | None, answer: Answer) -> None:
    """What it encrypts is lost for the time being otherwise."""
    assert settings.key(facts).answer is answer


# -- the place -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lost, runs_in, answer",
    [(False, STANDBY, GO), (False, HOME, WARN), (True, STANDBY, GO), (True, HOME, NO_GO)],
)
def test_nothing_that_leaves_a_region_runs_in_it(
    profile: Profile, runs_in: str, answer: Answer, *, lost: bool
) -> None:
    """Least of all when it is lost."""
    assert place.orchestrator(move_of(profile, lost=lost, runs_in=runs_in)).answer is answer


@pytest.mark.parametrize(
    "state, answer",
    [(State.HEALTHY, GO), (State.UNKNOWN, NO_GO), (State.UNHEALTHY, NO_GO)],
)
def test_nothing_moves_where_nobody_sees_it_well(state: State, answer: Answer) -> None:
    """Unknown is never healthy."""
    assert place.region(RegionVerdict(state, (HOME,), "because")).answer is answer


@pytest.mark.parametrize("percent, answer", [(70, GO), (40, WARN), (20, NO_GO)])
def test_proven_capacity_of_the_target(profile: Profile, percent: int, answer: Answer) -> None:
    """The standby's routes together; the floor of the rails is 60 %."""
    proven = {**profile.proven, Route(STANDBY, "direct"): percent}
    routes = [
        each.model_copy(update={"proven_capacity_percent": proven[each.route]})
        for each in profile.routes
    ]
    changed = profile.model_copy(update={"routes": tuple(routes)})
    changed.__dict__.pop("proven", None)
    assert place.proven(move_of(changed)).answer is answer


@pytest.mark.parametrize(
    "status, body, answer",
    [
        (200, {"paths": {"mcp": {"status": "healthy"}}}, GO),
        (200, {"paths": {"mcp": {"status": "degraded"}}}, NO_GO),
        (200, {"paths": {}}, NO_GO),
        (200, {"paths": "all"}, NO_GO),
        (200, None, NO_GO),
        (503, {"paths": {"mcp": {"status": "healthy"}}}, NO_GO),
    ],
)
def test_a_path_is_well_in_the_regions_own_words(status: int, body: Any, answer: Answer) -> None:
    """Whatever it answers that is not in the contract is no word of health."""
    assert place.path("mcp", EndpointAnswer(status, body)).answer is answer


@pytest.mark.parametrize(
    "there, here, answer",
    [("a", "a", GO), ("a", "b", NO_GO), ("", "a", WARN), ("a", None, WARN), ("a", "", WARN)],
)
def test_tools_are_the_same_in_both_regions(there: str, here: str | None, answer: Answer) -> None:
    """Compared by their digest; what is not said cannot be compared."""

    def says(tools: str) -> EndpointAnswer:
        return EndpointAnswer(200, {"paths": {"mcp": {"status": "healthy", "tools": tools}}})

    other = None if here is None else says(here)
    assert place.tools("mcp", other, says(there)).answer is answer


@pytest.mark.parametrize(
    "target, answer", [((1, 7), GO), ((1, 8), GO), ((1, 6), NO_GO), (None, NO_GO)]
)
def test_the_targets_own_replica_is_not_behind(
    move: Move, target: tuple[int, int] | None, answer: Answer
) -> None:
    """A strong read that shows less than is known contradicts what it promises."""
    assert place.ledger_lag(move, target, (1, 7)).answer is answer


@pytest.mark.parametrize(
    "seconds, in_a_move, in_a_loss", [(3_600, GO, GO), (3_601, NO_GO, WARN), (None, NO_GO, NO_GO)]
)
def test_a_copy_may_be_behind_by_the_recovery_point(
    move: Move, loss: Move, seconds: int | None, in_a_move: Answer, in_a_loss: Answer
) -> None:
    """A move waits; what a loss took with it is a person's to give up. Unknown is neither."""
    facts = None if seconds is None else LagFacts(seconds, NOW_MS)
    assert place.lag(move, facts).answer is in_a_move
    assert place.lag(loss, facts).answer is in_a_loss


# -- the ledger ----------------------------------------------------------------------------------


def test_the_lever_stops_every_move(profile: Profile) -> None:
    """Engaged, nothing moves; free, it may."""
    free = initial_item(profile.baseline())
    engaged = {**free, "lever": {**free["lever"], "engaged": True, "reason": "looking"}}
    assert ledger.lever(LedgerView.of(free)).answer is GO
    assert ledger.lever(LedgerView.of(engaged)).answer is NO_GO


@pytest.mark.parametrize(
    "holder, expires_ms, answer",
    [
        ("", 0, GO),
        ("another", NOW_MS + 1, NO_GO),
        ("another", NOW_MS, GO),
        ("our-run", NOW_MS + 1, GO),
    ],
    ids=["free", "held", "dead", "our own"],
)
def test_one_procedure_at_a_time(
    move: Move, profile: Profile, holder: str, expires_ms: int, answer: Answer
) -> None:
    """The lease of a living run of somebody else stands in the way."""
    view = view_of(profile.baseline())
    item = dict(view.item)
    item["lease"] = {**item["lease"], "holder": holder, "expires_ms": expires_ms}
    assert ledger.lease(move, LedgerView.of(item)).answer is answer


def test_a_loss_waits_for_a_holder_that_may_be_lost_itself(loss: Move, profile: Profile) -> None:
    """Its lease ends by itself, and the run that fails over waits for that."""
    view = view_of(profile.baseline())
    item = dict(view.item)
    item["lease"] = {**item["lease"], "holder": "another", "expires_ms": NOW_MS + 1}
    assert ledger.lease(loss, LedgerView.of(item)).answer is WARN


@pytest.mark.parametrize("used, answer", [(0, GO), (18, GO), (19, NO_GO)])
def test_every_step_has_room_in_the_journal(profile: Profile, used: int, answer: Answer) -> None:
    """Six slots of twenty-four are left for a way there and back."""
    item = dict(view_of(profile.baseline()).item)
    entries: dict[str, Any] = {f"e{number}": {} for number in range(used)}
    item["journal"] = {**item["journal"], "advance": entries}
    assert ledger.journal(LedgerView.of(item)).answer is answer


@pytest.mark.parametrize(
    "spent, answer",
    [
        ({}, GO),
        ({"runs": 1, "window_ends_ms": NOW_MS + 1, "last_run": "a"}, GO),
        ({"runs": 2, "window_ends_ms": NOW_MS + 1, "last_run": "a"}, NO_GO),
        ({"runs": 2, "window_ends_ms": NOW_MS, "last_run": "a"}, GO),
        ({"runs": 2, "window_ends_ms": NOW_MS + 1, "last_run": "our-run"}, GO),
    ],
    ids=["none", "one", "spent", "another window", "counted already"],
)
def test_the_budget_of_runs(
    move: Move, profile: Profile, spent: dict[str, Any], answer: Answer
) -> None:
    """A run is counted once, at its first advance."""
    item = dict(view_of(profile.baseline()).item)
    item["budgets"] = {"remediation": {**spent, "last_ms": 0}} if spent else {}
    view = LedgerView.of(item)
    assert ledger.budget(move, view, "remediation", 2).answer is answer


@pytest.mark.parametrize(
    "at_ms, in_a_move",
    [(1_767_607_200_000, GO), (1_767_636_000_000, WARN), (1_767_434_400_000, WARN)],
    ids=["Monday 11:00", "Monday 19:00", "Saturday"],
)
def test_a_move_is_made_when_people_are_at_work(
    move: Move, loss: Move, at_ms: int, in_a_move: Answer
) -> None:
    """A lost region does not wait for them."""
    hours = move.profile.business_hours
    assert ledger.calendar(replace(move, now_ms=at_ms), hours).answer is in_a_move
    assert ledger.calendar(replace(loss, now_ms=at_ms), hours).answer is GO
