"""Conditions at a second are those of the faults that are on."""

from __future__ import annotations

from autopilot_lab.emulator.world.faults import FaultKind, FaultTimeline, WorldFault
from tests.emulator.world.service_models import FAR_DIRECT, HOME_DIRECT, fault


def test_a_fault_is_on_from_its_start_to_before_its_end() -> None:
    """Both ends to the second."""
    timeline = fault(FaultKind.ROUTE_ERROR_RATE, 0.3, start=10, end=20, route=HOME_DIRECT)
    rates = [timeline.conditions_at(t).error_rate.get(HOME_DIRECT) for t in (9, 10, 19, 20)]
    assert rates == [None, 0.3, 0.3, None]


def test_a_fault_without_an_end_stays() -> None:
    """For good."""
    timeline = fault(FaultKind.REGION_LOST, start=5, region="eu-west-1")
    assert timeline.conditions_at(10**6).lost_regions == {"eu-west-1"}


def test_of_two_faults_of_one_kind_the_later_wins() -> None:
    """And the earlier is back when the later ends."""
    kind = FaultKind.ROUTE_ERROR_RATE
    timeline = FaultTimeline(
        [
            WorldFault(kind, 20, 30, HOME_DIRECT, value=0.9),
            WorldFault(kind, 0, 99, HOME_DIRECT, value=0.1),
        ]
    )
    rates = [timeline.conditions_at(t).error_rate[HOME_DIRECT] for t in (0, 25, 30)]
    assert rates == [0.1, 0.9, 0.1]


def test_metrics_stop_for_one_route_or_for_all() -> None:
    """A fault that names no route silences everything."""
    one = fault(FaultKind.METRICS_STOP, route=HOME_DIRECT).conditions_at(0)
    assert (one.publishes(HOME_DIRECT), one.publishes(FAR_DIRECT)) == (False, True)
    assert not fault(FaultKind.METRICS_STOP).conditions_at(0).publishes(FAR_DIRECT)


def test_the_first_fault_is_the_earliest() -> None:
    """In whatever order they are written; none without faults."""
    kind = FaultKind.LOAD_FACTOR
    timeline = FaultTimeline([WorldFault(kind, 50, value=2.0), WorldFault(kind, 20, value=3.0)])
    assert (timeline.first_seconds, FaultTimeline([]).first_seconds) == (20, None)
