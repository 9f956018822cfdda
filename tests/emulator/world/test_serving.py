"""A route answers up to its capacity, lets a little wait, and turns away the rest."""

from __future__ import annotations

import pytest

from autopilot_lab.emulator.world.draws import poisson, stream
from autopilot_lab.emulator.world.faults import Conditions
from autopilot_lab.emulator.world.serving import WAIT_MS_MAX, RouteModel, RouteServer
from tests.emulator.world.service_models import HOME_DIRECT

CALM = Conditions()


def server(capacity: float) -> RouteServer:
    """A faultless route of 350 ms."""
    return RouteServer(RouteModel(HOME_DIRECT, capacity, 350.0, 0.0))


def test_below_capacity_nothing_fails_and_nothing_waits() -> None:
    """However long it goes on."""
    route = server(100.0)
    waits, failed = zip(*(route.serve(80, CALM) for _ in range(100)), strict=True)
    assert set(failed) == {0.0}
    assert max(waits) == pytest.approx(350 * 1.32)


def test_a_burst_waits_and_does_not_fail() -> None:
    """A second's worth above capacity finds room in the queue, and is worked off."""
    route = server(100.0)
    burst_ms, burst_failed = route.serve(200, CALM)
    assert (burst_ms > 1000, burst_failed) == (True, 0.0)
    assert route.serve(0, CALM)[0] == 350.0


def test_a_quiet_route_is_not_overloaded_by_chance() -> None:
    """Two requests a second on a route for three: hours without a failure."""
    route, arrivals = server(3.0), stream(1, "quiet")
    shares = [route.serve(poisson(2.0, arrivals(second)), CALM)[1] for second in range(7200)]
    assert sum(share > 0 for share in shares) < 10


def test_lasting_overload_turns_away_what_is_above_capacity() -> None:
    """Twice the capacity: half fails, once the queue is full, and the rest waits long."""
    route = server(100.0)
    wait_ms, failed = [route.serve(200, CALM) for _ in range(60)][-1]
    assert wait_ms == pytest.approx(350 * 1.5 + 2000)
    assert failed == pytest.approx(0.5)


def test_without_any_capacity_everything_fails() -> None:
    """And waiting stays bounded."""
    route = server(100.0)
    dead = Conditions(capacity_factor={HOME_DIRECT: 0.0})
    waits, failed = zip(*(route.serve(50, dead) for _ in range(10)), strict=True)
    assert failed[-1] == pytest.approx(1.0)
    assert max(waits) <= 350 * 1.5 + WAIT_MS_MAX
