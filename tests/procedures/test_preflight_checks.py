"""Every check of a pre-flight: what says GO, what warns, and what stops a move."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autopilot.domain.allocation import Route
from autopilot.domain.inventory import (
    CanaryFacts,
    GuardrailFacts,
    KeyFacts,
    LagFacts,
    ModelFacts,
    Peak,
    ProfileFacts,
    Right,
    Use,
)
from autopilot.domain.preflight import Answer
from autopilot.domain.preflight_section import GuardrailAt
from autopilot.domain.probes import RegionVerdict
from autopilot.domain.profile import Profile
from autopilot.domain.verdict import State
from autopilot.errors import BadInput
from autopilot.gate.ledger import LedgerView, initial_item
from autopilot.ports import EndpointAnswer
from autopilot.procedures.preflight.checks import ledger, models, place, quotas, settings
from autopilot.procedures.preflight.move import Move
from tests.procedures.conftest import NOW_MS, view_of

HOME, STANDBY = "eu-central-1", "eu-west-1"
GO, WARN, NO_GO = Answer.GO, Answer.WARN, Answer.NO_GO
DAY_MS = 86_400_000
GUARD = GuardrailAt(name="pii", region=STANDBY, id="abc", version="1")


def move_of(profile: Profile, *, lost: bool = False, runs_in: str = STANDBY) -> Move:
    """From home to the standby."""
    return Move.of(
        profile,
        STANDBY,
        lost=HOME if lost else None,
        reachable=False,
        runs_in=runs_in,
        holder="our-run",
        now_ms=NOW_MS,
    )


@pytest.fixture
def move(profile: Profile) -> Move:
    """A move that somebody chose."""
    return move_of(profile)


@pytest.fixture
def loss(profile: Profile) -> Move:
    """A move because home is lost."""
    return move_of(profile, lost=True)


def routed(*regions: str) -> ProfileFacts:
    """An active inference profile with these destinations."""
    arns = tuple(f"arn:aws:bedrock:{region}::foundation-model/m" for region in regions)
    return ProfileFacts("arn:aws:bedrock:eu-west-1:1:inference-profile/p", "ACTIVE", arns)


@pytest.mark.parametrize(
    "target, lost",
    [("eu-north-1", None), (STANDBY, STANDBY), (STANDBY, "eu-west-3"), ("", None)],
)
def test_a_move_that_is_none_is_refused(profile: Profile, target: str, lost: str | None) -> None:
    """One region that serves to the other one, and nothing else."""
    with pytest.raises(BadInput):
        Move.of(profile, target, lost=lost, reachable=False, runs_in=HOME, holder="", now_ms=NOW_MS)


# -- models --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "facts, answer",
    [
        (ModelFacts("ACTIVE", None, on_demand=True), GO),
        (ModelFacts("ACTIVE", NOW_MS + 31 * DAY_MS, on_demand=True), GO),
        (ModelFacts("ACTIVE", NOW_MS + 30 * DAY_MS, on_demand=True), WARN),
        (ModelFacts("LEGACY", NOW_MS + 400 * DAY_MS, on_demand=True), WARN),
        (ModelFacts("LEGACY", NOW_MS - 1, on_demand=True), NO_GO),
        (None, NO_GO),
    ],
    ids=["active", "ends later", "ends soon", "legacy", "ended", "not there"],
)
def test_the_lifecycle_of_a_model(move: Move, facts: ModelFacts | None, answer: Answer) -> None:
    """After its end requests fail; before it there is time to plan."""
    assert models.lifecycle(move, move.profile.bedrock.models[0], facts).answer is answer


def test_a_model_that_is_named_itself_must_allow_it(move: Move) -> None:
    """Many models are invoked through an inference profile only."""
    model = move.profile.bedrock.models[0]
    itself = model.model_copy(update={"profile": model.model})
    for on_demand, answer in ((True, GO), (False, NO_GO)):
        facts = ModelFacts("ACTIVE", None, on_demand=on_demand)
        assert models.lifecycle(move, itself, facts).answer is answer


@pytest.mark.parametrize(
    "said, answer",
    [
        ({}, WARN),
        (
            {
                "agreementAvailability": "AVAILABLE",
                "authorizationStatus": "AUTHORIZED",
                "entitlementAvailability": "AVAILABLE",
                "regionAvailability": "AVAILABLE",
            },
            GO,
        ),
        (
            {
                "agreementAvailability": "NOT_AVAILABLE",
                "authorizationStatus": "NOT_AUTHORIZED",
                "entitlementAvailability": "NOT_AVAILABLE",
                "regionAvailability": "NOT_AVAILABLE",
            },
            WARN,
        ),
    ],
    ids=["unknown model", "all green", "all red"],
)
def test_availability_never_decides(said: dict[str, str], answer: Answer) -> None:
    """It has been wrong both ways, so its worst is a warning."""
    assert models.availability(said).answer is answer


@pytest.mark.parametrize(
    "facts, answer",
    [
        (routed(STANDBY), GO),
        (replace(routed(STANDBY), status="DELETING"), NO_GO),
        (None, NO_GO),
    ],
)
def test_the_inference_profile_is_usable_from_the_target(
    move: Move, facts: ProfileFacts | None, answer: Answer
) -> None:
    """A region that is no source of it would refuse every request."""
    model = move.profile.bedrock.models[0]
    assert models.inference_profile(move, model, facts).answer is answer


@pytest.mark.parametrize(
    "regions, answer",
    [((STANDBY, "eu-north-1"), GO), ((STANDBY, "us-east-1"), NO_GO), (("",), NO_GO)],
    ids=["in the Union", "one outside", "global"],
)
def test_data_stays_where_it_is_allowed(
    move: Move, regions: tuple[str, ...], answer: Answer
) -> None:
    """Every destination may process it, so every one must be allowed."""
    assert models.residency(move, routed(*regions)).answer is answer


@pytest.mark.parametrize("accepted, lost_answer", [(True, WARN), (False, NO_GO)])
@pytest.mark.parametrize("regions", [(HOME, STANDBY), ("",)], ids=["both", "global"])
def test_a_profile_that_leads_back_shares_the_fate(
    move: Move, loss: Move, regions: tuple[str, ...], *, accepted: bool, lost_answer: Answer
) -> None:
    """A failover would change only where requests enter: accepted, or NO-GO when it is lost."""
    model = move.profile.bedrock.models[0].model_copy(update={"shares_fate": accepted})
    assert models.shared_fate(move, model, routed(*regions)).answer is WARN
    assert models.shared_fate(loss, model, routed(*regions)).answer is lost_answer


def test_a_profile_that_leads_nowhere_else_is_no_way_out(move: Move, loss: Move) -> None:
    """Whatever is accepted, and whether the region is lost or left."""
    model = move.profile.bedrock.models[0]
    for each in (move, loss):
        assert models.shared_fate(each, model, routed(HOME)).answer is NO_GO
        assert models.shared_fate(each, model, routed(STANDBY)).answer is GO


def test_one_denied_destination_is_enough() -> None:
    """AWS picks the destination; the message says which one is denied, and how."""
    allowed = Right("arn:aws:bedrock:eu-west-1::foundation-model/m", allowed=True)
    denied = Right(
        "arn:aws:bedrock:eu-south-2::foundation-model/m", allowed=False, why="implicitDeny"
    )
    assert models.rights("r", [allowed]).answer is GO
    found = models.rights("r", [allowed, denied])
    assert found.answer is NO_GO
    assert "eu-south-2 foundation-model implicitDeny" in found.reason
    assert models.rights("r", None).answer is NO_GO


@pytest.mark.parametrize(
    "found, answer, said",
    [
        ([CanaryFacts(ok=True, milliseconds=300)] * 3, GO, "as r"),
        ([CanaryFacts(ok=True, milliseconds=300)] * 2, NO_GO, "not all"),
        (
            [
                *[CanaryFacts(ok=True, milliseconds=300)] * 2,
                CanaryFacts(ok=True, milliseconds=1_001),
            ],
            WARN,
            "slower",
        ),
        (
            [CanaryFacts(ok=False, milliseconds=0, error="AccessDenied", is_configuration=True)],
            NO_GO,
            "nothing of the region's health",
        ),
        (
            [CanaryFacts(ok=False, milliseconds=0, error="Throttling", is_throttled=True)],
            NO_GO,
            "no lost region",
        ),
        ([CanaryFacts(ok=False, milliseconds=0, error="503")], NO_GO, "did not answer"),
    ],
)
def test_all_canaries_must_come_back(
    move: Move, found: list[CanaryFacts], answer: Answer, said: str
) -> None:
    """All of k; a fault of ours is told apart from a region that does not answer."""
    judged = models.canary(move, "r", found)
    assert judged.answer is answer
    assert said in judged.reason


# -- quotas --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "quota, in_a_move, in_a_loss",
    [
        (1_200.0, GO, GO),
        (1_199.0, NO_GO, WARN),
        (720.0, NO_GO, WARN),
        (719.0, NO_GO, NO_GO),
        (None, NO_GO, NO_GO),
    ],
    ids=["just enough", "a little short", "at the floor", "below the floor", "no such quota"],
)
def test_a_quota_carries_both_peaks_with_a_margin(
    move: Move, loss: Move, quota: float | None, in_a_move: Answer, in_a_loss: Answer
) -> None:
    """1,000 and 20 % more. A lost region may be left in stages, down to the capacity floor."""
    need = quotas.Need("requests a minute", "L-00000000", source=900, own=100)
    assert quotas.fits(move, need, quota).answer is in_a_move
    assert quotas.fits(loss, need, quota).answer is in_a_loss


def test_what_is_carried_is_a_share_of_the_whole(move: Move) -> None:
    """With the margin, never more than all; nothing needed is carried whole."""
    need = quotas.Need("requests a minute", "L-00000000", source=900, own=100)
    assert [quotas.carries(move, need, quota) for quota in (0.0, 600.0, 9e9)] == [0, 50, 100]
    assert quotas.carries(move, replace(need, source=0, own=0), 0.0) == 100


def test_every_quota_is_compared_by_itself(move: Move) -> None:
    """Requests and tokens, and tokens of a day where the model has such a quota."""
    model = move.profile.bedrock.models[0]
    source, own = Peak(9, 900, 90_000), Peak(1, 100, 10_000)
    assert [need.whole for need in quotas.needs(model, source, own)] == [10, 1_000]
    daily = model.model_copy(update={"day_tokens_quota": "L-0000000A"})
    assert [need.whole for need in quotas.needs(daily, source, own)] == [10, 1_000, 100_000]


@pytest.mark.parametrize(
    "throttled, invoked, answer",
    [(None, 100, GO), (0, 100, GO), (None, None, GO), (1, 100_000, WARN), (500, 100_000, NO_GO)],
)
def test_throttles_of_the_target(
    move: Move, throttled: int | None, invoked: int | None, answer: Answer
) -> None:
    """There is no metric before the first one; many say that its own load is too much already."""
    use = Use((), throttled=throttled, invoked=invoked, latency_ms=None)
    assert quotas.throttles(move, use).answer is answer


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
