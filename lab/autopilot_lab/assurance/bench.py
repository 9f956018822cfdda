"""The bench: the product, deployed from its templates, and a service under even load."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

from autopilot.domain.allocation import Allocation
from autopilot.domain.profile import Profile
from autopilot_lab.assurance.steady_service import REQUESTS_PER_SECOND, SteadyService
from autopilot_lab.drill.connection import LedgerReads
from autopilot_lab.drill.health_endpoints import serve_health
from autopilot_lab.drill.installation import Installation, install
from autopilot_lab.drill.project import REFERENCE_PROFILE
from autopilot_lab.drill.writers import Writers
from autopilot_lab.emulator.cloud import EmbeddedAws

#: Writes the text of a profile.
Described: TypeAlias = Callable[[], str]
#: Every run starts on a Monday morning, a little after a minute: 2026-01-05, 08:00:05 UTC.
START: Final = 1_767_600_005.0
#: Long enough for metrics, alarms and standing plans to be there.
WARM_UP_SECONDS: Final = 185.0
_WARMED: Final = (
    "traffic_ramp",
    "emergency_rollback",
    "regional_failover",
    "incident_response",
    "ledger_restore",
    "health_sweep",
)


@dataclass(frozen=True, slots=True)
class Bench:
    """A deployed product whose service is well, at `START`."""

    aws: EmbeddedAws
    installation: Installation
    service: SteadyService
    start: Allocation
    seed: int
    writers: Writers  #: the routers that take writes

    @property
    def home(self) -> str:
        """The home region."""
        return self.installation.regions[0]

    def function(self, verb_noun: str) -> str:
        """The name of a deployed function: `contain_route` is `hybrid-routing-contain-route`."""
        return f"{self.installation.profile.service.name}-{verb_noun.replace('_', '-')}"


def reference_profile() -> str:
    """The text of the reference profile."""
    return REFERENCE_PROFILE.read_text("utf-8")


@contextmanager
def bench(seed: int, *, described: Described = reference_profile) -> Iterator[Bench]:
    """Deploy the service that a profile describes and let it run until `START`."""
    text = described()
    profile = Profile.load(text)
    regions = (profile.regions.home, profile.regions.standby, profile.regions.observer)
    with (
        TemporaryDirectory() as folder,
        EmbeddedAws(start=START - WARM_UP_SECONDS, seed=seed, regions=regions) as aws,
    ):
        start = profile.baseline()
        installation = install(aws, profile, text, start, Path(folder))
        installation.models.size(60 * REQUESTS_PER_SECOND)
        serve_health(aws, profile, installation.public_path)
        service = SteadyService(
            aws,
            name=profile.service.name,
            regions=installation.regions,
            reads=LedgerReads(aws, table=installation.ledger_table, service=profile.service.name),
            used=installation.models.count,
        )
        service.start()
        writers = _take_writes(aws, installation)
        use_every_function(installation, installation.regions[0])
        aws.scheduler.run_until(START)
        yield Bench(aws, installation, service, start, seed, writers)


def _take_writes(aws: EmbeddedAws, installation: Installation) -> Writers:
    """Let routers own the writes by what they read, and say so where they are probed."""
    writers = Writers(aws, installation.profile, table=installation.ledger_table)
    installation.public_path.takes_writes = writers.takes

    def tick() -> None:
        writers.tick(int(aws.scheduler.now))
        aws.scheduler.call_at(aws.scheduler.now + 1.0, tick)

    tick()
    return writers


def use_every_function(installation: Installation, region: str) -> None:
    """Warm functions by what changes nothing: every run would else load its code and clients anew.

    A dry run plans, a sweep observes and records, and an unknown run's lease is not renewed.
    """
    for runbook in _WARMED:
        request = {"mode": "execute"} if runbook == "health_sweep" else {}
        installation.start_run(runbook, request, region=region, name="warm-up")
    lease = {"holder": "nobody", "runbook": "traffic_ramp", "fence": 0, "expires_ms": 0}
    renewal = {"operation": "renew_lease", "run": "nobody", "lease": lease}
    name = f"{installation.profile.service.name}-change-service"
    installation.aws.invoke(name, {"runbook": "traffic_ramp", **renewal}, region=region)
