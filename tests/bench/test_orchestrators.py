"""Routing controls under single faults: what docs/failover.md says of the peer and of us."""

from __future__ import annotations

from bench.failover import described, play
from bench.rotation_peer import CALLS

BOTH = "eu-central-1+eu-west-1"


def test_an_endpoint_that_goes_down_confuses_the_peer_and_not_us() -> None:
    """Three of five faults leave the published orchestrator with both regions open, or the old."""
    profile, _ = described()
    home, standby = profile.regions.home, profile.regions.standby
    outcomes = [play(number, "not done") for number in range(1, CALLS + 1)]
    assert [each.theirs for each in outcomes] == [standby, standby, BOTH, BOTH, home]
    assert [each.ours for each in outcomes] == [standby] * CALLS
