"""What is known of the account: models, inference profiles, guardrails, keys, use. Pure facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
class DatabaseFacts:
    """A global database, as the region that was asked describes it."""

    status: str  #: of the global cluster: `available`, or what it is busy with
    writer: str  #: region of the writer; "" when there is none, or not one alone
    heading: str  #: region that the writer is on its way to; "" when it is on no way
    members: Mapping[str, str]  #: ARN of each cluster, and whether its copy is `connected`


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
    at_ms: int = 0  #: when it began

    def tokens(self, burndown: int) -> float:
        """What the quota of tokens was charged, without what was reserved meanwhile."""
        return max(self.input_tokens + burndown * self.output_tokens, self.estimated_tokens)

    def plus(self, other: Minute) -> Minute:
        """The same minute in two regions."""
        return Minute(
            requests=self.requests + other.requests,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            estimated_tokens=self.estimated_tokens + other.estimated_tokens,
            at_ms=self.at_ms,
        )


@dataclass(frozen=True, slots=True)
class Use:
    """The use of one model in one region, over all spellings of its name."""

    minutes: Sequence[Minute]  #: those with data, oldest first
    throttled: int | None  #: in the short window at the end; None when there is no such metric
    invoked: int | None  #: in the same window
    latency_ms: float | None  #: of the slowest hour's average; None when there is no metric


def together(first: Use, second: Use) -> Use:
    """Two regions as one, minute by minute; of their latencies the worse.

    Busiest minutes of two regions are seldom the same one, least of all after a move: then the
    load of each was there at its time, and peaks that are added count it twice.
    """
    minutes = {minute.at_ms: minute for minute in first.minutes}
    for minute in second.minutes:
        known = minutes.get(minute.at_ms)
        minutes[minute.at_ms] = minute if known is None else known.plus(minute)
    latencies = [each.latency_ms for each in (first, second) if each.latency_ms is not None]
    return Use(
        minutes=tuple(minutes[at_ms] for at_ms in sorted(minutes)),
        throttled=_known(first.throttled, second.throttled),
        invoked=_known(first.invoked, second.invoked),
        latency_ms=max(latencies, default=None),
    )


def _known(*counts: int | None) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


@dataclass(frozen=True, slots=True)
class Peak:
    """The most that was used of one model, as quotas count it."""

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

    def plus(self, other: Peak) -> Peak:
        """Both, as if they fell into one minute."""
        return self._with(other, lambda mine, theirs: mine + theirs)

    def at_least(self, other: Peak) -> Peak:
        """Whichever is more, count by count."""
        return self._with(other, max)

    def _with(self, other: Peak, combined: Callable[[int, int], int]) -> Peak:
        return Peak(
            requests=combined(self.requests, other.requests),
            tokens=combined(self.tokens, other.tokens),
            day_tokens=combined(self.day_tokens, other.day_tokens),
            has_metrics=self.has_metrics or other.has_metrics,
        )

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
