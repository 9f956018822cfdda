"""The checker finds what is wrong: broken exporters, routers and runs do not get past it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from autopilot.domain.allocation import Allocation, VersionedAllocation
from autopilot.gate.ledger import initial_item
from autopilot_lab.assurance.aftermath import Aftermath, Ran
from autopilot_lab.assurance.invariants import INVARIANTS, broken_by

ROUTES = ("eu-central-1/direct", "eu-west-1/direct")
START = Allocation.of(dict(zip(ROUTES, (100, 0), strict=True)))
MOVED = Allocation.of(dict(zip(ROUTES, (90, 10), strict=True)))
ENTRY: Mapping[str, Any] = {
    "id": "a",
    "act": "contain",
    "epoch": 1,
    "version": 2,
    "before": START.compact(),
    "after": MOVED.compact(),
    "cause": {"at_ms": 1_000, "by": "contain_route", "why": "an alarm"},
}
HELD: Mapping[str, Any] = {"holder": "a-run", "runbook": "", "fence": 1, "expires_ms": 0}


def sound() -> Aftermath:
    """After one contain that went well."""
    return Aftermath(
        start=START,
        item={**initial_item(MOVED), "version": 2},
        exported=[ENTRY],
        waiting=[],
        trail_faults=[],
        runs=[Ran("a-run", "traffic-ramp", "SUCCEEDED", "")],
        records={},
        followed={"eu-central-1": [VersionedAllocation(1, 2, MOVED)]},
        pages=[],
        by_hand=False,
        came_to_rest=True,
    )


def with_item(**changed: Any) -> Aftermath:
    """The sound aftermath, with some of the ledger item changed."""
    return replace(sound(), item={**sound().item, **changed})


def with_entry(**changed: Any) -> Aftermath:
    """The sound aftermath, with something changed in its entry."""
    return replace(sound(), exported=[{**ENTRY, **changed}])


BROKEN: Mapping[str, tuple[str, Callable[[], Aftermath]]] = {
    "it never ends": (
        "everything came to rest",
        lambda: replace(sound(), came_to_rest=False),
    ),
    "weights of 110": (
        "the allocation sums to a hundred",
        lambda: with_item(allocation={**MOVED.to_dict(), ROUTES[1]: 20}),
    ),
    "a share below 0": (
        "the allocation sums to a hundred",
        lambda: with_item(allocation={ROUTES[0]: 110, ROUTES[1]: -10}),
    ),
    "a route is gone": (
        "the allocation sums to a hundred",
        lambda: with_item(allocation={ROUTES[0]: 100}),
    ),
    "an allocation out of nowhere": (
        "the allocation is one that was planned",
        lambda: with_item(allocation={ROUTES[0]: 55, ROUTES[1]: 45}),
    ),
    "a run that moved something and never said how it ended": (
        "who changed something says how it ended",
        lambda: replace(
            with_entry(cause={**ENTRY["cause"], "by": "a-run"}),
            records={"a-run": {"plan": {}, "outcome": ""}},
        ),
    ),
    "the lease is kept": (
        "the lease is free",
        lambda: with_item(lease=HELD),
    ),
    "an entry was dropped": (
        "every effect has exactly one entry",
        lambda: replace(sound(), exported=[]),
    ),
    "an entry was exported and kept": (
        "every effect has exactly one entry",
        lambda: replace(sound(), waiting=[ENTRY]),
    ),
    "an effect without an entry": (
        "every effect has exactly one entry",
        lambda: with_item(version=3),
    ),
    "an entry that began elsewhere": (
        "the entries tell the whole story",
        lambda: with_entry(before=MOVED.compact()),
    ),
    "a broken chain": (
        "the trail verifies",
        lambda: replace(sound(), trail_faults=["eu-central-1: line 1"]),
    ),
    "a router that steps back": (
        "routers never step back",
        lambda: replace(
            sound(),
            followed={
                "eu-central-1": [VersionedAllocation(1, 2, MOVED), VersionedAllocation(1, 1, START)]
            },
        ),
    ),
    "a router that was left behind": (
        "routers follow the ledger",
        lambda: replace(sound(), followed={"eu-central-1": []}),
    ),
    "a run that died in silence": (
        "people know unless it succeeded",
        lambda: replace(sound(), runs=[Ran("a-run", "traffic-ramp", "ABORTED", "")]),
    ),
    "two regions that take writes": (
        "at most one region takes writes",
        lambda: replace(
            sound(),
            taking_writes=[
                (0, frozenset({"eu-central-1", "eu-west-1"})),
                (1, frozenset({"eu-west-1"})),
            ],
        ),
    ),
    "nobody takes writes any more": (
        "somebody takes writes",
        lambda: replace(sound(), taking_writes=[(0, frozenset({"eu-west-1"})), (9, frozenset())]),
    ),
    "an effect after the stop lever": (
        "nothing happens after the stop lever",
        lambda: with_item(lever={"engaged": True, "reason": "", "by": "", "at_ms": 999}),
    ),
}


def test_a_sound_aftermath_breaks_nothing() -> None:
    """The starting point of every broken one below."""
    assert broken_by(sound()) == []


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_aftermath_is_found(case: str) -> None:
    """By the invariant that is about it, by name."""
    invariant, broken = BROKEN[case]
    found = broken_by(broken())
    assert [each for each in found if each.startswith(f"{invariant}: ")], found


def test_every_invariant_has_been_seen_to_break() -> None:
    """One that never finds anything would look the same as one that holds."""
    elsewhere = {"the allocation is where the outcome says"}  # needs a plan: tests of mutants
    named = {invariant.__name__.replace("_", " ") for invariant in INVARIANTS}
    assert named - elsewhere == {invariant for invariant, _ in BROKEN.values()}


def test_an_effect_before_the_stop_lever_is_nothing_to_complain_about() -> None:
    """The lever stops what comes, not what was."""
    engaged = {"engaged": True, "reason": "", "by": "", "at_ms": 1_001}
    assert broken_by(with_item(lever=engaged)) == []


def test_a_refusal_that_its_operator_sees_pages_nobody() -> None:
    """It changed nothing, and its reason stands on the console."""
    refused = replace(
        sound(),
        item=initial_item(START),
        exported=[],
        followed={},
        runs=[Ran("a-run", "traffic-ramp", "FAILED", "Refused")],
    )
    assert broken_by(replace(refused, by_hand=True)) == []
    assert len(broken_by(refused)) == 1
