"""A router keeps the newest allocation it has seen and gives each route its exact share."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.allocation import Allocation, VersionedAllocation
from autopilot_lab.emulator.world.router import Router
from tests.emulator.world.service_models import BASELINE, FAR_DIRECT, HOME_DIRECT

MOVED = BASELINE.move(HOME_DIRECT, {FAR_DIRECT: 50})


def held(epoch: int, version: int, allocation: Allocation = BASELINE) -> VersionedAllocation:
    """An allocation as the ledger holds it."""
    return VersionedAllocation(epoch, version, allocation)


def test_a_newer_version_is_taken_up() -> None:
    """And the router remembers when."""
    router = Router("eu-central-1", start=held(1, 1))
    assert router.poll(held(1, 2, MOVED), 17)
    assert router.held == held(1, 2, MOVED)
    assert router.taken_up == [(17, held(1, 2, MOVED))]


def test_an_older_version_of_the_same_epoch_is_ignored() -> None:
    """A stale read must not bring back what a retreat took away."""
    router = Router("eu-central-1", start=held(1, 3, MOVED))
    assert not router.poll(held(1, 2), 5)
    assert router.held == held(1, 3, MOVED)


def test_a_new_epoch_counts_more_than_any_version() -> None:
    """After the ledger was restored, versions begin again."""
    router = Router("eu-central-1", start=held(1, 900))
    assert router.poll(held(2, 1, MOVED), 5)


def test_what_cannot_be_read_changes_nothing() -> None:
    """The last good allocation is kept."""
    router = Router("eu-central-1", start=held(1, 1))
    assert not router.poll(None, 5)
    assert router.held == held(1, 1)


@given(st.lists(st.integers(0, 500), max_size=40))
def test_every_request_goes_somewhere_and_shares_are_exact(seconds: list[int]) -> None:
    """Over any stretch a route's count is within a few requests of its share."""
    router = Router("eu-central-1", start=held(1, 1))
    spreads = [router.spread(requests) for requests in seconds]
    assert [sum(spread) for spread in spreads] == seconds
    assert all(count >= 0 for spread in spreads for count in spread)
    totals = [sum(column) for column in zip(*spreads, strict=True)] or [0, 0, 0, 0]
    exact = [sum(seconds) * percent / 100 for percent in BASELINE.weights.values()]
    assert all(abs(got - want) < 3 for got, want in zip(totals, exact, strict=True))


@given(st.integers(0, 99))
def test_of_every_hundred_requests_a_route_gets_its_percent(start: int) -> None:
    """Wherever the hundred begins."""
    router = Router("eu-central-1", start=held(1, 1))
    router.spread(start)
    assert router.spread(100) == list(BASELINE.weights.values())


def test_a_route_at_zero_percent_gets_nothing() -> None:
    """Not one request, however many there are."""
    router = Router("eu-central-1", start=held(1, 1, BASELINE.move(HOME_DIRECT, {FAR_DIRECT: 60})))
    assert sum(router.spread(997)[0] for _ in range(50)) == 0
