"""Every check of a pre-flight: what says GO, what warns, and what stops a move."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopilot.domain.inventory import (
    CanaryFacts,
    ModelFacts,
    Peak,
    ProfileFacts,
    Right,
    Use,
)
from autopilot.domain.preflight import Answer
from autopilot.domain.profile import Profile
from autopilot.errors import BadInput
from autopilot.procedures.preflight.checks import models, quotas
from autopilot.procedures.preflight.move import Move
from tests.procedures.conftest import HOME, NOW_MS, STANDBY

GO, WARN, NO_GO = Answer.GO, Answer.WARN, Answer.NO_GO
DAY_MS = 86_400_000


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
def test_a_quota_carries_the_peak_of_both_with_a_margin(
    move: Move, loss: Move, quota: float | None, in_a_move: Answer, in_a_loss: Answer
) -> None:
    """1,000 and 20 % more. A lost region may be left in stages, down to the capacity floor."""
    need = quotas.Need("requests a minute", "L-00000000", whole=1_000)
    assert quotas.fits(move, need, quota).answer is in_a_move
    assert quotas.fits(loss, need, quota).answer is in_a_loss


def test_what_is_carried_is_a_share_of_the_whole(move: Move) -> None:
    """With the margin, never more than all; nothing needed is carried whole."""
    need = quotas.Need("requests a minute", "L-00000000", whole=1_000)
    assert [quotas.carries(move, need, quota) for quota in (0.0, 600.0, 9e9)] == [0, 50, 100]
    assert quotas.carries(move, replace(need, whole=0), 0.0) == 100


def test_every_quota_is_compared_by_itself(move: Move) -> None:
    """Requests and tokens, and tokens of a day where the model has such a quota."""
    model = move.profile.bedrock.models[0]
    peak = Peak(10, 1_000, 100_000)
    assert [need.whole for need in quotas.needs(model, peak)] == [10, 1_000]
    daily = model.model_copy(update={"day_tokens_quota": "L-0000000A"})
    assert [need.whole for need in quotas.needs(daily, peak)] == [10, 1_000, 100_000]


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
