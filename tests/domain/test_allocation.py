"""Allocations as people meet them."""

from __future__ import annotations

from typing import Any

import pytest

from autopilot.domain.allocation import Allocation, Route, VersionedAllocation
from autopilot.errors import BadInput

DIRECT, MCP = Route("eu-central-1", "direct"), Route("eu-central-1", "mcp")
FAR = Route("eu-west-1", "mcp")
SHARES = {DIRECT: 60, MCP: 30, FAR: 10}


def test_an_allocation_lists_all_routes_in_order() -> None:
    """Zeros are kept, because a route at zero is still a route."""
    allocation = Allocation.of({FAR: 0, DIRECT: 100})
    assert list(allocation.weights.items()) == [(DIRECT, 100), (FAR, 0)]
    assert allocation.to_dict() == {"eu-central-1/direct": 100, "eu-west-1/mcp": 0}


def test_the_compact_form_names_each_region_once_and_leaves_zeros_out() -> None:
    """Journal entries hold two of these within 384 bytes."""
    assert Allocation.of(SHARES).compact() == "eu-central-1/direct=60,mcp=30 eu-west-1/mcp=10"
    assert Allocation.of({FAR: 0, DIRECT: 100}).compact() == "eu-central-1/direct=100"


@pytest.mark.parametrize(
    "text", ["eu-central-1/other=100", "eu-central-1/direct", "eu-central-1/direct=-1", "100"]
)
def test_a_compact_form_of_another_service_is_refused(text: str) -> None:
    """A route that the service does not have, or a share that is no number, is no allocation."""
    with pytest.raises(BadInput, match="share: expected one of eu-central-1/direct"):
        Allocation.from_compact(text, [DIRECT, MCP])


def test_a_wrong_sum_is_refused_with_both_sums() -> None:
    """The message says what was expected and what came."""
    with pytest.raises(BadInput, match="sum of percents: expected 100, got 90"):
        Allocation.of({DIRECT: 60, MCP: 30})


@pytest.mark.parametrize("share", [101, -1, 50.0, True, "50", None])
def test_a_share_that_is_no_whole_percent_is_refused(share: Any) -> None:
    """Fractions, truth values and text are never rounded or read as numbers."""
    with pytest.raises(BadInput, match="eu-central-1/direct: expected a whole percent"):
        Allocation.of({DIRECT: share, MCP: 50})


def test_every_wrong_share_is_named_at_once() -> None:
    """One refusal, all problems."""
    with pytest.raises(BadInput) as refused:
        Allocation.of({DIRECT: 130, MCP: -30})
    assert [problem.key for problem in refused.value.problems] == [str(DIRECT), str(MCP)]


@pytest.mark.parametrize(
    "text", ["", "direct", "eu-central-1/", "/direct", "EU/direct", "eu-central-1/a/b", "x/y", 7]
)
def test_a_route_is_written_region_slash_path(text: str) -> None:
    """Anything else is refused with an example."""
    with pytest.raises(BadInput, match="such as eu-central-1/direct"):
        Route.parse(text)


def test_a_route_reads_back_what_it_writes() -> None:
    """`str` and `parse` are inverse."""
    assert Route.parse(str(DIRECT)) == DIRECT


def test_a_route_of_another_service_is_refused() -> None:
    """Asking for it names the routes there are."""
    with pytest.raises(BadInput, match="one of eu-central-1/direct, eu-central-1/mcp"):
        Allocation.of(SHARES).percent(Route("us-east-1", "direct"))


def test_no_route_at_all_is_no_allocation() -> None:
    """An empty selector is an error, never "all"."""
    with pytest.raises(BadInput, match="expected 100, got 0"):
        Allocation.of({})


def test_allocations_over_different_routes_have_no_distance() -> None:
    """A profile that lost a route must not compare as if nothing had happened."""
    with pytest.raises(BadInput, match="routes"):
        Allocation.of(SHARES).total_moved(Allocation.of({DIRECT: 100}))


def test_points_below_nothing_are_refused() -> None:
    """A move backwards is a move from the other route."""
    with pytest.raises(BadInput, match="points: expected whole numbers from 0"):
        Allocation.of(SHARES).move(DIRECT, {MCP: -1})


def test_a_restored_ledger_is_newer_than_any_version_before() -> None:
    """A router compares the epoch first."""
    allocation = Allocation.of(SHARES)
    restored, older = VersionedAllocation(2, 1, allocation), VersionedAllocation(1, 9, allocation)
    assert restored.order > older.order
