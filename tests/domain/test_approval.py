"""Who may decide on a plan, and when the decision counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopilot.domain.approval import (
    ALARM,
    Approval,
    ApprovalRequest,
    Choice,
    Decision,
    Identity,
    Rule,
    Status,
    decide,
    poll_seconds,
)
from autopilot.domain.severity import Severity
from autopilot.errors import BadInput

NOW_MS = 1_790_000_000_000
ACCOUNT = "arn:aws:sts::123456789012:"
ALICE = Identity.of(f"{ACCOUNT}assumed-role/on-call/alice", "AROAONCALL:alice")
BEA = Identity.of(f"{ACCOUNT}assumed-role/platform/bea", "AROAPLATFORM:bea")
SIGNED_IN = f"{ACCOUNT}assumed-role/AWSReservedSSO_OnCall_0123456789abcdef"
REQUEST = ApprovalRequest(
    id="260921-abcdefgh",
    run="operator-1",
    runbook="traffic_ramp",
    region="eu-central-1",
    digest="a" * 64,
    summary="ramp up",
    requester=f"{ACCOUNT}assumed-role/on-call/alice",
    severity=Severity.P1,
    requested_ms=NOW_MS,
    expires_ms=NOW_MS + 900_000,
    approvers=("assumed-role/*/*", "user/*"),
    break_glass=True,
)
SAID = Decision(
    choice=Choice.APPROVE,
    digest="a" * 64,
    by=BEA,
    source="192.0.2.1",
    reason="looks right",
    at_ms=NOW_MS,
)
OPEN = Approval(REQUEST, Status.OPEN)


def test_a_second_person_approves_the_plan_that_was_asked_for() -> None:
    """The ordinary case."""
    assert decide(OPEN, SAID, NOW_MS).accepted


@pytest.mark.parametrize(
    "approval, decision, now_ms, rule",
    [
        (OPEN, replace(SAID, digest="b" * 64), NOW_MS, Rule.OTHER_PLAN),
        (OPEN, SAID, NOW_MS + 900_000, Rule.EXPIRED),
        (OPEN, replace(SAID, by=ALICE), NOW_MS, Rule.IS_THE_REQUESTER),
        (OPEN, replace(SAID, choice=Choice.DENY, reason=" "), NOW_MS, Rule.NO_REASON),
        (OPEN, replace(SAID, choice=Choice.BREAK_GLASS, reason=""), NOW_MS, Rule.NO_REASON),
        (
            Approval(replace(REQUEST, break_glass=False), Status.OPEN),
            replace(SAID, choice=Choice.BREAK_GLASS),
            NOW_MS,
            Rule.NO_BREAK_GLASS,
        ),
        (
            Approval(replace(REQUEST, approvers=("user/*",)), Status.OPEN),
            SAID,
            NOW_MS,
            Rule.NOT_AN_APPROVER,
        ),
        *(
            (Approval(REQUEST, status), SAID, NOW_MS, Rule.NOT_OPEN)
            for status in Status
            if status is not Status.OPEN
        ),
    ],
)
def test_a_decision_that_breaks_a_rule_is_refused_by_its_name(
    approval: Approval, decision: Decision, now_ms: int, rule: Rule
) -> None:
    """One broken rule at a time."""
    ruling = decide(approval, decision, now_ms)
    assert ruling.refused is rule
    assert ruling.reason


@pytest.mark.parametrize("status", Status)
def test_a_denial_wins_over_an_approval_until_it_is_used(status: Status) -> None:
    """Open and approved requests can be denied, others stay as they are."""
    ruling = decide(Approval(REQUEST, status), replace(SAID, choice=Choice.DENY), NOW_MS)
    assert ruling.accepted is (status in {Status.OPEN, Status.APPROVED})


def test_who_asked_may_take_it_back_or_break_glass_but_not_approve() -> None:
    """Breaking glass is for exactly this, and needs an approver all the same."""
    accepted = {
        choice: decide(OPEN, replace(SAID, by=ALICE, choice=choice), NOW_MS).accepted
        for choice in Choice
    }
    assert accepted == {Choice.APPROVE: False, Choice.DENY: True, Choice.BREAK_GLASS: True}
    guest = Approval(replace(REQUEST, approvers=("user/*",)), Status.OPEN)
    glass = replace(SAID, by=ALICE, choice=Choice.BREAK_GLASS)
    assert decide(guest, glass, NOW_MS).refused is Rule.NOT_AN_APPROVER


def test_nobody_is_an_alarm() -> None:
    """What no person asked for needs one person."""
    asked = Approval(replace(REQUEST, requester=ALARM), Status.OPEN)
    assert decide(asked, replace(SAID, by=ALICE), NOW_MS).accepted


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("assumed-role/a/anna", "assumed-role/a/anna", True),
        ("assumed-role/a/anna", "assumed-role/b/Anna", True),
        ("assumed-role/a/anna", "assumed-role/a/bert", True),
        ("assumed-role/a/anna", "assumed-role/b/bert", False),
        ("user/anna", "user/anna", True),
        ("user/anna", "user/bert", False),
    ],
)
def test_one_session_name_or_one_shared_role_may_be_one_person(
    one: str, other: str, *, same: bool
) -> None:
    """Who assumes a role chooses the session's name, so two names of one role prove nothing."""
    assert Identity.of(f"{ACCOUNT}{one}").may_be(Identity.of(f"{ACCOUNT}{other}")) is same


def test_two_people_who_signed_in_to_one_role_are_two() -> None:
    """IAM Identity Center names the session after the user, who cannot choose it."""
    anna, bert = (Identity.of(f"{SIGNED_IN}/{name}") for name in ("anna@e.org", "bert@e.org"))
    assert not anna.may_be(bert)
    assert anna.may_be(Identity.of(f"{ACCOUNT}assumed-role/other/ANNA@e.org"))


def test_one_unique_id_is_one_principal_under_whatever_name() -> None:
    """A role that is made again under its name has another id, and the same id is one role."""
    one = Identity("assumed-role/a", "anna", "AROAX:anna")
    assert one.may_be(Identity("assumed-role/b", "bert", "AROAX:bert"))


@pytest.mark.parametrize("arn", ["", "anna", "arn:aws:s3:::bucket", "arn:aws:sts::123456789012:"])
def test_what_names_no_caller_is_refused(arn: str) -> None:
    """Also an empty text, as an event without identity has."""
    with pytest.raises(BadInput, match="get-caller-identity"):
        Identity.of(arn)


def test_an_id_of_another_session_is_refused() -> None:
    """ARN and id come from one signature and must agree."""
    with pytest.raises(BadInput, match="session 'alice'"):
        Identity.of(f"{ACCOUNT}assumed-role/on-call/alice", "AROAONCALL:mallory")


@pytest.mark.parametrize("expiry, wait", [(60, 15), (900, 15), (1800, 30), (3600, 60), (3601, 61)])
def test_a_run_looks_at_most_sixty_times(expiry: int, wait: int) -> None:
    """And never more often than every 15 s."""
    assert poll_seconds(expiry) == wait
