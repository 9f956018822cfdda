"""A served lab from start to stop: the embedded AWS, the product in it, and its front door."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

from autopilot_lab.drill.health_endpoints import serve_health
from autopilot_lab.drill.installation import STAGE, Installation, install
from autopilot_lab.drill.project import ROOT, find_scenario
from autopilot_lab.drill.reading import ReadScenario, read_scenario
from autopilot_lab.drill.simulation import WARM_UP_SECONDS, peak_per_minute, start_allocation
from autopilot_lab.emulator.cloud import EmbeddedAws
from autopilot_lab.serve.control import Control
from autopilot_lab.serve.exchange import Inbox, Stop
from autopilot_lab.serve.front_door import FrontDoor
from autopilot_lab.serve.greeting import greeting
from autopilot_lab.serve.listener import HOST, listening
from autopilot_lab.serve.loop import Loop, Pace, RealPace, StandingPace
from autopilot_lab.serve.settings import Clock, Settings
from autopilot_lab.serve.traffic import Traffic, open_traffic

#: The day whose clients a served lab has; nothing goes wrong on it but what somebody breaks.
DAY = "quiet-day"

#: What the greeting tells clients to sign with; function URLs look at it.
ACCESS_KEY = "lab"


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `say` prints a line.

    Must run in the main thread. Raises `BadInput` when the port is taken.
    """
    inbox: Inbox = SimpleQueue()
    read = read_scenario(find_scenario(DAY))
    with (
        listening(settings.port, inbox) as port,
        TemporaryDirectory() as folder,
        _lab(read, settings) as aws,
    ):
        endpoint = f"http://{HOST}:{port}"
        aws.services.callers.add_operator(ACCESS_KEY)
        installation = _install(aws, read, Path(folder))
        traffic = _warm_up(installation, read, settings) if settings.traffic else None
        door = FrontDoor(
            aws.calls,
            endpoint=endpoint,
            region=read.profile.regions.home,
            control=Control(aws.scheduler, settings.clock, traffic).answer,
            urls=aws.services.url_invocations.answer,
        )
        for line in greeting(installation, settings, endpoint):
            say(line)
        with _stopped_by_signals(inbox):
            Loop(aws.scheduler, inbox, door.answer).run(_pace(settings, aws))


def _lab(read: ReadScenario, settings: Settings) -> EmbeddedAws:
    """The embedded AWS of the profile's regions; when it is warm it is the present there."""
    regions = read.profile.regions
    ahead = WARM_UP_SECONDS if settings.traffic else 0
    return EmbeddedAws(
        start=time.time() - ahead,
        seed=settings.seed,
        regions=(regions.home, regions.standby, regions.observer),
    )


def _install(aws: EmbeddedAws, read: ReadScenario, folder: Path) -> Installation:
    """Foundation, home and standby as a drill does, then the observer."""
    profile = read.profile
    start = start_allocation(read.scenario, profile)
    installation = install(aws, profile, read.profile_text, start, folder)
    installation.models.size(peak_per_minute(read.scenario))
    serve_health(aws, profile, installation.public_path)
    aws.deploy(
        ROOT / "template.yaml",
        stack=f"{profile.service.name}-observer",
        region=profile.regions.observer,
        parameters={
            "Role": "observer",
            "Service": profile.service.name,
            "Stage": STAGE,
            "LedgerTable": installation.ledger_table,
            "LedgerRegions": f"{profile.regions.home},{profile.regions.standby}",
        },
    )
    return installation


def _warm_up(installation: Installation, read: ReadScenario, settings: Settings) -> Traffic:
    """Let clients in, and run until verdicts and standing plans are there."""
    scheduler = installation.aws.scheduler
    traffic = open_traffic(
        installation, read.scenario, seed=settings.seed, now=lambda: scheduler.now
    )
    scheduler.spawn(lambda: traffic.live(scheduler), name="world")
    scheduler.run_until(traffic.opening)
    return traffic


def _pace(settings: Settings, aws: EmbeddedAws) -> Pace:
    if settings.clock is Clock.REAL:
        return RealPace(aws.scheduler.now)
    return StandingPace()


@contextmanager
def _stopped_by_signals(inbox: Inbox) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM end the loop rather than whatever it is doing."""

    def stop(_number: int, _frame: Any) -> None:
        inbox.put(Stop())

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
