"""A minute in a vantage, under a clock that moves only when somebody sleeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pytest

from autopilot.domain.permit import Permit
from autopilot.domain.probes import CONTROL, Outcome, ProbeObservation, ProbeResult
from autopilot.domain.profile import Profile
from autopilot.domain.verdict import State
from autopilot.domain.writes import ConditionalWrite
from autopilot.errors import Transient
from autopilot.gate.gate import Gate
from autopilot.ports import ProbePoint, Record
from autopilot.procedures.probe_regions import POINTS_KEPT_MAX, Memory, watch

MINUTE_MS: Final = 1_790_000_040_000  #: the start of a minute
VANTAGE: Final = "eu-west-3"
HOME, STANDBY = "eu-central-1", "eu-west-1"
EVERYTHING: Final = frozenset({HOME, STANDBY, CONTROL})


class VirtualTime:
    """A clock, and the sleep that moves it."""

    def __init__(self, now_ms: int) -> None:
        """Begin at that instant."""
        self.at_ms = now_ms

    def now_ms(self) -> int:
        """The present instant."""
        return self.at_ms

    def sleep(self, seconds: float) -> None:
        """Move it."""
        assert seconds > 0
        self.at_ms += round(seconds * 1000)


class World:
    """Everything a vantage needs: what it probes, publishes and records is kept here."""

    region = VANTAGE

    def __init__(self, profile: Profile, *, now_ms: int = MINUTE_MS) -> None:
        """All is well."""
        self.profile = profile
        self.clock = self.sleeper = VirtualTime(now_ms)
        self.gate = Gate(self, self.clock)
        self.prober = self.probe_metrics = self
        self.dead: Callable[[], frozenset[str]] = frozenset
        self.outcome = Outcome.FAILED
        self.metrics_down = self.ledger_down = False
        self.probe_seconds = 0.0
        self.probed_ms: list[int] = []
        self.published: list[tuple[int, Sequence[ProbePoint]]] = []
        self.records: dict[str, dict[str, Any]] = {}
        self.written_ms: list[int] = []

    def probe(self, urls: Mapping[str, str]) -> Mapping[str, ProbeResult]:
        """Whatever is dead has the outcome that is set."""
        assert urls == self.profile.probes.urls
        self.probed_ms.append(self.clock.at_ms)
        dead = self.dead()
        if self.probe_seconds:
            self.clock.sleep(self.probe_seconds)
        return {
            name: ProbeResult(self.outcome, "answered 503")
            if name in dead
            else ProbeResult(Outcome.GOOD)
            for name in urls
        }

    def publish(self, points: Sequence[ProbePoint]) -> None:
        """Keep them, with the instant."""
        if self.metrics_down:
            message = "CloudWatch took no metrics"
            raise Transient(message)
        self.published.append((self.clock.at_ms, list(points)))

    def read(self, record: str, *, consistent: bool = True) -> Record | None:
        """A record as it stands."""
        assert consistent
        self._answer()
        return self.records.get(record)

    def query(self, prefix: str, *, limit: int = 100) -> Sequence[Record]:
        """Nobody asks for it."""
        raise AssertionError((prefix, limit))

    def write(self, write: ConditionalWrite, permit: Permit) -> Record:
        """Set the fields of a record."""
        permit.demand(write)
        self._answer()
        fields = {each.path[0]: each.value for each in write.sets}
        self.records.setdefault(write.record, {}).update(fields)
        self.written_ms.append(self.clock.at_ms)
        return self.records[write.record]

    def _answer(self) -> None:
        if self.ledger_down:
            message = "the ledger did not answer"
            raise Transient(message)

    @property
    def observation(self) -> ProbeObservation:
        """The vantage's record."""
        return ProbeObservation.from_record(self.records[f"probes/{VANTAGE}"])

    @property
    def points(self) -> list[ProbePoint]:
        """Everything that was published, in order."""
        return [point for _, points in self.published for point in points]


@pytest.fixture
def world(profile: Profile) -> World:
    """At the start of a minute, with everything well."""
    return World(profile)


def minutes(world: World, *numbers: int, memory: Memory | None = None) -> dict[str, Any]:
    """One call at the start of each of these minutes, or as soon as it can; the last answer."""
    memory = memory or Memory()
    answer: dict[str, Any] = {}
    for number in numbers:
        world.clock.at_ms = max(world.clock.at_ms, MINUTE_MS + number * 60_000)
        answer = watch(world, memory)
    return answer


def test_a_call_probes_every_ten_seconds_for_a_minute(world: World) -> None:
    """Six rounds, each at the start of its slot, and over before the next call begins."""
    answer = minutes(world, 0)

    assert world.probed_ms == [MINUTE_MS + second * 1000 for second in range(0, 60, 10)]
    assert answer["rounds"] == 6
    assert answer["states"] == dict.fromkeys(EVERYTHING, "healthy")


def test_good_points_are_published_by_the_half_minute(world: World) -> None:
    """Twice a minute is enough for alarms of 60 s that have nothing to tell, and costs a third."""
    minutes(world, 0, 1, 2)

    assert [at for at, _ in world.published[-2:]] == [
        MINUTE_MS + 120_000 + second * 1000 for second in (20, 50)
    ]
    assert len(world.points) == 3 * 6 * 3
    assert not any(point.failed for point in world.points)


def test_every_probe_has_one_point_in_the_period_of_its_slot(world: World) -> None:
    """Also one that took long: the alarm's periods are the slots."""
    world.probe_seconds = 3.0
    minutes(world, 0, 1)

    for target in EVERYTHING:
        at = [point.at_ms for point in world.points if point.target == target]
        assert at == [MINUTE_MS + second * 1000 for second in range(0, 120, 10)]


def test_a_failed_probe_is_published_at_once_with_what_was_held_back(world: World) -> None:
    """An alarm that has to go off in time cannot wait for the half minute."""
    memory = Memory()
    minutes(world, 0, 1, memory=memory)
    world.published.clear()
    world.dead = lambda: frozenset({HOME}) if len(world.probed_ms) > 13 else frozenset()

    minutes(world, 2, memory=memory)

    first_at, first = world.published[0]
    assert first_at == MINUTE_MS + 130_000
    assert [(p.target, p.failed) for p in first if p.target == HOME] == [
        (HOME, False),
        (HOME, True),
    ]
    assert len(world.published) == 5


def test_a_verdict_is_recorded_as_soon_as_it_changes(world: World) -> None:
    """And else once a minute, so that a silent vantage can be told from a contented one."""
    memory = Memory()
    minutes(world, 0, 1, 2, memory=memory)
    assert [at - MINUTE_MS for at in world.written_ms[1:]] == [50_000, 110_000, 170_000]
    world.dead = lambda: frozenset({HOME})
    world.written_ms.clear()

    minutes(world, 3, memory=memory)

    assert world.observation.targets[HOME].state is State.UNHEALTHY
    assert world.observation.targets[STANDBY].state is State.HEALTHY
    assert [at - MINUTE_MS for at in world.written_ms] == [200_000, 230_000]


def test_a_dead_ledger_stops_neither_probes_nor_metrics(world: World) -> None:
    """The record is written in the first slot in which the ledger answers again."""
    memory = Memory()
    world.ledger_down = True
    world.dead = lambda: frozenset({HOME})

    answer = minutes(world, 0, 1, memory=memory)

    assert answer["rounds"] == 6
    assert answer["recorded"] is False
    assert sum(point.failed for point in world.points) == 12
    world.ledger_down = False
    minutes(world, 2, memory=memory)
    assert world.written_ms[0] == MINUTE_MS + 120_000
    assert world.observation.targets[HOME].state is State.UNHEALTHY


def test_dead_metrics_stop_neither_probes_nor_records(world: World) -> None:
    """What could not be published waits, up to a bound, and goes with the next slot's."""
    memory = Memory()
    world.metrics_down = True
    world.dead = lambda: frozenset({HOME})

    answer = minutes(world, *range(10), memory=memory)

    assert world.observation.targets[HOME].state is State.UNHEALTHY
    assert answer["unpublished"] == POINTS_KEPT_MAX
    world.metrics_down = False
    minutes(world, 10, memory=memory)
    assert len(world.published[0][1]) == POINTS_KEPT_MAX
    assert memory.unpublished == []


def test_a_call_that_starts_late_leaves_out_what_is_over(world: World) -> None:
    """A slot that nobody probed is missing: it is never made up for by two in the next."""
    world.clock.at_ms += 25_000
    memory = Memory()

    watch(world, memory)

    assert [at - MINUTE_MS for at in world.probed_ms] == [
        25_000, 30_000, 40_000, 50_000, 60_000, 70_000,
    ]  # fmt: skip
    slots = {point.at_ms for point in [*world.points, *memory.unpublished]}
    assert min(slots) == MINUTE_MS + 20_000


def test_a_call_that_starts_early_goes_on_where_the_last_one_ended(world: World) -> None:
    """No slot is probed twice, and none is left out between the two."""
    memory = Memory()
    watch(world, memory)
    world.clock.at_ms = MINUTE_MS + 59_900

    watch(world, memory)

    assert [at - MINUTE_MS for at in world.probed_ms] == [*range(0, 110_000, 10_000)]


def test_an_event_that_comes_twice_probes_nothing_twice(world: World) -> None:
    """The second call begins when the first has ended, in the slot that is done already."""
    memory = Memory()
    watch(world, memory)

    watch(world, memory)

    assert len(set(world.probed_ms)) == len(world.probed_ms) == 11


def test_a_slow_round_costs_the_slots_that_it_covers(world: World) -> None:
    """A vantage that falls behind does not go on falling behind into the next minute."""
    world.probe_seconds = 14.0

    answer = minutes(world, 0)

    assert answer["rounds"] == 5
    assert world.clock.at_ms == MINUTE_MS + 70_000


def test_a_cold_start_takes_the_count_up_from_the_ledger(world: World) -> None:
    """A new process would else need a minute to say again what is known."""
    world.dead = lambda: frozenset({HOME})
    minutes(world, 0)
    since_ms = world.observation.targets[HOME].since_ms
    world.clock.at_ms = MINUTE_MS + 60_000

    watch(world, Memory())

    assert world.observation.targets[HOME].state is State.UNHEALTHY
    assert world.observation.targets[HOME].since_ms == since_ms
    assert not [at for at in world.written_ms if MINUTE_MS + 60_000 < at < MINUTE_MS + 110_000]


@pytest.mark.parametrize("found", [None, {"targets": "?"}, {"observed_ms": 5}])
def test_a_record_that_cannot_be_read_is_replaced(world: World, found: Any) -> None:
    """What stood there is no reason not to look."""
    if found is not None:
        world.records[f"probes/{VANTAGE}"] = found

    minutes(world, 0)

    assert world.observation.control.state is State.HEALTHY


def test_a_probe_that_our_rules_forbid_is_published_as_nothing(world: World) -> None:
    """Neither a failure, which would set an alarm off, nor a success, which would end one."""
    world.dead, world.outcome = (lambda: frozenset({HOME})), Outcome.REFUSED

    minutes(world, 0)

    assert HOME not in {point.target for point in world.points}
    assert world.observation.targets[HOME].state is State.UNKNOWN
