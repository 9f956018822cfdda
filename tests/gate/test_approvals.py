"""Approvals in the ledger: each rule against the store, and every race has one winner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from autopilot.domain.approval import Approval, Choice, Identity, Rule, Status
from autopilot.errors import Inconsistent
from autopilot.gate.approvals import ApprovalRefused, approval_id
from autopilot.gate.gate import Gate
from tests.domain.test_approval import ALICE, BEA, REQUEST, SAID
from tests.gate.memory_ledger import MemoryLedger
from tests.gate.service import START_MS, Network, Service, SettableClock

CARL = Identity.of("arn:aws:sts::123456789012:assumed-role/database/carl", "AROADATA:carl")
ASKED = replace(REQUEST, requested_ms=START_MS, expires_ms=START_MS + 900_000)
ID, RUN, DIGEST = ASKED.id, ASKED.run, ASKED.digest
YES = replace(SAID, at_ms=START_MS)
NO = replace(YES, choice=Choice.DENY, by=CARL, reason="not today")


@pytest.fixture
def asked(networked: Service) -> Service:
    """A service in DynamoDB with one open request."""
    networked.gate.request_approval(ASKED)
    return networked


def refused(act: Callable[[], object]) -> Rule:
    """The rule that the act broke."""
    with pytest.raises(ApprovalRefused) as refusal:
        act()
    assert str(refusal.value.rule) in str(refusal.value)
    return refusal.value.rule


def use(service: Service, run: str = RUN, digest: str = DIGEST) -> Approval:
    """Use the approval up."""
    return service.gate.consume_approval(ID, run=run, digest=digest)


def stands(service: Service) -> Approval:
    """The request as the ledger has it."""
    found = service.gate.read_approval(ID)
    assert found is not None
    return found


def test_asking_twice_is_asking_once(asked: Service) -> None:
    """A retried state finds its request, even decided, and the first expiry stays."""
    asked.gate.decide_approval(ID, YES)
    again = asked.gate.request_approval(replace(ASKED, expires_ms=ASKED.expires_ms + 5_000))
    assert again.status is Status.APPROVED
    assert again.request == ASKED


def test_an_approval_is_used_once_by_its_run(asked: Service) -> None:
    """Again by the same run is the echo of a retry; by another it is refused."""
    asked.gate.decide_approval(ID, YES)
    for _ in range(2):
        assert use(asked).status is Status.CONSUMED
    assert refused(lambda: use(asked, run="operator-2")) is Rule.OTHER_PLAN


@pytest.mark.parametrize("run, digest", [("operator-2", DIGEST), (RUN, "b" * 64)])
def test_another_run_or_plan_cannot_use_it(asked: Service, run: str, digest: str) -> None:
    """And it stays usable for its own."""
    asked.gate.decide_approval(ID, YES)
    assert refused(lambda: use(asked, run, digest)) is Rule.OTHER_PLAN
    assert stands(asked).status is Status.APPROVED


def test_an_approval_that_is_too_old_cannot_be_used(asked: Service) -> None:
    """A yes counts for the world that it was given in."""
    asked.gate.decide_approval(ID, YES)
    asked.clock.pass_seconds(900)
    assert refused(lambda: use(asked)) is Rule.EXPIRED


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.VOID])
def test_what_is_closed_is_neither_decided_nor_used(asked: Service, status: Status) -> None:
    """Whether it was approved before or not."""
    asked.gate.decide_approval(ID, YES)
    assert asked.gate.void_approval(ID, status, "the world moved").status is status
    assert refused(lambda: asked.gate.decide_approval(ID, NO)) is Rule.NOT_OPEN
    assert refused(lambda: use(asked)) is Rule.NOT_OPEN


def test_what_was_used_or_denied_is_not_voided(asked: Service) -> None:
    """The record says what happened first."""
    asked.gate.decide_approval(ID, NO)
    assert asked.gate.void_approval(ID, Status.VOID, "too late").status is Status.DENIED


def test_the_requester_and_a_wrong_digest_change_nothing(asked: Service) -> None:
    """The rule is named, and the request stays open."""
    for said, rule_broken in (
        (replace(YES, by=ALICE), Rule.IS_THE_REQUESTER),
        (replace(YES, digest="b" * 64), Rule.OTHER_PLAN),
    ):
        with pytest.raises(ApprovalRefused) as refusal:
            asked.gate.decide_approval(ID, said)
        assert refusal.value.rule is rule_broken
    assert stands(asked).status is Status.OPEN


def test_what_was_never_asked_cannot_be_decided_used_or_closed(networked: Service) -> None:
    """No write creates a request."""
    gate = networked.gate
    assert refused(lambda: gate.decide_approval(ID, YES)) is Rule.UNKNOWN
    assert refused(lambda: use(networked)) is Rule.UNKNOWN
    assert refused(lambda: gate.void_approval(ID, Status.VOID, "")) is Rule.UNKNOWN
    assert gate.read_approval(ID) is None


def test_of_two_approvers_the_first_is_on_record(
    asked: Service, network: Network, replica: Any
) -> None:
    """The second is told, although the request was open when it was read."""
    other = Service(replica, name=asked.name)
    network.before = lambda: other.gate.decide_approval(ID, replace(YES, by=CARL))
    assert refused(lambda: asked.gate.decide_approval(ID, YES)) is Rule.NOT_OPEN
    assert "carl" in stands(asked).detail


def test_a_denial_between_look_and_use_keeps_the_run_back(
    asked: Service, network: Network, replica: Any
) -> None:
    """Deny wins until the very write that uses the approval."""
    asked.gate.decide_approval(ID, YES)
    other = Service(replica, name=asked.name)
    network.before = lambda: other.gate.decide_approval(ID, NO)
    assert refused(lambda: use(asked)) is Rule.NOT_OPEN
    assert stands(asked).status is Status.DENIED


def test_a_run_that_gives_up_while_somebody_approves_has_given_up(
    asked: Service, network: Network, replica: Any
) -> None:
    """The request is void when the approval arrives."""
    other = Service(replica, name=asked.name)
    network.before = lambda: other.gate.void_approval(ID, Status.VOID, "recovered")
    assert refused(lambda: asked.gate.decide_approval(ID, YES)) is Rule.NOT_OPEN


def test_a_decision_that_was_applied_but_not_answered_counts_once(
    asked: Service, network: Network
) -> None:
    """The second replica is asked and finds the decision made, by this very caller."""
    network.lose_answers = 1
    assert asked.gate.decide_approval(ID, YES).status is Status.APPROVED
    network.lose_answers = 1
    assert use(asked).status is Status.CONSUMED


def test_what_can_be_decided_is_listed_the_oldest_first(networked: Service) -> None:
    """Also what a run asked that began yesterday; not what is decided or expired."""
    gate, day_ms = networked.gate, 86_400_000
    ids = {
        name: approval_id(name, DIGEST, started_ms=START_MS - age)
        for name, age in (("new", 0), ("yesterdays", day_ms), ("denied", 0), ("old", 0))
    }
    for number, (name, one) in enumerate(ids.items()):
        expires_ms = START_MS if name == "old" else ASKED.expires_ms
        requested_ms = START_MS - (number if name == "yesterdays" else 0)
        gate.request_approval(
            replace(ASKED, id=one, run=name, requested_ms=requested_ms, expires_ms=expires_ms)
        )
    gate.decide_approval(ids["denied"], NO)
    assert [one.request.run for one in gate.undecided_approvals()] == ["yesterdays", "new"]


def test_a_request_that_lacks_something_is_reported_not_guessed(networked: Service) -> None:
    """A record that nobody of us wrote stops everything about it."""
    networked.gate.record(f"approval/{ID}", {"status": "open", "digest": DIGEST})
    with pytest.raises(Inconsistent, match="lacks or misshapes"):
        networked.gate.read_approval(ID)


class OneRequest(RuleBasedStateMachine):
    """Random interleavings of a run, three people and time on one request."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = SettableClock()
        self.gate = Gate(MemoryLedger(), self.clock)
        self.path: list[Status] = []

    @initialize()
    def ask(self) -> None:
        """The run asks."""
        self.path.append(self.gate.request_approval(ASKED).status)

    def note(self, act: Callable[[], object]) -> bool:
        """Do it, and whether it was accepted."""
        try:
            act()
        except ApprovalRefused:
            return False
        return True

    @rule(
        by=st.sampled_from([ALICE, BEA, CARL]),
        choice=st.sampled_from(Choice),
        digest=st.sampled_from([DIGEST, DIGEST, "b" * 64]),
        reason=st.sampled_from(["", "why"]),
    )
    def decide(self, by: Identity, choice: Choice, digest: str, reason: str) -> None:
        """A person decides."""
        said = replace(YES, by=by, choice=choice, digest=digest, reason=reason)
        if self.note(lambda: self.gate.decide_approval(ID, said)):
            assert digest == DIGEST
            assert (choice, by) != (Choice.APPROVE, ALICE)

    @rule(run=st.sampled_from([RUN, "operator-2"]), digest=st.sampled_from([DIGEST, "b" * 64]))
    def consume(self, run: str, digest: str) -> None:
        """A run tries to use it."""
        if self.note(lambda: self.gate.consume_approval(ID, run=run, digest=digest)):
            assert (run, digest) == (RUN, DIGEST)
            assert self.path[-1] in {Status.APPROVED, Status.CONSUMED}

    @rule(status=st.sampled_from([Status.EXPIRED, Status.VOID]))
    def void(self, status: Status) -> None:
        """The run gives up."""
        self.gate.void_approval(ID, status, "the world moved")

    @rule(seconds=st.sampled_from([1, 60, 600]))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.pass_seconds(seconds)

    @invariant()
    def it_only_goes_forward(self) -> None:
        """Open, perhaps approved, then one end that stays."""
        found = self.gate.read_approval(ID)
        if found is None:
            return
        if found.status is not self.path[-1]:
            self.path.append(found.status)
        ends = [one for one in self.path if one not in {Status.OPEN, Status.APPROVED}]
        assert len(ends) <= 1
        assert Status.CONSUMED not in self.path or Status.APPROVED in self.path


OneRequest.TestCase.settings = settings(max_examples=100, stateful_step_count=20)
TestOneRequest = OneRequest.TestCase
