"""Plays a scenario: the product in the embedded AWS, the service in the world, and both connected.

Then once more without the product, on the same seed, to see what it was good for.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from autopilot.errors import Refused
from autopilot_lab.drill.collection import collect
from autopilot_lab.drill.connection import LedgerReads, publisher
from autopilot_lab.drill.evidence import Evidence, Note
from autopilot_lab.drill.installation import Installation, install
from autopilot_lab.drill.live.moment import SLICE_SECONDS, Moment, Watch
from autopilot_lab.drill.peers import play_peers
from autopilot_lab.drill.reading import ReadScenario
from autopilot_lab.drill.result import DrillResult, check
from autopilot_lab.drill.simulation import WARM_UP_SECONDS, simulate, start_allocation, unautomated
from autopilot_lab.drill.timeline import (
    FAULTS,
    Action,
    CallsFail,
    EngageLever,
    NewRelease,
    StartRun,
    TimelineEvent,
)
from autopilot_lab.emulator.clock import Task
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.faults import Fault
from autopilot_lab.emulator.world.service import SimulatedService, Surroundings

#: Every drill starts on a Monday morning: 2026-01-05, 08:00 UTC.
START: Final = 1_767_600_000.0


@dataclass(slots=True)
class _Operators:
    """What operators did, and what they were told."""

    installation: Installation
    notes: list[Note]
    tasks: list[Task]

    def follow(self, timeline: tuple[TimelineEvent, ...]) -> None:
        """Do everything on the timeline at its instant; faults are only noted."""
        for number, event in enumerate(timeline):
            if isinstance(event, FAULTS):
                self._note("fault", event.at, event.sentence())
                if event.until is not None:
                    self._note("fault", event.until, f"over: {event.sentence()}")
            else:
                self._note("operator", event.at, event.sentence())
                self._schedule(event, number)

    def _note(self, kind: Literal["fault", "operator"], at: int, text: str) -> None:
        self.notes.append(Note(float(at), kind, text))

    def _schedule(self, event: Action, number: int) -> None:
        action = self._action(event, number)
        self.tasks.append(
            self.installation.aws.scheduler.spawn(
                lambda: self._do(event.at, action),
                name=f"operator {number}: {event.event}",
                delay_seconds=START + event.at - self.installation.aws.scheduler.now,
            )
        )

    def _do(self, at: int, action: Callable[[], object]) -> None:
        try:
            action()
        except Refused as refusal:
            self._note("operator", at, f"refused: {refusal}")

    def _action(self, event: Action, number: int) -> Callable[[], object]:
        installation = self.installation
        if isinstance(event, StartRun):
            region = event.region or installation.profile.regions.home
            name = f"operator-{event.runbook.replace('_', '-')}-{number}"
            return lambda: installation.start_run(
                event.runbook, event.input, region=region, name=name
            )
        if isinstance(event, NewRelease):
            return lambda: installation.releases.roll_out(event)
        if isinstance(event, CallsFail):
            return lambda: installation.aws.faults.add(_fault(event))
        act = installation.gate.engage_lever if isinstance(event, EngageLever) else None
        act = act or installation.gate.resume
        return lambda: act(by=event.by, reason=event.reason)


def _fault(event: CallsFail) -> Fault:
    return Fault(event.service, event.operation, event.region, event.how, until=START + event.until)


def run_drill(read: ReadScenario, *, seed: int, watch: Watch | None = None) -> DrillResult:
    """Play the scenario with this seed. The same seed gives the same result, byte for byte.

    `watch` is shown the drill every half second of virtual time, and changes nothing.
    """
    started = time.perf_counter()
    with _uncollected():
        evidence = _play(read, seed, watch)
    return DrillResult(
        scenario=read.scenario,
        seed=seed,
        evidence=evidence,
        checked=check(read.scenario, evidence),
        wall_seconds=time.perf_counter() - started,
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without searches for circular garbage: most of what a drill makes lives to its end."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _play(read: ReadScenario, seed: int, watch: Watch | None) -> Evidence:
    scenario, profile = read.scenario, read.profile
    without = unautomated(scenario, profile, seed=seed)
    regions = profile.regions
    with (
        TemporaryDirectory() as folder,
        EmbeddedAws(
            start=START - WARM_UP_SECONDS,
            seed=seed,
            regions=(regions.home, regions.standby, regions.observer),
        ) as aws,
    ):
        start = start_allocation(scenario, profile)
        installation = install(aws, profile, read.profile_text, start, Path(folder))
        operators = _Operators(installation, [], [])
        operators.follow(scenario.timeline)
        service = simulate(
            scenario,
            profile,
            seed=seed,
            surroundings=_surroundings(installation),
        )
        life = aws.scheduler.spawn(lambda: _live(aws, service, scenario.horizon), name="world")
        if watch is not None:
            first = Moment(read, seed, START, 0, installation, service, without, operators.notes)
            _show(first, watch)
        aws.scheduler.run_until(START + scenario.horizon)
        _raise_errors([life, *operators.tasks])
        return collect(
            installation,
            scenario,
            service,
            start=START,
            notes=operators.notes,
            unautomated=without,
            peers=play_peers(scenario, profile, seed=seed),
        )


def _show(first: Moment, watch: Watch) -> None:
    """Run the drill in slices, and show it to `watch` after each."""
    scheduler = first.installation.aws.scheduler
    slices = round((first.read.scenario.horizon + WARM_UP_SECONDS) / SLICE_SECONDS)
    for number in range(1, slices + 1):
        second = number * SLICE_SECONDS - WARM_UP_SECONDS
        scheduler.run_until(START + second)
        watch(replace(first, second=second))


def _surroundings(installation: Installation) -> Surroundings:
    reads = LedgerReads(table=installation.ledger_table, service=installation.profile.service.name)
    return Surroundings(
        read_allocation=reads.allocation,
        publish=publisher(installation.aws.metrics, start=START),
        failing=installation.releases.failing,
    )


def _live(aws: EmbeddedAws, service: SimulatedService, seconds: int) -> None:
    """The world's own task: one tick each second of virtual time, up to `seconds`."""
    while service.second < seconds:
        aws.scheduler.sleep(START + service.second - aws.scheduler.now)
        service.tick()
    aws.scheduler.sleep(START + seconds - aws.scheduler.now)
    service.finish()


def _raise_errors(tasks: list[Task]) -> None:
    """A drill whose own machinery broke has no result."""
    for task in tasks:
        if task.error is not None:
            raise RuntimeError(f"{task.name} broke") from task.error
