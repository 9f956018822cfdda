"""Clients follow a change of admission as their cached DNS answers expire."""

from __future__ import annotations

import pytest

from autopilot_lab.emulator.world.dns import ClientShares

NATURAL = {"eu-central-1": 0.9, "eu-west-1": 0.1}


def after(shares: ClientShares, seconds: int, *, home: bool, far: bool) -> list[float]:
    """The shares during the last of some seconds under one admission."""
    for _ in range(seconds):
        last = shares.next_second((home, far))
    return list(last)


def test_while_all_regions_admit_clients_spread_naturally() -> None:
    """From the first second on."""
    assert after(ClientShares(NATURAL, ttl_seconds=30), 1, home=True, far=True) == [0.9, 0.1]


def test_half_a_ttl_later_half_of_the_clients_have_left() -> None:
    """Caches were filled evenly, so they expire evenly."""
    shares = ClientShares(NATURAL, ttl_seconds=30)
    assert after(shares, 15, home=False, far=True) == pytest.approx([0.45, 0.55])


def test_a_whole_ttl_later_nobody_is_left() -> None:
    """Exactly nobody, so that a lost region costs nothing from then on."""
    shares = ClientShares(NATURAL, ttl_seconds=30)
    assert after(shares, 30, home=False, far=True) == [0.0, 1.0]


def test_when_no_region_admits_dns_answers_as_if_all_did() -> None:
    """As Route 53 does when every record of a set is unhealthy."""
    shares = ClientShares(NATURAL, ttl_seconds=30)
    assert after(shares, 60, home=False, far=False) == pytest.approx([0.9, 0.1])


def test_clients_come_back_the_same_way() -> None:
    """A change in the middle of a TTL is a mixture of both answers."""
    shares = ClientShares(NATURAL, ttl_seconds=10)
    after(shares, 10, home=False, far=True)
    assert after(shares, 5, home=True, far=True) == pytest.approx([0.45, 0.55])
