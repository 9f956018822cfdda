"""What is read of the account before load moves, and by whom it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from autopilot.domain.inventory import (
    BackupFacts,
    CanaryFacts,
    DatabaseFacts,
    GuardrailFacts,
    KeyFacts,
    LagFacts,
    ModelFacts,
    ProfileFacts,
    Right,
    Use,
)

if TYPE_CHECKING:
    from autopilot.domain.failover_section import DatabaseCluster


@dataclass(frozen=True, slots=True)
class ModelLoad:
    """How one model was used in one region; None where there is no metric at all."""

    requests: int | None  #: accepted for processing, throttled ones not among them
    throttled: int | None
    peak_requests: int | None  #: most requests in one minute
    peak_tokens: int | None  #: most tokens, as quotas count them, in one minute


class ModelInventory(Protocol):
    """Reads Bedrock's models and what guards them. None means: there is no such thing."""

    def model(self, region: str, model: str) -> ModelFacts | None:
        """A foundation model."""
        ...

    def availability(self, region: str, model: str) -> Mapping[str, str]:
        """What Bedrock says of access to a model, by field: advice, never proof."""
        ...

    def inference_profile(self, region: str, profile: str) -> ProfileFacts | None:
        """An inference profile, with `region` as its source."""
        ...

    def guardrail(self, region: str, guardrail: str, version: str) -> GuardrailFacts | None:
        """One version of a guardrail."""
        ...

    def invocation_logging(self, region: str) -> bool:
        """Whether invocations of models are logged."""
        ...


class QuotaInventory(Protocol):
    """Reads what the account may use."""

    def quota(self, region: str, code: str) -> float | None:
        """The applied value of a quota of Bedrock; None when there is none of that code."""
        ...


class UseInventory(Protocol):
    """Reads how models were used, under all spellings of their own and their profile's id."""

    def load(
        self, region: str, model: str, profile: str, *, since_ms: int, until_ms: int
    ) -> ModelLoad:
        """The use of one model in few numbers."""
        ...

    def use(
        self, region: str, model: str, profile: str, *, since_ms: int, recent_ms: int, until_ms: int
    ) -> Use:
        """The same minute by minute, and the throttles since `recent_ms`."""
        ...


class RightsInventory(Protocol):
    """Reads what roles may do, without doing it."""

    def invoke_rights(
        self, role: str, profile_arn: str, resources: Sequence[str]
    ) -> Sequence[Right] | None:
        """Whether a role may invoke each resource through the profile; None: no such role."""
        ...


class Canaries(Protocol):
    """Invokes models, as the service would."""

    def canaries(
        self,
        region: str,
        model: str,
        *,
        count: int,
        role: str,
        guardrail: tuple[str, str] | None,
    ) -> Sequence[CanaryFacts]:
        """Up to `count` tiny invocations as `role`, until one fails."""
        ...


class CopyInventory(Protocol):
    """Reads how far copies of data are behind."""

    def lag(
        self, region: str, copy: tuple[str, str, str], *, since_ms: int, until_ms: int
    ) -> LagFacts | None:
        """Of a copy in `region`: its source bucket, bucket and rule; None when nothing was told."""
        ...


class DatabaseInventory(Protocol):
    """Reads how a global database stands."""

    def database(self, region: str, identifier: str) -> DatabaseFacts:
        """As that region describes it."""
        ...

    def database_lag(
        self, cluster: DatabaseCluster, source: str, *, since_ms: int, until_ms: int
    ) -> LagFacts | None:
        """How far a cluster's copy of `source` is behind; None when nothing was told."""
        ...


class KeyInventory(Protocol):
    """Reads the keys of the account."""

    def key(self, region: str, alias: str) -> KeyFacts | None:
        """The key behind an alias; None when there is no such alias."""
        ...


class ReplicaInventory(Protocol):
    """Asks one replica of the ledger, and no other."""

    def ledger_version(self, region: str) -> tuple[int, int] | None:
        """(epoch, version), strongly consistent; None when nothing is there."""
        ...


class BackupInventory(Protocol):
    """Reads from when to when the ledger can be restored."""

    def window(self, region: str) -> BackupFacts | None:
        """Of its table in a region; None when point-in-time recovery is off, or no table there."""
        ...


@dataclass(frozen=True, slots=True)
class Inventory:
    """The one reader of what the account has and may use, for every runbook and every control.

    Each read raises `Transient` when no answer came, and `autopilot.errors.Misconfigured` for a
    4xx: a setting or a right is wrong, and the region is there.
    """

    models: ModelInventory
    quotas: QuotaInventory
    use: UseInventory
    rights: RightsInventory
    canaries: Canaries
    copies: CopyInventory
    databases: DatabaseInventory
    keys: KeyInventory
    replicas: ReplicaInventory
    backups: BackupInventory
