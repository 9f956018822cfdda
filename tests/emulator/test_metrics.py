"""What is kept of a period is what is found by looking at all of its points again."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from autopilot_lab.emulator.metrics import Metrics, Statistics, metric_id

METRIC = metric_id("Service", "Requests", {"Region": "a"})
START = 1_767_600_000.0
SPAN_SECONDS = 2_400  #: with several of the pieces that long windows are made of

#: Instant of a point, or None; seconds that pass; start and length of the period that is read.
STEPS = st.lists(
    st.tuples(
        st.none() | st.integers(0, SPAN_SECONDS),
        st.sampled_from([0, 1, 3, 30, 120]),
        st.integers(0, SPAN_SECONDS // 10).map(lambda count: count * 10)
        | st.integers(0, SPAN_SECONDS),
        st.sampled_from([10, 30, 60, 300, 1_500]),
    ),
    max_size=30,
)


class Store:
    """Metrics under a clock of their own."""

    def __init__(self) -> None:
        self.now = START
        self.metrics = Metrics(lambda: self.now)

    def publish(self, at: float, now: float) -> None:
        """Store a point of high resolution."""
        self.now = now
        one = Statistics.of_values([at - START], [1.0])
        self.metrics.publish("a", METRIC, at, one, resolution_seconds=1)

    def read(self, start: float, seconds: int, now: float) -> Statistics | None:
        """The statistics of a period."""
        self.now = now
        return self.metrics.period("a", METRIC, start, seconds)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_a_period_reads_the_same_however_often_it_was_read(
    steps: list[tuple[int | None, int, int, int]],
) -> None:
    """Though points come late, and become visible later still."""
    store, now, published = Store(), START, []
    for at, passes, start, seconds in steps:
        now += passes
        if at is not None:
            store.publish(START + at, now)
            published.append((START + at, now))
        fresh = Store()
        for instant, when in published:
            fresh.publish(instant, when)
        expected = fresh.read(START + start, seconds, now)
        assert store.read(START + start, seconds, now) == expected
