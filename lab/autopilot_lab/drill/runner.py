"""Plays a scenario: the product in the embedded AWS, the service in the world, and both connected.

Then once more without the product, on the same seed, to see what it was good for.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from autopilot_lab.drill.collection import OtherWorlds, collect
from autopilot_lab.drill.connection import LedgerReads, publisher
from autopilot_lab.drill.events.event import Fault
from autopilot_lab.drill.evidence import Evidence, Note
from autopilot_lab.drill.health_endpoints import serve_health
from autopilot_lab.drill.incident_channel import serve_incident_channel
from autopilot_lab.drill.installation import Installation, install
from autopilot_lab.drill.live.moment import SLICE_SECONDS, Moment, Watch
from autopilot_lab.drill.peers import play_peers
from autopilot_lab.drill.reading import ReadScenario
from autopilot_lab.drill.records import Records
from autopilot_lab.drill.release_peers import play_release_peers
from autopilot_lab.drill.result import DrillResult, check
from autopilot_lab.drill.simulation import (
    WARM_UP_SECONDS,
    peak_per_minute,
    simulate,
    start_allocation,
    unautomated,
)
from autopilot_lab.drill.stage import Stage
from autopilot_lab.drill.timeline import TimelineEvent
from autopilot_lab.drill.writers import Writers
from autopilot_lab.emulator.clock import Task
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.emulator.world.service import SimulatedService, Surroundings

#: Every drill starts on a Monday morning: 2026-01-05, 08:00 UTC.
START: Final = 1_767_600_000.0


def _follow(stage: Stage, timeline: tuple[TimelineEvent, ...], notes: list[Note]) -> None:
    """Let everything on the timeline happen at its instant, and note it."""
    for number, event in enumerate(timeline):
        kind: Literal["fault", "operator"] = "fault" if isinstance(event, Fault) else "operator"
        notes.append(Note(float(event.at), kind, event.sentence()))
        if isinstance(event, Fault) and event.until is not None:
            notes.append(Note(float(event.until), kind, f"over: {event.sentence()}"))
        event.play(stage, number)


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
        installation.models.size(peak_per_minute(scenario))
        serve_health(aws, profile, installation.public_path)
        serve_incident_channel(aws, profile)
        notes: list[Note] = []
        stage = Stage(
            installation,
            START,
            tasks=[],
            note=lambda at, text: notes.append(Note(float(at), "operator", text)),
        )
        _follow(stage, scenario.timeline, notes)
        service = simulate(
            scenario,
            profile,
            seed=seed,
            surroundings=_surroundings(installation),
        )
        writers = Writers(aws, profile, table=installation.ledger_table)
        installation.public_path.takes_writes = writers.takes
        installation.public_path.conditions = lambda: service.faults.conditions_at(service.second)
        life = aws.scheduler.spawn(
            lambda: _live(aws, service, writers, scenario.horizon), name="world"
        )
        if watch is not None:
            first = Moment(read, seed, START, 0, installation, service, without, notes)
            _show(first, watch)
        aws.scheduler.run_until(START + scenario.horizon)
        _raise_errors([life, *stage.tasks])
        aws.faults.clear()  # what is read back must answer
        return collect(
            installation,
            scenario,
            service,
            start=START,
            notes=notes,
            others=OtherWorlds(
                without,
                play_peers(scenario, profile, seed=seed),
                play_release_peers(scenario, profile, seed=seed),
            ),
            taking_writes=tuple((at, taking) for at, taking in writers.taking if at >= 0),
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
    reads = LedgerReads(
        installation.aws,
        table=installation.ledger_table,
        service=installation.profile.service.name,
    )
    return Surroundings(
        read_allocation=reads.allocation,
        publish=publisher(installation.aws.metrics, start=START, used=installation.models.count),
        admitted=Records(installation.regions, installation.admitted).admit,
        failing=installation.releases.failing,
    )


def _live(aws: EmbeddedAws, service: SimulatedService, writers: Writers, seconds: int) -> None:
    """The world's own task: one tick each second of virtual time, up to `seconds`."""
    while service.second < seconds:
        aws.scheduler.sleep(START + service.second - aws.scheduler.now)
        writers.tick(service.second)
        service.tick()
    aws.scheduler.sleep(START + seconds - aws.scheduler.now)
    service.finish()


def _raise_errors(tasks: list[Task]) -> None:
    """A drill whose own machinery broke has no result."""
    for task in tasks:
        if task.error is not None:
            raise RuntimeError(f"{task.name} broke") from task.error
