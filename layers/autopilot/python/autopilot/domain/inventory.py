"""What is known of the account: models, inference profiles, guardrails, keys, use. Pure facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

MINUTES_PER_DAY: Final = 1_440
_SECONDS_PER_MINUTE: Final = 60


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One foundation model in one region (Bedrock API, FoundationModelDetails)."""

    status: str  #: ACTIVE or LEGACY
    ends_ms: int | None  #: end of life; None when none is announced
    on_demand: bool  #: whether it may be invoked by its bare id


@dataclass(frozen=True, slots=True)
class ProfileFacts:
    """One inference profile, seen from one source region."""

    arn: str
    status: str  #: ACTIVE is the only one that the API names
    model_arns: tuple[str, ...]

    @property
    def destinations(self) -> tuple[str, ...]:
        """The regions that may answer, in order of name; "any region" for a global profile."""
        found = {arn.split(":")[3] or ANY_REGION for arn in self.model_arns}
        return tuple(sorted(found))


ANY_REGION: Final = "any region"  #: an ARN without a region: the profile is global


@dataclass(frozen=True, slots=True)
class GuardrailFacts:
    """One version of a guardrail."""

    name: str
    status: str  #: READY when it can be used
    version: str


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key behind an alias (KMS API, KeyMetadata)."""

    state: str  #: Enabled, Disabled, PendingDeletion …


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """From when to when a table can be restored (DynamoDB API, PointInTimeRecoveryDescription)."""

    earliest_ms: int
    latest_ms: int


@dataclass(frozen=True, slots=True)
class LagFacts:
    """How far a copy of data was behind, the newest that was told."""

    seconds: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class CanaryFacts:
    """How one small invocation ended."""

    ok: bool
    milliseconds: int
    error: str = ""  #: the code that was answered, "" when it went well
    is_configuration: bool = False  #: the answer was 4xx: ours to correct, no sign of health
    is_throttled: bool = False


@dataclass(frozen=True, slots=True)
class Minute:
    """The use of one model in one minute."""

    requests: float = 0.0  #: accepted, and throttled
    input_tokens: float = 0.0
    output_tokens: float = 0.0
    estimated_tokens: float = 0.0  #: EstimatedTPMQuotaUsage, of what succeeded

    def tokens(self, burndown: int) -> float:
        """What the quota of tokens was charged, without what was reserved meanwhile."""
        return max(self.input_tokens + burndown * self.output_tokens, self.estimated_tokens)


@dataclass(frozen=True, slots=True)
class Use:
    """The use of one model in one region, over all spellings of its name."""

    minutes: Sequence[Minute]  #: those with data, oldest first
    throttled: int | None  #: in the short window at the end; None when there is no such metric
    invoked: int | None  #: in the same window
    latency_ms: float | None  #: of the slowest hour's average; None when there is no metric


@dataclass(frozen=True, slots=True)
class Peak:
    """The most that a region used of one model, as quotas count it."""

    requests: int  #: in one minute
    tokens: int  #: in one minute, with what was reserved at once
    day_tokens: int  #: in the last day, without reservations
    has_metrics: bool = True  #: False: no use was seen, under any spelling

    @classmethod
    def of(cls, use: Use, *, burndown: int, output_tokens_max: int | None) -> Self:
        """The peak in what was seen.

        While a request runs, its quota is charged maxTokens in full (Amazon Bedrock user guide,
        "Tokens deducted during a request"): as many requests as run at once are reserved for, by
        Little's law from rate and latency.
        """
        if not use.minutes:
            return cls(0, 0, 0, has_metrics=False)
        requests = max(minute.requests for minute in use.minutes)
        charged = max(minute.tokens(burndown) for minute in use.minutes)
        day = sum(minute.tokens(burndown) for minute in use.minutes[-MINUTES_PER_DAY:])
        at_once = requests / _SECONDS_PER_MINUTE * (use.latency_ms or 0.0) / 1000
        reserved = at_once * (output_tokens_max or 0)
        return cls(_up(requests), _up(charged + reserved), _up(day))

    def to_item(self) -> dict[str, Any]:
        """As a record of the ledger holds it."""
        return {
            "requests": self.requests,
            "tokens": self.tokens,
            "day_tokens": self.day_tokens,
            "has_metrics": self.has_metrics,
        }

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        """From the record's form."""
        return cls(
            requests=int(item["requests"]),
            tokens=int(item["tokens"]),
            day_tokens=int(item["day_tokens"]),
            has_metrics=bool(item["has_metrics"]),
        )


def _up(value: float) -> int:
    return -int(-value // 1)


@dataclass(frozen=True, slots=True)
class Right:
    """Whether a role may do something with a resource, and why not."""

    resource: str
    allowed: bool
    why: str = ""
    missing: tuple[str, ...] = field(default=())  #: condition keys that the policies asked for
