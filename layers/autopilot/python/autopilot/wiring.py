"""The one place that builds things: reads the environment, connects ports to adapters.

Everything is built when it is first asked for, so that the reflex never loads what only the
considered runbooks need, and is kept while the function stays warm.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autopilot.adapters import clients
from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
from autopilot.adapters.system_clock import SystemClock
from autopilot.environment import Environment
from autopilot.gate.gate import Gate
from autopilot.gate.rails import Rails
from autopilot.procedures import reflex, registry
from autopilot.procedures.refusals import counted, counting_refusals
from autopilot.procedures.registry import Trust

__all__ = ["Environment", "Trust", "Wiring", "public_path", "wire"]

if TYPE_CHECKING:
    from autopilot.adapters.https_exchange import PublicPath
    from autopilot.archive_wiring import ArchiveWiring
    from autopilot.domain.profile import Profile
    from autopilot.persons import Persons
    from autopilot.ports import (
        Alarms,
        ComplianceDesk,
        Endpoints,
        Meter,
        Pager,
        ProbeMetrics,
        Prober,
        Queues,
        Runs,
        ServiceLevels,
        Switch,
        Telemetry,
        Trail,
    )
    from autopilot.ports.inventory import Inventory
    from autopilot.ports.recovery import RecoveryDesk
    from autopilot.trail_wiring import TrailWiring


class Wiring:
    """A function's ports, built on demand; what the procedures call their dependencies."""

    def __init__(self, environment: Environment, trust: Trust) -> None:
        """Keep the environment; build nothing yet. Trust to read means clients that only read."""
        self._environment = environment
        self._trust = trust

    def carry_out(self, message: object) -> Mapping[str, Any]:
        """Carry out the operation that a machine's message names, if this trust allows it."""
        with counting_refusals(self):
            return registry.carry_out(self._trust, message, self)

    def contain(self, alarm: object) -> Mapping[str, Any]:
        """The reflex: loads nothing but the ledger before its write."""
        answer = reflex.contain(
            alarm,
            service=self.service,
            gate=Gate(self._ledger, self.clock),
            runs=self.runs,
            clock=self.clock,
            # Only when it is needed: the pager's client takes longer to build than the write.
            tell=lambda page: self.pager.page(page),  # noqa: PLW0108
        )
        return counted(answer, self)

    def receive(self, alarm: object) -> Mapping[str, Any]:
        """Open a case for an alarm, or join the one that is open."""
        gate = Gate(self._ledger, self.clock)
        return reflex.receive(
            alarm, service=self.service, gate=gate, runs=self.runs, clock=self.clock
        )

    def decide(self, request: object) -> Mapping[str, Any]:
        """List approvals, or take a person's decision: what the function URL is for."""
        from autopilot.procedures.decide_approval import answer  # noqa: PLC0415 - pydantic

        account = self._environment.page_topic_arns[0].split(":")[4]
        with counting_refusals(self):
            return answer(request, self, account=account)

    def tend(self) -> Mapping[str, Any]:
        """Tend the ledger, if this region may."""
        from autopilot.procedures.tend_ledger import tend  # noqa: PLC0415 - not for the reflex

        return tend(self)

    @property
    def region(self) -> str:
        """The region this function runs in."""
        return self._environment.region

    @property
    def service(self) -> str:
        """The name of the managed service."""
        return self._environment.service

    @cached_property
    def clock(self) -> SystemClock:
        """The clock of this machine."""
        return SystemClock()

    @cached_property
    def gate(self) -> Gate:
        """The gate over the ledger, with the rails of the profile."""
        return Gate(self._ledger, self.clock, rails=lambda: Rails.of(self.profile))

    @cached_property
    def _ledger(self) -> DynamoDbLedger:
        """The ledger table: this region's replica first, then the others."""
        return DynamoDbLedger(
            table=self._environment.ledger_table,
            service=self._environment.service,
            clients=[
                self._client("dynamodb", region)
                for region in self._own_first(self._environment.ledger_regions)
            ],
        )

    @cached_property
    def profile(self) -> Profile:
        """The service's profile, from the layer."""
        from autopilot.domain.profile import Profile  # noqa: PLC0415 - pydantic, not for the reflex

        return Profile.load(Path(self._environment.profile_path).read_text(encoding="utf-8"))

    @cached_property
    def telemetry(self) -> Telemetry:
        """Metrics of this region first, then of the other regions with routers."""
        from autopilot.adapters.cloudwatch_telemetry import CloudWatchTelemetry  # noqa: PLC0415

        regions = (self.profile.regions.home, self.profile.regions.standby)
        return CloudWatchTelemetry(
            clients=[self._client("cloudwatch", region) for region in self._own_first(regions)],
            service=self.service,
        )

    @cached_property
    def pager(self) -> Pager:
        """The page topic of this region, that of the other, then the incident channel."""
        from autopilot.adapters.page_channels import page_channels  # noqa: PLC0415
        from autopilot.procedures.paging import OncePager  # noqa: PLC0415 - not for the reflex

        arns = {arn.split(":")[3]: arn for arn in self._environment.page_topic_arns}
        channels = page_channels(
            topics={region: arns[region] for region in self._own_first(tuple(arns))},
            incident=self.profile.channels.incident,
            region=self.region,
            client=self._client,
            path=_public_path,
        )
        return OncePager(
            service=self.service,
            sender=f"{self._environment.function}/{self.region}",
            channels=channels,
            gate=Gate(self._ledger, self.clock),
            hours=lambda: self.profile.business_hours,
            clock=self.clock,
            wait=time.sleep,
        )

    @cached_property
    def meter(self) -> Meter:
        """The function's own log, out of which CloudWatch takes metrics."""
        from autopilot.adapters.embedded_metrics import EmbeddedMetrics  # noqa: PLC0415

        return EmbeddedMetrics(service=self.service)

    @cached_property
    def runs(self) -> Runs:
        """The state machines of this region."""
        from autopilot.adapters.stepfunctions_runs import StepFunctionsRuns  # noqa: PLC0415

        return StepFunctionsRuns(
            client=self._client("stepfunctions", self.region),
            arn_prefix=self._environment.runbook_arn_prefix,
        )

    @property
    def trail(self) -> Trail:
        """The inbox of this region's trail."""
        return self._trail.journal

    @property
    def sleeper(self) -> SystemClock:
        """The clock of this machine."""
        return self.clock

    @property
    def prober(self) -> Prober:
        """The public path, under the profile's bounds; made anew, as the path may be another."""
        from autopilot.adapters.https_probe import HttpsProber  # noqa: PLC0415

        probes = self.profile.probes
        return HttpsProber(_public_path(), probes.timeout_seconds, probes.bytes_max)

    @cached_property
    def probe_metrics(self) -> ProbeMetrics:
        """CloudWatch of this region."""
        from autopilot.adapters.cloudwatch_probes import CloudWatchProbes  # noqa: PLC0415

        client = self._client("cloudwatch", self.region)
        return CloudWatchProbes(client=client, service=self.service)

    # ---- what only the health sweep looks at

    @cached_property
    def levels(self) -> ServiceLevels:
        """Metrics over longer windows, of this region first."""
        from autopilot.adapters.cloudwatch_levels import CloudWatchLevels  # noqa: PLC0415

        clients_by_region = self._by_region("cloudwatch")
        return CloudWatchLevels(clients=list(clients_by_region.values()), service=self.service)

    @cached_property
    def inventory(self) -> Inventory:
        """The account's inventory, in whatever region is asked for."""
        from autopilot.adapters.inventory.reader import aws_inventory  # noqa: PLC0415

        return aws_inventory(
            client=self._client,
            account=self._environment.runbook_arn_prefix.split(":")[4],
            table=self._environment.ledger_table,
            service=self.service,
        )

    @cached_property
    def alarms(self) -> Alarms:
        """The alarms of this region."""
        from autopilot.adapters.cloudwatch_alarms import CloudWatchAlarms  # noqa: PLC0415

        return CloudWatchAlarms(client=self._client("cloudwatch", self.region))

    @cached_property
    def queues(self) -> Queues:
        """The queues of failures of this region."""
        from autopilot.adapters.sqs_queues import SqsQueues  # noqa: PLC0415

        urls = self._environment.failure_queue_urls
        return SqsQueues(client=self._client("sqs", self.region), urls=urls)

    @property
    def endpoints(self) -> Endpoints:
        """What the service says of itself; made anew, as the path may be another."""
        from autopilot.adapters.https_json import HttpsJson  # noqa: PLC0415

        return HttpsJson(_public_path())

    @cached_property
    def compliance(self) -> ComplianceDesk:
        """What only the compliance check needs."""
        from autopilot.compliance_wiring import ComplianceWiring  # noqa: PLC0415 - as above

        return ComplianceWiring(self._environment, self._client, lambda: self.profile)

    @cached_property
    def recovery(self) -> RecoveryDesk:
        """What only rehearsals and restores need."""
        from autopilot.recovery_wiring import RecoveryWiring  # noqa: PLC0415 - as above

        return RecoveryWiring(self._environment, self._client)

    @cached_property
    def archives(self) -> ArchiveWiring:
        """The log of this region, and its archive in both."""
        from autopilot.archive_wiring import ArchiveWiring  # noqa: PLC0415 - few functions do

        return ArchiveWiring(
            region=self.region,
            regions=self._environment.ledger_regions,
            trail_bucket=self._environment.trail_bucket,
            client=self._client,
        )

    @cached_property
    def persons(self) -> Persons:
        """What requests of persons need."""
        from autopilot.custody import Custody  # noqa: PLC0415 - few runbooks do

        return Custody(self._environment, self.gate, self.clock, self._client)

    # ---- the trail

    def ingest_trail(self, delivery: Any) -> Mapping[str, Any]:
        """Take events of the service from the queue into the inbox."""
        return self._trail.ingest(delivery)

    def seal_trail(self) -> Mapping[str, Any]:
        """Seal what waits."""
        return self._trail.seal()

    def verify_trail(self, request: Any) -> Mapping[str, Any]:
        """Verify the region's trail; page, record and count damage."""
        return self._trail.verify(request, lambda: self.pager)

    @cached_property
    def _trail(self) -> TrailWiring:
        from autopilot.trail_wiring import TrailWiring  # noqa: PLC0415 - not for the reflex

        return TrailWiring(
            service=self.service,
            region=self.region,
            function=self._environment.function,
            key_id=self._environment.trail_key,
            client=lambda service: self._client(service, self.region),
            archives=self.archives,
            gate=Gate(self._ledger, self.clock),
            clock=self.clock,
        )

    def _by_region(self, service: str) -> dict[str, Any]:
        """A client for each region with routers, that of this region first."""
        regions = (self.profile.regions.home, self.profile.regions.standby)
        return {each: self._client(service, each) for each in self._own_first(regions)}

    @cached_property
    def switches(self) -> Mapping[str, Switch]:
        """The switches of releases, of the emergency mode, and of a failover."""
        from autopilot.adapters.switches import switches  # noqa: PLC0415 - few functions do

        return switches(
            self.profile,
            ledger=self._ledger,
            clock=self.clock,
            client=partial(clients.client, read_only=self._is_read_only),
            flag_bucket=self._environment.flag_bucket,
            region=self.region,
            read_only=self._is_read_only,
        )

    @property
    def _is_read_only(self) -> bool:
        return self._trust in {Trust.PLAN, Trust.READ}

    def _client(self, service: str, region: str) -> Any:
        return clients.client(service, region, read_only=self._is_read_only)

    def _own_first(self, regions: tuple[str, ...]) -> list[str]:
        return sorted(regions, key=lambda region: region != self.region)


#: Stands in for the public path of this machine. Code of this process can put one there, in the
#: lab; no input, variable or profile can.
_stand_in: list[PublicPath] = []


@contextmanager
def public_path(path: PublicPath) -> Iterator[None]:
    """Go by `path` instead of this machine's own way out, until the exit.

    What was wired before knows another way, so it is wired again.
    """
    _stand_in.append(path)
    _wiring.cache_clear()
    try:
        yield
    finally:
        _stand_in.remove(path)
        _wiring.cache_clear()


def _public_path() -> PublicPath:
    return _stand_in[-1] if _stand_in else _system_path()


@cache
def _system_path() -> PublicPath:
    from autopilot.adapters.public_path import SystemPublicPath  # noqa: PLC0415

    return SystemPublicPath()


@cache
def _wiring(environment: Environment, trust: Trust) -> Wiring:
    return Wiring(environment, trust)


def wire(trust: Trust) -> Wiring:
    """The wiring of this function, the same for as long as its environment is the same."""
    return _wiring(Environment.read(), trust)
