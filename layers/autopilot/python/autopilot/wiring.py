"""The one place that builds things: reads the environment, connects ports to adapters.

Everything is built when it is first asked for, so that the reflex never loads what only the
considered runbooks need, and is kept while the function stays warm.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from autopilot.adapters import clients
from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
from autopilot.adapters.system_clock import SystemClock
from autopilot.domain.severity import Severity
from autopilot.gate.gate import Gate
from autopilot.gate.rails import Rails
from autopilot.procedures import reflex, registry
from autopilot.procedures.registry import Trust

__all__ = ["Environment", "Trust", "Wiring", "wire"]

if TYPE_CHECKING:
    from autopilot.domain.profile import Profile
    from autopilot.ports import Pager, Runs, Switch, Telemetry, Trail


@dataclass(frozen=True, slots=True)
class Environment:
    """What the template tells a function about its place. Read once, at the first event."""

    function: str
    region: str
    service: str
    ledger_table: str
    ledger_regions: tuple[str, ...]
    profile_path: str
    page_topic_arn: str
    trail_bucket: str
    runbook_arn_prefix: str

    @classmethod
    def read(cls) -> Self:
        """From the process environment; a name that is missing is a `KeyError` that says which."""
        return cls(
            function=os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            region=os.environ["AWS_REGION"],
            service=os.environ["SERVICE"],
            ledger_table=os.environ["LEDGER_TABLE"],
            ledger_regions=tuple(os.environ["LEDGER_REGIONS"].split(",")),
            profile_path=os.environ["PROFILE_PATH"],
            page_topic_arn=os.environ["PAGE_TOPIC_ARN"],
            trail_bucket=os.environ["TRAIL_BUCKET"],
            runbook_arn_prefix=os.environ["RUNBOOK_ARN_PREFIX"],
        )


class Wiring:
    """A function's ports, built on demand; what the procedures call their dependencies."""

    def __init__(self, environment: Environment, trust: Trust) -> None:
        """Keep the environment; build nothing yet. Trust to read means clients that only read."""
        self._environment = environment
        self._trust = trust

    def carry_out(self, message: object) -> Mapping[str, Any]:
        """Carry out the operation that a machine's message names, if this trust allows it."""
        return registry.carry_out(self._trust, message, self)

    def contain(self, alarm: object) -> Mapping[str, Any]:
        """The reflex: loads nothing but the ledger before its write, and tells people after it."""
        contained = reflex.contain(
            alarm,
            service=self.service,
            gate=Gate(self._ledger, self.clock),
            runs=self.runs,
            clock=self.clock,
        )
        severity = Severity(self.profile.pages.contained)
        reflex.tell(contained, service=self.service, pager=self.pager, severity=severity)
        return contained

    def receive(self, alarm: object) -> Mapping[str, Any]:
        """Open a case for an alarm, or join the one that is open."""
        gate = Gate(self._ledger, self.clock)
        return reflex.receive(
            alarm, service=self.service, gate=gate, runs=self.runs, clock=self.clock
        )

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
        """The page topic of this region."""
        from autopilot.adapters.sns_pager import SnsPager  # noqa: PLC0415

        return SnsPager(
            client=self._client("sns", self.region), topic_arn=self._environment.page_topic_arn
        )

    @cached_property
    def runs(self) -> Runs:
        """The state machines of this region."""
        from autopilot.adapters.stepfunctions_runs import StepFunctionsRuns  # noqa: PLC0415

        return StepFunctionsRuns(
            client=self._client("stepfunctions", self.region),
            arn_prefix=self._environment.runbook_arn_prefix,
        )

    @cached_property
    def trail(self) -> Trail:
        """The trail bucket of this region."""
        from autopilot.adapters.s3_trail import S3Trail  # noqa: PLC0415

        return S3Trail(
            client=self._client("s3", self.region), bucket=self._environment.trail_bucket
        )

    @cached_property
    def switches(self) -> Mapping[str, Switch]:
        """The switches of the service's releases, and that of its emergency mode."""
        from autopilot.adapters.release_switches import release_switches  # noqa: PLC0415

        return {**release_switches(self.profile, self._client), **self._emergency()}

    def _emergency(self) -> Mapping[str, Switch]:
        from autopilot.adapters import emergency_mode  # noqa: PLC0415
        from autopilot.domain.profile import EMERGENCY  # noqa: PLC0415

        described = self.profile.release.emergency if self.profile.release else None
        if described is None:
            return {}
        mode = emergency_mode.EmergencyMode(
            name=EMERGENCY,
            host=described.host,
            region=described.region,
            credentials=clients.credentials(),
            send=emergency_mode.https_transport(),
            read_only=self._is_read_only,
        )
        return {EMERGENCY: mode}

    @property
    def _is_read_only(self) -> bool:
        return self._trust in {Trust.PLAN, Trust.READ}

    def _client(self, service: str, region: str) -> Any:
        return clients.client(service, region, read_only=self._is_read_only)

    def _own_first(self, regions: tuple[str, ...]) -> list[str]:
        return sorted(regions, key=lambda region: region != self.region)


@cache
def _wiring(environment: Environment, trust: Trust) -> Wiring:
    return Wiring(environment, trust)


def wire(trust: Trust) -> Wiring:
    """The wiring of this function, the same for as long as its environment is the same."""
    return _wiring(Environment.read(), trust)
