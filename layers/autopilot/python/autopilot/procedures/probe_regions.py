"""Every minute, in every vantage: probes each region and a control target, tells what it saw.

Time is divided into slots of one interval, the same everywhere; each has one probe of each target.
A call works through the slots of one minute, from the one that it begins in. It may begin late:
slots that are over are missing, never made up for. It may begin twice: two calls in a row go on
where the other ended, and two at once do not exist, because the function's concurrency is one.

Metrics and the ledger do not wait for each other: whichever fails is tried again in the next slot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from autopilot.domain.probes import (
    CONTROL,
    RECORD_PREFIX,
    Outcome,
    ProbeObservation,
    ProbeResult,
    Track,
    resumed,
)
from autopilot.domain.verdict import State
from autopilot.errors import BadInput, Transient
from autopilot.ports import ProbePoint

if TYPE_CHECKING:
    from autopilot.domain.profile import Profile
    from autopilot.gate.gate import Gate
    from autopilot.ports import Clock, ProbeMetrics, Prober, Sleeper

_MINUTE_SECONDS: Final = 60
#: Good results may wait: while all is well an alarm needs some data, not all of it at once.
POINTS_HELD_SECONDS: Final = 30
#: CloudWatch takes older points too, but no alarm looks back further than this.
POINTS_KEPT_MAX: Final = 100


class ProbeDependencies(Protocol):
    """The ports of a vantage."""

    @property
    def region(self) -> str:
        """The vantage: the region the procedure runs in."""
        ...

    @property
    def clock(self) -> Clock:
        """Tells the time."""
        ...

    @property
    def sleeper(self) -> Sleeper:
        """Lets time pass."""
        ...

    @property
    def gate(self) -> Gate:
        """Keeps the observation."""
        ...

    @property
    def profile(self) -> Profile:
        """Says what is probed, and how."""
        ...

    @property
    def prober(self) -> Prober:
        """Looks."""
        ...

    @property
    def probe_metrics(self) -> ProbeMetrics:
        """Publishes in the vantage's own region."""
        ...


@dataclass(slots=True)
class Memory:
    """What a vantage remembers from one call to the next, for as long as its process lives."""

    tracks: dict[str, Track] = field(default_factory=dict)
    last_slot: int = -1
    unpublished: list[ProbePoint] = field(default_factory=list)
    recorded: Mapping[str, State] | None = None  #: states in the ledger, as far as is known


def watch(dependencies: ProbeDependencies, memory: Memory) -> dict[str, Any]:
    """Probe for a minute; say how it went. Raises nothing for what does not answer."""
    vantage = _Vantage(dependencies, memory)
    rounds = vantage.work()
    return {
        "vantage": dependencies.region,
        "rounds": rounds,
        "states": {name: track.known.state.value for name, track in memory.tracks.items()},
        "unpublished": len(memory.unpublished),
        "recorded": memory.recorded == vantage.states,
    }


class _Vantage:
    """One call's work."""

    def __init__(self, ports: ProbeDependencies, memory: Memory) -> None:
        self._ports = ports
        self._memory = memory
        self._urls = ports.profile.probes.urls
        self._rules = ports.profile.probes.rules
        self._slot_ms = self._rules.interval_seconds * 1000
        self._is_recorded = True  #: whether the ledger has what the last round saw

    @property
    def states(self) -> dict[str, State]:
        """What is said of each target now."""
        return {name: track.known.state for name, track in self._memory.tracks.items()}

    def work(self) -> int:
        """All slots of a minute that are not over or done; returns how many those were."""
        if not self._memory.tracks:
            self._resume()
        first, rounds = self._slot(), 0
        end = first + _MINUTE_SECONDS // self._rules.interval_seconds
        slot = max(first, self._memory.last_slot + 1)
        while slot < end:
            self._wait_for(slot)
            self._round(slot)
            slot, rounds = max(slot + 1, self._slot()), rounds + 1
        self._publish()
        if not self._is_recorded:
            self._record()
        return rounds

    def _slot(self) -> int:
        return self._ports.clock.now_ms() // self._slot_ms

    def _wait_for(self, slot: int) -> None:
        left_ms = slot * self._slot_ms - self._ports.clock.now_ms()
        if left_ms > 0:
            self._ports.sleeper.sleep(left_ms / 1000)

    def _round(self, slot: int) -> None:
        self._memory.last_slot, self._is_recorded = slot, False
        results = self._ports.prober.probe(self._urls)
        self._follow(results)
        self._keep(results, slot)
        if not (self._is_quiet(results) and self._may_wait()):
            self._publish()
        if self.states != self._memory.recorded:
            self._record()

    def _follow(self, results: Mapping[str, ProbeResult]) -> None:
        now_ms = self._ports.clock.now_ms()
        for name, result in results.items():
            track = self._memory.tracks.get(name, Track())
            self._memory.tracks[name] = track.after(result, now_ms, self._rules)

    # -- metrics -------------------------------------------------------------------------------

    def _keep(self, results: Mapping[str, ProbeResult], slot: int) -> None:
        """A point stands in its slot's period, whenever the probe ended; none was sent, none is."""
        self._memory.unpublished += [
            ProbePoint(name, slot * self._slot_ms, failed=result.outcome is Outcome.FAILED)
            for name, result in results.items()
            if result.outcome is not Outcome.REFUSED
        ]
        del self._memory.unpublished[:-POINTS_KEPT_MAX]

    def _publish(self) -> None:
        if not self._memory.unpublished:
            return
        try:
            self._ports.probe_metrics.publish(self._memory.unpublished)
        except Transient:
            return  # they are kept, and go with the next slot's
        self._memory.unpublished = []

    def _is_quiet(self, results: Mapping[str, ProbeResult]) -> bool:
        """Nothing failed just now, and no target is coming back from a failure."""
        good = all(result.outcome is Outcome.GOOD for result in results.values())
        return good and all(
            track.known.state is State.HEALTHY and not track.known.failed
            for track in self._memory.tracks.values()
        )

    def _may_wait(self) -> bool:
        """Never longer than the call, after which the process may be gone."""
        points = self._memory.unpublished
        held_ms = points[-1].at_ms - points[0].at_ms + self._slot_ms if points else 0
        return held_ms < POINTS_HELD_SECONDS * 1000

    # -- the ledger ----------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return f"{RECORD_PREFIX}{self._ports.region}"

    def _record(self) -> None:
        tracks = self._memory.tracks
        observation = ProbeObservation(
            targets={name: tracks[name].known for name in self._urls if name != CONTROL},
            control=tracks[CONTROL].known,
            observed_ms=self._ports.clock.now_ms(),
        )
        try:
            self._ports.gate.record(self._name, observation.to_record(), once=False)
        except Transient:
            self._memory.recorded = None  # written or not: the next slot writes again
            return
        self._memory.recorded, self._is_recorded = self.states, True

    def _resume(self) -> None:
        """After a cold start: go on from the own record, if there is one and it is fresh."""
        try:
            record = self._ports.gate.find_record(self._name)
            observation = ProbeObservation.from_record(record) if record else None
        except (Transient, BadInput):
            return
        if observation is not None:
            now_ms = self._ports.clock.now_ms()
            known = resumed(observation, now_ms, self._rules)
            self._memory.tracks = {name: known[name] for name in self._urls if name in known}
            self._memory.recorded = self.states
