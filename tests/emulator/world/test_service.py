"""The simulated service: who is served, who fails, what is published, and at what speed."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from autopilot.domain.allocation import VersionedAllocation
from autopilot_lab.emulator.world.faults import FaultKind
from autopilot_lab.emulator.world.service import Metrics, Surroundings
from tests.emulator.world.service_models import (
    BASELINE,
    FAR_DIRECT,
    FAR_MCP,
    HOME_DIRECT,
    HOME_MCP,
    fault,
    model,
    service,
)

DRAINED = BASELINE.move(HOME_DIRECT, {FAR_DIRECT: 60})
BROWNOUT = fault(FaultKind.ROUTE_ERROR_RATE, 0.3, start=60, route=HOME_DIRECT)


def drain_at(second: int) -> Surroundings:
    """Routers read a drained allocation from some second on."""
    seen = {"polls": 0}

    def read(_region: str) -> VersionedAllocation:
        seen["polls"] += 1
        due = seen["polls"] * 5 / 2 > second  # two routers, a poll every 5 s each
        return VersionedAllocation(1, 2 if due else 1, DRAINED if due else BASELINE)

    return Surroundings(read_allocation=read)


def test_the_same_seed_gives_the_same_clients_with_and_without_intervention() -> None:
    """Arrivals do not depend on what the automation does."""
    with_it = service(faults=BROWNOUT, surroundings=drain_at(120)).run(600)
    without = service(faults=BROWNOUT).run(600)
    assert [s.requests for s in with_it.samples] == [s.requests for s in without.samples]
    assert with_it.failures < without.failures


def test_until_the_first_intervention_the_failures_are_the_same_too() -> None:
    """Common random numbers: the difference of two runs is what was done."""
    with_it = service(faults=BROWNOUT, surroundings=drain_at(120)).run(110)
    without = service(faults=BROWNOUT).run(110)
    assert with_it.between(0, 110) == without.between(0, 110)
    assert without.failures > 0


def test_another_seed_is_another_day() -> None:
    """Seeds matter."""
    assert service(seed=1).run(60).requests != service(seed=2).run(60).requests


def test_a_failing_route_fails_its_share_of_its_requests() -> None:
    """30 % of 60 % of the requests, and none elsewhere."""
    series = service(faults=BROWNOUT).run(660)
    requests, failures = series.between(60, 660)
    assert failures / requests == pytest.approx(0.18, rel=0.02)
    assert set(series.samples[-1].route_failures) == {HOME_DIRECT}


def test_what_is_above_capacity_fails_and_the_rest_slows_down() -> None:
    """A route at half its needs fails half of its requests; latency grows."""
    halved = fault(FaultKind.ROUTE_CAPACITY_FACTOR, 0.5, start=0, route=HOME_DIRECT)
    calm = service(model(capacity=1000.0)).run(300).samples[-1]
    crowded = service(model(capacity=240.0), halved).run(300).samples[-1]
    rate = crowded.route_failures[HOME_DIRECT] / crowded.route_requests[HOME_DIRECT]
    assert rate == pytest.approx(0.5, abs=0.05)
    assert crowded.p95_latency_ms is not None
    assert calm.p95_latency_ms is not None
    assert crowded.p95_latency_ms > calm.p95_latency_ms


def test_a_slow_route_answers_late_but_answers() -> None:
    """Latency is not an error."""
    slow = fault(FaultKind.ROUTE_LATENCY_FACTOR, 4.0, route=HOME_DIRECT)
    series = service(faults=slow).run(60)
    assert series.failures == 0
    assert (series.samples[-1].p95_latency_ms or 0) > 2000


def test_a_lost_region_fails_its_clients_and_its_routes() -> None:
    """Its router answers nobody, and the other router's requests to it fail."""
    lost = fault(FaultKind.REGION_LOST, region="eu-central-1")
    series = service(faults=lost).run(60)
    assert series.failures / series.requests == pytest.approx(0.9 + 0.1 * 0.9, rel=0.01)
    assert set(series.samples[-1].route_requests) == {HOME_DIRECT, HOME_MCP, FAR_DIRECT, FAR_MCP}


def test_clients_leave_a_region_that_does_not_admit_them() -> None:
    """After the TTL all of them are served elsewhere, and nobody fails."""
    lost = fault(FaultKind.REGION_LOST, region="eu-west-1")
    far_closed = Surroundings(admitted=lambda region: region != "eu-west-1")
    home_only = BASELINE.move(FAR_DIRECT, {HOME_DIRECT: 5}).move(FAR_MCP, {HOME_MCP: 5})
    series = service(model(allocation=home_only), lost, surroundings=far_closed).run(120)
    assert series.between(0, 30)[1] > 0
    assert series.between(30, 120)[1] == 0


def test_routers_publish_every_ten_seconds_what_they_sent_and_what_failed() -> None:
    """Per router and route; together they are all requests of the period."""
    published: list[Sequence[Metrics]] = []
    running = service(faults=BROWNOUT, surroundings=Surroundings(publish=published.append))
    series = running.run(120)
    flat = [metrics for batch in published for metrics in batch]
    assert {m.end_seconds for m in flat} == set(range(10, 121, 10))
    assert {m.region for m in flat} == {"eu-central-1", "eu-west-1"}
    assert sum(m.requests for m in flat) == series.requests
    assert sum(m.failures for m in flat) == series.failures
    assert all(sum(n for _, n in m.latencies_ms) == m.requests for m in flat)
    assert flat[0].dimensions == {
        "Service": "hybrid-routing",
        "Region": "eu-central-1",
        "Path": "direct",
    }


def test_when_metrics_stop_requests_go_on() -> None:
    """Silence about a route says nothing about the route."""
    published: list[Sequence[Metrics]] = []
    silent = fault(FaultKind.METRICS_STOP, start=30)
    series = service(faults=silent, surroundings=Surroundings(publish=published.append)).run(90)
    assert {m.end_seconds for batch in published for m in batch} == {10, 20}
    assert series.requests == pytest.approx(90 * 400, rel=0.05)


def test_routers_read_every_five_seconds_and_take_up_what_they_read() -> None:
    """A drained route gets nothing within five seconds of the write."""
    polls: list[str] = []

    def read(region: str) -> VersionedAllocation:
        polls.append(region)
        return VersionedAllocation(1, 2, DRAINED)

    series = service(surroundings=Surroundings(read_allocation=read)).run(20)
    assert sorted(polls) == ["eu-central-1"] * 4 + ["eu-west-1"] * 4
    assert HOME_DIRECT not in series.samples[1].route_requests
    assert series.samples[1].allocation == DRAINED


def test_load_follows_its_factor() -> None:
    """Twice the clients, twice the requests."""
    doubled = fault(FaultKind.LOAD_FACTOR, 2.0, start=100)
    series = service(faults=doubled).run(200)
    before, after = series.between(0, 100)[0], series.between(100, 200)[0]
    assert after / before == pytest.approx(2.0, rel=0.03)


def test_four_virtual_hours_take_less_than_two_seconds() -> None:
    """Fast enough to play every drill twice."""
    started = time.process_time()
    service(faults=BROWNOUT).run(4 * 3600)
    assert time.process_time() - started < 2.0
