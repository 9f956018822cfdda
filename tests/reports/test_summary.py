"""The first screen: what happened, was it mitigated, how long it took, what it cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopilot.reports.model import Milestones, Outcome, Part, Requests
from autopilot.reports.summary import arithmetic, facts, headline, outcome_of
from autopilot.reports.words import NARROW, NO_BREAK
from tests.reports.made_up import REQUESTS, STONES, comparison

FAULT = "eu-central-1/direct fails 30 %"


def plain(text: str) -> str:
    """With ordinary spaces."""
    return text.replace(NO_BREAK, " ").replace(NARROW, " ")


def test_a_mitigated_fault_is_told_in_one_sentence() -> None:
    """What, how long, and what it was good for."""
    assert plain(headline(FAULT, STONES, REQUESTS, 2)) == (
        f"{FAULT}: mitigated after 30 s, and 87.5 % of the requests that would have failed "
        "were spared."
    )


def test_what_was_not_mitigated_is_not_praised() -> None:
    """Even when some requests were spared, the sentence begins with the failure."""
    stones = Milestones(fault=60.0)
    assert outcome_of(stones) is Outcome.NOT_MITIGATED
    assert headline(FAULT, stones, REQUESTS, 1).startswith(f"{FAULT}: not mitigated by the end")


def test_a_quiet_day_says_so() -> None:
    """No fault, no change."""
    stones = Milestones()
    assert outcome_of(stones) is Outcome.UNHARMED
    assert headline("", stones, REQUESTS, 0) == "Nothing went wrong, and nothing was changed."


def test_a_fault_that_nobody_noticed_is_no_incident() -> None:
    """The error rate never left the objective."""
    stones = Milestones(fault=60.0, mitigated=60.0)
    assert outcome_of(stones) is Outcome.UNHARMED
    assert "clients noticed nothing" in headline(FAULT, stones, REQUESTS, 1)


def test_the_numbers_are_the_managers_four() -> None:
    """Time, cost, cost without, and the difference."""
    found = [(fact.label, plain(fact.value)) for fact in facts(STONES, REQUESTS, 1000, 300.0)]
    assert found == [
        ("Time to mitigate", "30 s"),
        ("Failed requests", "540"),
        ("Without automation", "4 320"),
        ("Spared", "87.5 %"),
    ]


def test_automation_that_made_it_worse_is_told_as_that() -> None:
    """The report is no advertisement."""
    worse = Requests(total=100, failed=9, total_without=100, failed_without=4)
    assert [fact.label for fact in facts(STONES, worse, 1000, 300.0)][-1] == "More than without"
    assert "spared" not in headline(FAULT, STONES, worse, 1)


def test_a_difference_of_chance_is_no_merit() -> None:
    """One request in hundreds of thousands is neither spared nor caused."""
    same = Requests(total=700_000, failed=38, total_without=700_000, failed_without=37)
    assert [fact.label for fact in facts(Milestones(), same, 1000, 300.0)][-1] == "Difference"


def test_a_sentence_begins_with_a_capital_and_a_route_does_not() -> None:
    """Names are written as they are."""
    stones = Milestones(fault=60.0)
    assert headline("routers fail", stones, REQUESTS, 0).startswith("Routers fail: ")
    assert headline(FAULT, stones, REQUESTS, 0).startswith("eu-central-1/direct")


def test_an_incident_has_no_other_world_to_compare_with() -> None:
    """Without a simulated day there are two numbers, not four."""
    alone = Requests(total=100, failed=9)
    labels = [fact.label for fact in facts(STONES, alone, 1000, 300.0)]
    assert labels == ["Time to mitigate", "Failed requests"]


def test_the_parts_add_up_to_the_time_to_mitigate() -> None:
    """What the measured parts leave open is named, and may be negative."""
    for measured in (20.0, 30.0, 34.0):
        parts = arithmetic([Part("alarm", measured)], STONES)
        assert sum(part.seconds for part in parts) == 30.0
        assert len(parts) == (1 if measured == 30.0 else 2)


def test_a_roll_out_is_measured_by_what_it_cost_against_the_better_preset() -> None:
    """A day on which nothing is rolled out always fails less, whoever rolls out."""
    worse = Requests(total=30_000, failed=73, total_without=30_000, failed_without=28)
    said = headline("the release fails", STONES, worse, 2, comparison())
    assert plain(said) == (
        "The release fails: mitigated after 30 s; the roll-out cost 45 failed requests, "
        "against 324 by the better preset, CanaryPreset."
    )
    found = [
        (fact.label, plain(fact.value), plain(fact.note))
        for fact in facts(STONES, worse, 1000, 300.0, comparison())
    ]
    assert found[2][0] == "Without the roll-out"
    assert found[3] == (
        "Cost of the roll-out", "45", "failed requests; 13.9 % of the 324 by CanaryPreset"
    )  # fmt: skip


@pytest.mark.parametrize("stones", [Milestones(), Milestones(fault=60.0)])
def test_what_a_roll_out_cost_is_told_however_it_ended(stones: Milestones) -> None:
    """Also when nothing went wrong, or it was never mitigated."""
    assert headline("", stones, REQUESTS, 2, comparison(1)).endswith(
        "; the roll-out cost 1 failed request, against 324 by the better preset, CanaryPreset."
    )


def test_a_roll_out_that_cost_more_than_the_preset_is_told_as_that() -> None:
    """The report is no advertisement here either."""
    compared = comparison(500)
    assert "cost 500 failed requests, against 324" in headline("", STONES, REQUESTS, 2, compared)
    assert "154.3 %" in plain([*facts(STONES, REQUESTS, 1000, 300.0, compared)][3].note)


def test_who_does_not_watch_is_no_preset_and_is_cut_only_when_it_hides_the_others() -> None:
    """The scale is that of strategies that one could choose."""
    compared = comparison()
    assert compared.better_preset == compared.peers[1]
    assert [compared.cuts(peer) for peer in compared.peers] == [False, False, True]
    assert compared.scale == 360
    modest = replace(compared, peers=[*compared.peers[:2], replace(compared.peers[2], caused=400)])
    assert not any(map(modest.cuts, modest.peers))
    assert modest.scale == 400
