"""Each belief, tried in the lab; and what a belief must say about itself."""

from __future__ import annotations

from collections import Counter

import pytest

from autopilot_lab.conformance.belief import Belief
from autopilot_lab.conformance.catalogue import beliefs
from autopilot_lab.conformance.run import Run
from autopilot_lab.conformance.trial import Verdict, try_one

SHOWN = [one for one in beliefs() if one.shown_by_the_lab]
GAPS = [one for one in beliefs() if one.gap is not None]


@pytest.mark.parametrize("belief", SHOWN, ids=lambda one: one.id)
def test_the_lab_behaves_as_aws_does(belief: Belief, run: Run) -> None:
    """The belief holds, and its trial leaves nothing behind."""
    result = try_one(belief, run)
    assert (result.verdict, result.reason) == (Verdict.HELD, "")
    assert result.leftovers == ()


@pytest.mark.parametrize("belief", GAPS, ids=lambda one: one.id)
def test_a_known_gap_is_still_there(belief: Belief, run: Run) -> None:
    """The lab violates the belief in the way that docs/fidelity.md says. Closed? Unmark it."""
    assert belief.gap is not None
    result = try_one(belief, run)
    assert result.reason == f"known gap of the lab: {belief.gap.lab}"
    assert result.verdict is Verdict.NOT_SHOWN
    assert result.leftovers == ()


def test_every_belief_has_an_id_of_its_own() -> None:
    """No id stands for two beliefs."""
    doubles = [name for name, times in Counter(one.id for one in beliefs()).items() if times > 1]
    assert doubles == []


@pytest.mark.parametrize("belief", beliefs(), ids=lambda one: one.id)
def test_a_belief_says_what_it_is(belief: Belief) -> None:
    """One sentence, a source with its address, what breaks, and a reason when nothing tries it."""
    assert belief.statement.endswith(".")
    assert belief.source.address.startswith(("https://docs.aws.amazon.com/", "https://github.com/"))
    assert belief.breaks
    assert bool(belief.untried) is not belief.tried
    assert belief.breaks[-1] != "."


def test_no_belief_is_marked_twice() -> None:
    """A gap is for what the lab tries; what an account alone shows is not tried there."""
    assert [one.id for one in beliefs() if one.gap and one.account_only] == []
