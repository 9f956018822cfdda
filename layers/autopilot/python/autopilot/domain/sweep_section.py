"""The profile's sections `sweep` and `bedrock`: what the health sweep looks at, and what counts."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Field

from autopilot.domain.allocation import WHOLE
from autopilot.domain.section import PathName, Points, QuotaCode, Section, Weight

Price: TypeAlias = Annotated[float, Field(gt=0, le=10_000)]


class Weights(Section):
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
    preflight: Weight = Field(5, description="Whether traffic could move to this region.")


class Sweep(Section):
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


class BedrockModel(Section):
    """A model that a path uses, and the quotas that bound it: codes, because names drift."""

    path: PathName
    model: str = Field(pattern=r"^[a-z0-9.-]+(:[0-9]+)?$", description="The bare model id.")
    profile: str = Field(
        pattern=r"^([a-z]+\.)?[a-z0-9.-]+(:[0-9]+)?$",
        description="What requests name: an inference profile's id, or the model id again.",
    )
    requests_quota: QuotaCode = Field(description="Of requests per minute.")
    tokens_quota: QuotaCode = Field(description="Of tokens per minute.")
    day_tokens_quota: QuotaCode | None = Field(
        None, description="Of tokens per day; None: this model has none of its own."
    )
    output_tokens_max: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        None,
        description="What requests set as maxTokens, which quotas reserve while they run; None: "
        "they set nothing, and each reserves all that the model may write.",
    )
    output_burndown: Annotated[int, Field(ge=1, le=20)] = Field(
        5, description="How many tokens of quota one token of output takes."
    )
    shares_fate: bool = Field(
        default=False,
        description="Accepted: its inference profile may send requests to the region that is "
        "left. A failover then changes only where they enter.",
    )
    input_price_usd: Price | None = Field(
        default=None, description="US dollars for a million input tokens; none: no cost is shown."
    )
    output_price_usd: Price | None = Field(
        default=None, description="US dollars for a million output tokens."
    )

    @property
    def is_priced(self) -> bool:
        """Whether its cost can be told from its tokens."""
        return self.input_price_usd is not None and self.output_price_usd is not None


class Bedrock(Section):
    """What of Amazon Bedrock the paths use, in each region that serves."""

    models: tuple[BedrockModel, ...] = Field(max_length=8)
