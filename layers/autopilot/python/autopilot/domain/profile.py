"""The description of one managed service: the only place where its names and numbers stand."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from autopilot.domain.allocation import PATH_PATTERN, REGION_PATTERN, WHOLE, Allocation, Route
from autopilot.domain.burn_rate import Budget
from autopilot.domain.calendar import BusinessHours, Calendar
from autopilot.domain.contradictions import Readable, contradictions
from autopilot.domain.escalation import Escalation, Matrix
from autopilot.domain.incident_section import Incident
from autopilot.domain.plan import ActKind, Bounds
from autopilot.domain.probes import CONTROL, ProbeRules
from autopilot.domain.retention import Periods, RetentionClass
from autopilot.domain.severity import Severity
from autopilot.domain.validation import problems_of
from autopilot.domain.verdict import Thresholds
from autopilot.domain.ways import Channels
from autopilot.errors import BadInput, Problem

_PPM_PER_PERCENT: Final = 10_000
_SECONDS_PER_MINUTE: Final = 60
_ADVICE: Final = "Correct the profile; layers/profile/profile.schema.json describes every key."


def _whole_ppm(percent: float) -> float:
    if abs(percent * _PPM_PER_PERCENT - round(percent * _PPM_PER_PERCENT)) > 1e-6:  # noqa: PLR2004 - far below one part per million
        message = "a percent with at most four decimals"
        raise ValueError(message)
    return percent


Region = Annotated[str, Field(pattern=f"^{REGION_PATTERN}$", max_length=20)]
PathName = Annotated[str, Field(pattern=f"^{PATH_PATTERN}$")]
WholePercent = Annotated[int, Field(ge=0, le=WHOLE)]
Percent = Annotated[float, Field(ge=0, le=WHOLE), AfterValidator(_whole_ppm)]
Rate = Annotated[float, Field(gt=0, lt=WHOLE), AfterValidator(_whole_ppm)]
Points = Annotated[int, Field(ge=1, le=WHOLE)]
_HOST: Final = r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}"
Host = Annotated[str, Field(pattern=f"^{_HOST}$", max_length=253)]
#: https and a name: no port, user, query or address, so that nothing but that host is asked.
Url = Annotated[str, Field(pattern=f"^https://{_HOST}(/[A-Za-z0-9._~-]+)*/?$", max_length=512)]
Weight = Annotated[int, Field(ge=0, le=1_000)]
QuotaCode = Annotated[str, Field(pattern="^L-[0-9A-F]{8}$")]  #: of Service Quotas
Urgency = Annotated[Severity, Field(strict=False)]  #: TOML has text, no enumerations


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Service(_Section):
    """Who is managed."""

    name: str = Field(pattern="^[a-z][a-z0-9-]{1,31}$", description="Prefix of all our names.")
    endpoint: str = Field(pattern="^https://[a-z0-9.-]+$", description="The public address.")
    time_zone: str = Field(
        pattern="^(UTC|[A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$", description="IANA name; of schedules."
    )


class Regions(_Section):
    """Where the service and its watchers live."""

    home: Region = Field(description="Serves normally; holds a replica of the ledger.")
    standby: Region = Field(description="Takes over; holds the other replica.")
    observer: Region = Field(description="Probes only; the ledger's witness.")
    residency: tuple[Region, ...] = Field(
        min_length=3, description="The regions that data may be in; the three above are among them."
    )


class RouteProfile(_Section):
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


class Objectives(_Section):
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


class VerdictLines(_Section):
    """When a route is called unhealthy, healthy, or neither."""

    guard_percent: Rate = Field(description="Unhealthy: the failure rate is surely above.")
    tolerance_percent: Rate = Field(description="Healthy: the failure rate is surely below.")
    confidence_percent: float = Field(
        ge=50, le=99.99, description='How sure "surely" is, one-sided.'
    )
    sample_min: int = Field(ge=1, le=10_000_000, description="Fewest requests that show health.")
    fresh_seconds: int = Field(ge=10, le=3_600, description="Older counts say nothing.")


class Contain(_Section):
    """What an alarm may do by itself."""

    points_max: Points = Field(description="Most points that it moves off the failing route.")
    dwell_seconds: int = Field(
        ge=60, le=86_400, description="Nothing is contained, or moved back, before this is over."
    )
    plan_valid_seconds: int = Field(
        ge=90, le=900, description="A standing plan is refreshed every minute, valid for this."
    )


class Ramp(_Section):
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


class Brake(_Section):
    """How often a kind of act may run."""

    runs_max: int = Field(ge=1, le=100)
    window_minutes: int = Field(ge=1, le=1_440)


class Brakes(_Section):
    """By kind of act. Contain and undo only reduce risk and are exempt."""

    ramp_down: Brake
    ramp_up: Brake


class Rails(_Section):
    """What no plan may do."""

    healthy_capacity_floor_percent: Annotated[int, Field(ge=1, le=1_000)] = Field(
        description="Proven capacity of healthy routes that a plan leaves, of the whole load."
    )


class ProbeTarget(_Section):
    """Where one region answers probes over the public path."""

    region: Region
    url: Url


class Probes(_Section):
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


class Pages(_Section):
    """How loudly people are told: P0 answers in 5 min, P1 in 15 min, P2 in 1 h, P3 next day."""

    contained: Urgency
    completed: Urgency
    refused: Urgency
    undone: Urgency
    stopped: Urgency
    inconsistent: Urgency


class Weights(_Section):
    """What each check counts in the health score; 0 leaves it out."""

    service: Weight = Field(description="The verdict on all routes together.")
    routes: Weight = Field(description="The verdict on each route in use.")
    burn: Weight = Field(description="How fast the error budget is spent.")
    latency: Weight = Field(description="The p95 objective.")
    efficiency: Weight = Field(description="Requests answered by the path chosen first.")
    throttles: Weight = Field(description="Requests that Bedrock turned away.")
    quotas: Weight = Field(description="What Bedrock's quotas leave at the peak.")
    endpoints: Weight = Field(description="The service's own /health/detailed.")
    support: Weight = Field(description="The four components of Bedrock Support Mode.")
    alarms: Weight = Field(description="Alarms that are on.")
    watch: Weight = Field(description="Alarms that are without data, or may not act.")
    queues: Weight = Field(description="Events that nobody acted on.")
    regions: Weight = Field(description="What the probes say of each region.")
    sweeps: Weight = Field(description="Whether the other region still sweeps.")
    ledger: Weight = Field(description="Stop lever, lease, journal, planner.")


class Sweep(_Section):
    """When the health sweep complains, and what its checks count."""

    failures_min: int = Field(
        ge=2, le=1_000, description="Fewer failures in a window never count as burning."
    )
    quota_reserve_percent: Annotated[int, Field(ge=0, lt=WHOLE)] = Field(
        description="Part of a quota that is to be left at the peak of a day."
    )
    blind_alarm_minutes: int = Field(
        ge=5, le=10_080, description="An alarm may be without data for this long."
    )
    lease_minutes: int = Field(ge=5, le=1_440, description="A run may hold the lease for this.")
    journal_percent: Points = Field(description="The journal may be this full.")
    silent_minutes: int = Field(
        ge=6, le=60, description="Older than this, the other region's sweep has stopped."
    )
    weights: Weights


class BedrockModel(_Section):
    """A model that a path uses, and the quotas that bound it: codes, because names drift."""

    path: PathName
    model: str = Field(pattern=r"^[a-z0-9.-]+(:[0-9]+)?$", description="The bare model id.")
    profile: str = Field(
        pattern=r"^([a-z]+\.)?[a-z0-9.-]+(:[0-9]+)?$",
        description="What requests name: an inference profile's id, or the model id again.",
    )
    requests_quota: QuotaCode = Field(description="Of requests per minute.")
    tokens_quota: QuotaCode = Field(description="Of tokens per minute.")


class Bedrock(_Section):
    """What of Amazon Bedrock the paths use, in each region that serves."""

    models: tuple[BedrockModel, ...] = Field(max_length=8)


class Archive(_Section):
    """How long entries of the trail are kept: GDPR Art. 5(1)(e), for the controller to decide."""

    hot_days: int = Field(
        ge=1, le=30, description="Whole days in the log's own bucket, before the archive."
    )
    operations_days: int = Field(
        ge=35, le=3_653, description="What the automation did, and the service answered."
    )
    security_days: int = Field(ge=35, le=3_653, description="Access, incidents, breaches.")
    legal_days: int = Field(
        ge=35, le=3_653, description="What a statute or a claim needs; erasures, endings."
    )

    @property
    def periods(self) -> Periods:
        """As the domain has them."""
        days = {kept: int(getattr(self, f"{kept.value}_days")) for kept in RetentionClass}
        return Periods(self.hot_days, days)


class Profile(_Section):
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
    calendar: Calendar
    channels: Channels = Channels()
    escalation: Matrix
    incident: Incident
    sweep: Sweep
    bedrock: Bedrock
    archive: Archive

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
    def periods(self) -> Periods:
        """How long what is in the trail is kept, and where."""
        return self.archive.periods

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
        brake: Brake = getattr(self.brakes, kind.value)
        return Bounds(
            points_per_step_max=self.step_points_max(kind),
            unknown_seconds_max=self.ramp.unknown_seconds_max,
            runs_max=brake.runs_max,
            window_seconds=brake.window_minutes * _SECONDS_PER_MINUTE,
        )

    def step_points_max(self, kind: ActKind) -> int:
        """The widest step of a ramp."""
        down = kind is ActKind.RAMP_DOWN
        return self.ramp.down_step_points_max if down else self.ramp.up_step_points_max


def _ppm(percent: float) -> int:
    return round(percent * _PPM_PER_PERCENT)


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
