"""The description of one managed service: the only place where its names and numbers stand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from autopilot.domain.allocation import WHOLE, Allocation, Route
from autopilot.domain.approval_section import ApprovalRule, Kind
from autopilot.domain.archive_section import ArchiveSection
from autopilot.domain.burn_rate import Budget
from autopilot.domain.calendar import BusinessHours, Calendar
from autopilot.domain.compliance_section import Compliance
from autopilot.domain.contradictions import contradictions
from autopilot.domain.described import Readable
from autopilot.domain.escalation import Escalation, Matrix
from autopilot.domain.failover_section import FailoverSection
from autopilot.domain.incident_section import Incident
from autopilot.domain.pages_section import Pages
from autopilot.domain.plan import ActKind, Bounds
from autopilot.domain.preflight_section import PreflightSection
from autopilot.domain.probes import CONTROL, ProbeRules
from autopilot.domain.rehearsal_section import RehearsalSection
from autopilot.domain.release_section import EMERGENCY, ReleaseSection
from autopilot.domain.section import (
    PPM_PER_PERCENT,
    Host,
    PathName,
    Percent,
    Points,
    Rate,
    Region,
    Section,
    Url,
    WholePercent,
)
from autopilot.domain.sweep_section import Bedrock, Sweep
from autopilot.domain.validation import problems_of
from autopilot.domain.verdict import Thresholds
from autopilot.domain.ways import Channels
from autopilot.errors import BadInput, Problem

_SECONDS_PER_MINUTE: Final = 60
_ADVICE: Final = "Correct the profile; layers/profile/profile.schema.json describes every key."


class Service(Section):
    """Who is managed."""

    name: str = Field(pattern="^[a-z][a-z0-9-]{1,31}$", description="Prefix of all our names.")
    endpoint: str = Field(pattern="^https://[a-z0-9.-]+$", description="The public address.")
    time_zone: str = Field(
        pattern="^(UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$", description="IANA name; of schedules."
    )


class Regions(Section):
    """Where the service and its watchers live."""

    home: Region = Field(description="Serves normally; holds a replica of the ledger.")
    standby: Region = Field(description="Takes over; holds the other replica.")
    observer: Region = Field(description="Probes only; the ledger's witness.")
    residency: tuple[Region, ...] = Field(
        min_length=3, description="The regions that data may be in; the three above are among them."
    )


class RouteProfile(Section):
    """One region/path pair."""

    region: Region
    path: PathName
    baseline_percent: WholePercent = Field(description="Its share when all is well.")
    proven_capacity_percent: WholePercent = Field(
        description="The share of the whole load that it was last proven to carry."
    )

    @property
    def route(self) -> Route:
        """The pair."""
        return Route(self.region, self.path)


class Objectives(Section):
    """What the service promises its clients."""

    availability_percent: Percent
    p95_latency_ms: int = Field(ge=1, le=60_000)
    error_rate_percent: Percent = Field(description="A service below it is well.")
    routing_efficiency_percent: Percent = Field(
        description="Requests answered by the path that the router chose first."
    )
    rto_minutes: int = Field(ge=1, le=10_080, description="Recovery time objective.")
    rpo_minutes: int = Field(ge=0, le=10_080, description="Recovery point objective.")

    @property
    def error_rate_ppm(self) -> int:
        """The error rate in parts per million of requests."""
        return _ppm(self.error_rate_percent)


class VerdictLines(Section):
    """When a route is called unhealthy, healthy, or neither."""

    guard_percent: Rate = Field(description="Unhealthy: the failure rate is surely above.")
    tolerance_percent: Rate = Field(description="Healthy: the failure rate is surely below.")
    confidence_percent: float = Field(
        ge=50, le=99.99, description='How sure "surely" is, one-sided.'
    )
    sample_min: int = Field(ge=1, le=10_000_000, description="Fewest requests that show health.")
    fresh_seconds: int = Field(ge=10, le=3_600, description="Older counts say nothing.")


class Contain(Section):
    """What an alarm may do by itself."""

    points_max: Points = Field(description="Most points that it moves off the failing route.")
    dwell_seconds: int = Field(
        ge=60, le=86_400, description="Nothing is contained, or moved back, before this is over."
    )
    plan_valid_seconds: int = Field(
        ge=90, le=900, description="A standing plan is refreshed every minute, valid for this."
    )


class Ramp(Section):
    """How traffic moves when there is time to look."""

    down_step_points_max: Points
    up_step_points_max: Points
    up_marks_percent: tuple[Annotated[int, Field(ge=1, le=WHOLE)], ...] = Field(
        min_length=1, max_length=20, description="Stops on the way up, as percents of the way."
    )
    bake_seconds: int = Field(ge=10, le=3_600, description="After a step, before the next.")
    poll_seconds: int = Field(ge=5, le=300, description="Between two looks while it bakes.")
    unknown_seconds_max: int = Field(
        ge=30,
        le=86_400,
        description="A run that cannot tell for longer stops and leaves the allocation.",
    )


class Brake(Section):
    """How often a kind of act may run."""

    runs_max: int = Field(ge=1, le=100)
    window_minutes: int = Field(ge=1, le=1_440)
    cool_down_seconds: int = Field(
        0, ge=0, le=86_400, description="Rest after a run's last step, before another run's first."
    )
    hysteresis_seconds: int = Field(
        0, ge=0, le=86_400, description="The same, after a run of the opposite kind."
    )


class Remediations(Section):
    """How often alarms may set anything in motion, of whatever kind: then a person decides."""

    runs_max: int = Field(ge=1, le=100, description="One more stops, and pages.")
    window_minutes: int = Field(ge=1, le=1_440)


class Brakes(Section):
    """By kind of act. Contain and undo only reduce risk and are exempt."""

    ramp_down: Brake
    ramp_up: Brake
    remediation: Remediations = Remediations(runs_max=2, window_minutes=60)
    rollback: Brake = Brake(runs_max=2, window_minutes=60)


class Rails(Section):
    """What no plan may do."""

    healthy_capacity_floor_percent: Annotated[int, Field(ge=1, le=1_000)] = Field(
        description="Proven capacity of healthy routes that a plan leaves, of the whole load."
    )


class ProbeTarget(Section):
    """Where one region answers probes over the public path."""

    region: Region
    url: Url


class Probes(Section):
    """How each vantage looks at every region. What is probed stands here and nowhere else."""

    targets: tuple[ProbeTarget, ...] = Field(
        min_length=2, max_length=2, description="One for each region that serves."
    )
    control: Url = Field(
        description="Outside the service, and up when it is not: shows whether a vantage can see."
    )
    hosts: tuple[Host, ...] = Field(
        default=(), max_length=4, description="Hosts of targets outside the service's own domain."
    )
    interval_seconds: Literal[10, 30] = Field(
        description="Between two probes: the periods of high-resolution alarms."
    )
    timeout_seconds: int = Field(ge=1, le=4, description="A probe takes at most this, in all.")
    failures: int = Field(
        ge=3, le=12, description="So many failed probes in a row make a target unhealthy."
    )
    bytes_max: int = Field(ge=1_024, le=1_048_576, description="A longer answer is a failed probe.")
    fresh_seconds: int = Field(
        ge=120, le=600, description="Older observations say nothing; they come once a minute."
    )

    @property
    def rules(self) -> ProbeRules:
        """How many probes decide, and how far apart they are."""
        return ProbeRules(failures=self.failures, interval_seconds=self.interval_seconds)

    @property
    def urls(self) -> Mapping[str, str]:
        """Every address to probe: of the regions by region, and of the control target."""
        return {each.region: each.url for each in self.targets} | {CONTROL: self.control}


class Profile(Section):
    """Everything that the product knows about one service. Frozen; parsed once."""

    schema_version: Literal[1]
    service: Service
    regions: Regions
    paths: tuple[PathName, ...] = Field(min_length=1, max_length=4)
    routes: tuple[RouteProfile, ...] = Field(min_length=2, max_length=8)
    objectives: Objectives
    verdict: VerdictLines
    contain: Contain
    ramp: Ramp
    brakes: Brakes
    rails: Rails
    probes: Probes
    pages: Pages
    approvals: dict[Kind, ApprovalRule] = Field(
        default_factory=dict, description="By kind of act, or by runbook; others need none."
    )
    calendar: Calendar
    channels: Channels = Channels()
    escalation: Matrix
    incident: Incident
    sweep: Sweep
    bedrock: Bedrock
    archive: ArchiveSection
    compliance: Compliance
    preflight: PreflightSection = PreflightSection()
    rehearsal: RehearsalSection = RehearsalSection()
    release: ReleaseSection | None = Field(None, description="None: nothing can be rolled back.")
    failover: FailoverSection | None = Field(None, description="None: no region can be left.")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Sections that contradict each other are refused, however the profile was built."""
        _refuse([*contradictions(self)])
        return self

    @classmethod
    def load(cls, text: str) -> Self:
        """Read TOML; raise `BadInput` with every problem of every section at once."""
        try:
            raw = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise BadInput("the profile", [Problem("file", "TOML", str(error))], _ADVICE) from None
        try:
            return cls.model_validate(_as_tuples(raw))
        except ValidationError as error:
            wrong = frozenset(detail["loc"] for detail in error.errors())
            _refuse([*problems_of(error), *contradictions(Readable(raw, wrong))])
            raise  # pragma: no cover - a validation error always has a problem

    def baseline(self) -> Allocation:
        """The allocation when all is well."""
        return Allocation.of({each.route: each.baseline_percent for each in self.routes})

    @cached_property
    def proven(self) -> Mapping[Route, int]:
        """Percent of the whole load that each route was proven to carry, in order of route."""
        return dict(sorted((each.route, each.proven_capacity_percent) for each in self.routes))

    @cached_property
    def business_hours(self) -> BusinessHours:
        """When people work, in the time zone of the service."""
        return BusinessHours(self.calendar, self.service.time_zone)

    @cached_property
    def matrix(self) -> Escalation:
        """Who is called when nobody answers."""
        return Escalation(self.escalation, self.business_hours)

    @cached_property
    def thresholds(self) -> Thresholds:
        """The lines between verdicts, in parts per million."""
        lines = self.verdict
        return Thresholds(
            guard_ppm=_ppm(lines.guard_percent),
            tolerance_ppm=_ppm(lines.tolerance_percent),
            sample_min=lines.sample_min,
            fresh_seconds=lines.fresh_seconds,
            confidence_ppm=_ppm(lines.confidence_percent),
        )

    @cached_property
    def budget(self) -> Budget:
        """What may fail, by the stricter of availability and error rate."""
        return Budget.of(
            availability_ppm=_ppm(self.objectives.availability_percent),
            error_rate_ppm=self.objectives.error_rate_ppm,
            confidence_ppm=self.thresholds.confidence_ppm,
            failures_min=self.sweep.failures_min,
        )

    def bounds(self, kind: ActKind) -> Bounds:
        """The most that one run of `kind` may do."""
        if kind in {ActKind.CONTAIN, ActKind.UNDO}:
            points = self.contain.points_max if kind is ActKind.CONTAIN else WHOLE
            return Bounds(points, 0, runs_max=1, window_seconds=self.contain.dwell_seconds)
        brake = self.brake(kind)
        return Bounds(
            points_per_step_max=self.step_points_max(kind),
            unknown_seconds_max=self.ramp.unknown_seconds_max,
            runs_max=brake.runs_max,
            window_seconds=brake.window_minutes * _SECONDS_PER_MINUTE,
        )

    def brake(self, kind: ActKind) -> Brake:
        """How often a kind of ramp may run, and how long it rests."""
        return self.brakes.ramp_down if kind is ActKind.RAMP_DOWN else self.brakes.ramp_up

    @property
    def rollback_bounds(self) -> Bounds | None:
        """The most that one rollback may do; None where releases are not described."""
        if self.release is None:
            return None
        brake = self.brakes.rollback
        return Bounds(
            points_per_step_max=0,
            unknown_seconds_max=self.ramp.unknown_seconds_max,
            runs_max=brake.runs_max,
            window_seconds=brake.window_minutes * _SECONDS_PER_MINUTE,
        )

    @property
    def has_emergency(self) -> bool:
        """Whether the service has an emergency mode that we can reach."""
        return self.release is not None and self.release.emergency is not None

    @cached_property
    def release_switches(self) -> tuple[str, ...]:
        """Names of the switches that make a release, in the order a rollback turns them."""
        return self.release.switches if self.release else ()

    @cached_property
    def switch_names(self) -> frozenset[str]:
        """Names of every switch, emergency mode among them."""
        extra = {EMERGENCY} if self.has_emergency else set()
        return frozenset({*self.release_switches, *extra})

    def step_points_max(self, kind: ActKind) -> int:
        """The widest step of a ramp."""
        down = kind is ActKind.RAMP_DOWN
        return self.ramp.down_step_points_max if down else self.ramp.up_step_points_max


def _ppm(percent: float) -> int:
    return round(percent * PPM_PER_PERCENT)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise BadInput("the profile", problems, _ADVICE)


def _as_tuples(value: Any) -> Any:
    """TOML's arrays as the tuples of the frozen models."""
    if isinstance(value, list):
        return tuple(map(_as_tuples, value))
    if isinstance(value, dict):
        return {key: _as_tuples(member) for key, member in value.items()}
    return value


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a profile, for editors; what it cannot say, `contradictions` says."""
    schema = Profile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
