"""What the tests of the procedures share: the reference profile, a ledger view, observations."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest

from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.profile import Profile
from autopilot.gate.ledger import LedgerView, initial_item
from autopilot.ports import Counts
from autopilot.procedures.observation import Observation, observe
from autopilot.procedures.preflight.move import Move

NOW_MS = 1_790_000_000_000
HOME, STANDBY = "eu-central-1", "eu-west-1"
PROFILE = Path(__file__).parents[2] / "layers" / "profile" / "profile" / "profile.toml"


class PublishedCounts:
    """Telemetry that answers with given counts: (requests, failures) by route."""

    def __init__(self, counts: Mapping[Route, tuple[int, int]]) -> None:
        """Routes that are left out have no data."""
        self._counts = counts

    def route_counts(
        self,
        routes: Sequence[Route],
        *,
        since_ms: int,
        until_ms: int,
        leave_out: Collection[str] = (),
    ) -> Mapping[Route, Counts]:
        """The same counts whatever the window, as new as its end."""
        assert since_ms <= until_ms
        assert not leave_out
        return {
            route: Counts(*self._counts[route], newest_ms=until_ms)
            if route in self._counts
            else Counts(0, 0, None)
            for route in routes
        }


@pytest.fixture(scope="session")
def profile() -> Profile:
    """The reference profile."""
    return Profile.load(PROFILE.read_text(encoding="utf-8"))


def view_of(allocation: Allocation) -> LedgerView:
    """A fresh ledger with this allocation."""
    return LedgerView.of(initial_item(allocation))


def observation_of(profile: Profile, counts: Mapping[Route, tuple[int, int]]) -> Observation:
    """What a minute with these counts looks like."""
    return observe(
        PublishedCounts(counts),
        tuple(profile.proven),
        profile.thresholds,
        since_ms=NOW_MS - 60_000,
        now_ms=NOW_MS,
    )


def all_well(profile: Profile, requests: int = 24_000) -> dict[Route, tuple[int, int]]:
    """Counts of a minute in which every route in use answered, by its baseline share."""
    return {
        route: (requests * percent // 100, 0)
        for route, percent in profile.baseline().weights.items()
    }


def move_of(profile: Profile, *, lost: bool = False, runs_in: str = STANDBY) -> Move:
    """From home to the standby."""
    return Move.of(
        profile,
        STANDBY,
        lost=HOME if lost else None,
        reachable=False,
        runs_in=runs_in,
        holder="our-run",
        now_ms=NOW_MS,
    )


@pytest.fixture
def move(profile: Profile) -> Move:
    """A move that somebody chose."""
    return move_of(profile)


@pytest.fixture
def loss(profile: Profile) -> Move:
    """A move because home is lost."""
    return move_of(profile, lost=True)
