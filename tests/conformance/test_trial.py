"""How a trial ends, and that nothing it made survives it."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot_lab.conformance.belief import Assertion, Belief, Danger, Gap, Source
from autopilot_lab.conformance.places import Lab
from autopilot_lab.conformance.run import Run
from autopilot_lab.conformance.sandbox import Sandbox
from autopilot_lab.conformance.trial import Verdict, try_all, try_one
from autopilot_lab.conformance.verdicts import NotShown, Violated, check, equal, refused

GAP = Gap(lab="it accepts", closed_by="refuse", danger=Danger.SAFETY)


def made_up(assertion: Assertion | None, **settings: Any) -> Belief:
    """A belief of no consequence."""
    source = Source("a page", "https://docs.aws.amazon.com/")
    return Belief(
        id="made-up",
        statement="It holds.",
        source=source,
        breaks="nothing",
        assertion=assertion,
        **settings,
    )


def holds(_: Sandbox) -> None:
    """Raise nothing."""


def violates(_: Sandbox) -> None:
    """Find something accepted that should not be."""
    raise Violated("the call was accepted")


def cannot_tell(_: Sandbox) -> None:
    """Find that this place has no answer."""
    raise NotShown("no second principal")


def test_an_assertion_that_raises_nothing_holds(run: Run) -> None:
    """No violation, no reason."""
    result = try_one(made_up(holds), run)
    assert (result.verdict, result.reason) == (Verdict.HELD, "")


def test_a_violation_says_what_was_seen(run: Run) -> None:
    """The message of the violation is the reason."""
    result = try_one(made_up(violates), run)
    assert (result.verdict, result.reason) == (Verdict.VIOLATED, "the call was accepted")


def test_an_assertion_may_say_that_it_cannot_tell(run: Run) -> None:
    """Not shown is not held."""
    result = try_one(made_up(cannot_tell), run)
    assert (result.verdict, result.reason) == (Verdict.NOT_SHOWN, "no second principal")


def test_an_unexpected_refusal_is_a_violation(run: Run) -> None:
    """What the assertion did not reckon with is not taken for a belief that holds."""

    def stumble(sandbox: Sandbox) -> None:
        sandbox.client("dynamodb").describe_table(TableName="nobody")

    result = try_one(made_up(stumble), run)
    assert result.verdict is Verdict.VIOLATED
    assert "ResourceNotFoundException" in result.reason


def test_an_answer_of_another_shape_is_a_violation(run: Run) -> None:
    """A missing field ends this trial, and not the run."""

    def misread(sandbox: Sandbox) -> None:
        sandbox.client("dynamodb").list_tables()["Tables"]

    result = try_one(made_up(misread), run)
    assert (result.verdict, result.reason) == (
        Verdict.VIOLATED,
        "unexpected: KeyError: 'Tables'",
    )


def test_a_documented_belief_is_not_tried(run: Run) -> None:
    """Its verdict gives the reason, and pretends nothing."""
    result = try_one(made_up(None, untried="it takes days"), run)
    assert result.verdict is Verdict.NOT_SHOWN
    assert result.reason == "documented only: it takes days"


def test_what_an_account_alone_shows_is_not_tried_in_the_lab(run: Run) -> None:
    """The assertion is not even called."""
    result = try_one(made_up(violates, account_only="a price"), run)
    assert (result.verdict, result.reason) == (Verdict.NOT_SHOWN, "an account shows it: a price")


def test_a_known_gap_is_not_a_violation(run: Run) -> None:
    """It is told as what it is, and does not fail the run."""
    result = try_one(made_up(violates, gap=GAP), run)
    assert result.verdict is Verdict.NOT_SHOWN
    assert result.reason == "known gap of the lab: it accepts"


def test_a_gap_that_closed_asks_to_be_unmarked(run: Run) -> None:
    """The belief holds, and the result says that its mark is out of date."""
    result = try_one(made_up(holds, gap=GAP), run)
    assert (result.verdict, result.reason) == (
        Verdict.HELD,
        "the gap has closed: remove its mark",
    )


def test_another_violation_does_not_pass_for_the_gap(run: Run) -> None:
    """Only the violation that the gap describes is the gap."""

    def differently(_: Sandbox) -> None:
        raise Violated("the table could not be made")

    assert try_one(made_up(differently, gap=GAP), run).verdict is Verdict.VIOLATED


def test_a_failed_trial_removes_what_it_made(run: Run, lab: Lab) -> None:
    """The table is gone although the assertion failed after making it."""
    made = []

    def fail_late(sandbox: Sandbox) -> None:
        made.append(sandbox.table())
        raise Violated("too late")

    try_one(made_up(fail_late), run)
    tables = lab.client("dynamodb", lab.regions.home).list_tables()["TableNames"]
    assert made[0] not in tables


def test_what_is_made_is_tagged(run: Run) -> None:
    """Somebody who finds a leftover can tell whose it is."""
    with Sandbox(run) as sandbox:
        client, name = sandbox.client("dynamodb"), sandbox.table()
        arn = client.describe_table(TableName=name)["Table"]["TableArn"]
        tags = client.list_tags_of_resource(ResourceArn=arn)["Tags"]
    assert tags == [{"Key": "created-by", "Value": "autopilot-conformance"}]


def test_what_cannot_be_removed_is_named(run: Run) -> None:
    """The result carries it, and the rest is removed all the same."""

    def leave(sandbox: Sandbox) -> None:
        client, name = sandbox.client("dynamodb"), sandbox.table()
        client.delete_table(TableName=name)

    result = try_one(made_up(leave), run)
    assert result.verdict is Verdict.HELD
    [leftover] = result.leftovers
    assert leftover.startswith("table belief-")


def test_the_shared_table_is_removed_with_the_last_result(lab: Lab) -> None:
    """Beliefs share one strongly consistent table; a run takes it away at its end."""
    names = []

    def use(sandbox: Sandbox) -> None:
        names.append(sandbox.run.strong_table())

    results = list(try_all([made_up(use), made_up(use)], lab))
    assert [result.leftovers for result in results] == [(), ()]
    assert names[0] == names[1]
    assert names[0] not in lab.client("dynamodb", lab.regions.home).list_tables()["TableNames"]


def test_an_accepted_call_is_a_violation(lab: Lab) -> None:
    """`refused` passes for a refusal with the named code only."""
    client = lab.client("dynamodb", lab.regions.home)
    with pytest.raises(Violated, match="list_tables was accepted"):
        refused(client.list_tables, "ValidationException")
    with pytest.raises(Violated, match="ResourceNotFoundException instead of Other"):
        refused(client.describe_table, "Other", TableName="nobody")
    refused(client.describe_table, "ResourceNotFoundException", TableName="nobody")


def test_a_check_says_what_was_expected_and_got() -> None:
    """The words of a violation are enough to see what happened."""
    with pytest.raises(Violated, match="states: expected 3, got 2"):
        equal(2, 3, "states")
    with pytest.raises(Violated, match="no states"):
        check([], "no states")
