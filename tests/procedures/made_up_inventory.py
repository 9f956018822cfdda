"""An account in memory: whatever a pre-flight asks, with a note of where it asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autopilot.domain.failover_section import DatabaseCluster
from autopilot.domain.inventory import (
    BackupFacts,
    CanaryFacts,
    DatabaseFacts,
    GuardrailFacts,
    KeyFacts,
    LagFacts,
    Minute,
    ModelFacts,
    ProfileFacts,
    Right,
    Use,
)
from autopilot.errors import AutopilotError
from autopilot.ports import EndpointAnswer
from autopilot.ports.inventory import Inventory, ModelLoad

HOME, STANDBY = "eu-central-1", "eu-west-1"
ENOUGH = 1_000_000.0
_BUSY = Use((Minute(600, 60_000, 6_000),), throttled=None, invoked=600, latency_ms=500)


@dataclass
class Account:
    """Everything is well until something is changed. `fails` maps a method to what it raises."""

    fails: dict[str, AutopilotError] = field(default_factory=dict)
    quotas: dict[str, float | None] = field(default_factory=dict)  #: by code
    uses: dict[str, Use] = field(default_factory=dict)  #: by region
    destinations: tuple[str, ...] = (HOME, STANDBY)
    databases: dict[str, DatabaseFacts] = field(default_factory=dict)  #: by identifier
    database_seconds: int = 1
    asked: list[tuple[str, str]] = field(default_factory=list)  #: method, region

    def inventory(self) -> Inventory:
        """All parts of it."""
        return Inventory(
            models=self,
            quotas=self,
            use=self,
            rights=self,
            canaries=self,
            copies=self,
            databases=self,
            keys=self,
            replicas=self,
            backups=self,
        )

    def _ask(self, method: str, region: str) -> None:
        self.asked.append((method, region))
        if method in self.fails:
            raise self.fails[method]

    def model(self, region: str, model: str) -> ModelFacts | None:
        """Active, for ever."""
        self._ask("model", region)
        return ModelFacts("ACTIVE", None, on_demand=bool(model))

    def availability(self, region: str, model: str) -> Mapping[str, str]:
        """Nothing, which is a warning."""
        self._ask("availability", region)
        return {} if model else {"agreementAvailability": "AVAILABLE"}

    def inference_profile(self, region: str, profile: str) -> ProfileFacts | None:
        """One with the account's destinations."""
        self._ask("inference_profile", region)
        arns = (f"arn:aws:bedrock:{each}::foundation-model/m" for each in self.destinations)
        return ProfileFacts(f"arn:aws:bedrock:{region}:1:profile/{profile}", "ACTIVE", tuple(arns))

    def guardrail(self, region: str, guardrail: str, version: str) -> GuardrailFacts | None:
        """The one of the reference profile."""
        self._ask("guardrail", region)
        return GuardrailFacts("no-personal-data" if guardrail else "", "READY", version)

    def invocation_logging(self, region: str) -> bool:
        """Off."""
        self._ask("invocation_logging", region)
        return False

    def quota(self, region: str, code: str) -> float | None:
        """Plenty, unless it was changed."""
        self._ask("quota", region)
        return self.quotas.get(code, ENOUGH)

    def load(
        self, region: str, model: str, profile: str, *, since_ms: int, until_ms: int
    ) -> ModelLoad:
        """Not what a pre-flight asks."""
        raise NotImplementedError(region, model, profile, since_ms, until_ms)

    def use(
        self, region: str, model: str, profile: str, *, since_ms: int, recent_ms: int, until_ms: int
    ) -> Use:
        """600 requests a minute."""
        self._ask("use", region)
        assert model
        assert profile
        assert since_ms < recent_ms < until_ms
        return self.uses.get(region, _BUSY)

    def invoke_rights(
        self, role: str, profile_arn: str, resources: Sequence[str]
    ) -> Sequence[Right] | None:
        """Every one."""
        self._ask("invoke_rights", "everywhere")
        assert role
        assert profile_arn in resources
        return [Right(each, allowed=True) for each in resources]

    def canaries(
        self,
        region: str,
        model: str,
        *,
        count: int,
        role: str,
        guardrail: tuple[str, str] | None,
    ) -> Sequence[CanaryFacts]:
        """All come back."""
        self._ask("canaries", region)
        assert model
        assert role
        assert guardrail == ("hr4guard02", "1")
        return [CanaryFacts(ok=True, milliseconds=300)] * count

    def lag(
        self, region: str, copy: tuple[str, str, str], *, since_ms: int, until_ms: int
    ) -> LagFacts | None:
        """Some seconds, told two minutes ago."""
        self._ask("lag", region)
        assert len(copy) == 3
        assert since_ms < until_ms
        return LagFacts(12, until_ms - 120_000)

    def database(self, region: str, identifier: str) -> DatabaseFacts:
        """As it was changed to; by default there is none, and nobody asks."""
        self._ask("database", region)
        return self.databases[identifier]

    def database_lag(
        self, cluster: DatabaseCluster, source: str, *, since_ms: int, until_ms: int
    ) -> LagFacts | None:
        """A second, told a minute ago."""
        self._ask("database_lag", cluster.region)
        assert source != cluster.region
        assert since_ms < until_ms
        return LagFacts(self.database_seconds, until_ms - 60_000)

    def key(self, region: str, alias: str) -> KeyFacts | None:
        """Enabled."""
        self._ask("key", region)
        return KeyFacts("Enabled" if alias else "Disabled")

    def ledger_version(self, region: str) -> tuple[int, int] | None:
        """Far ahead of any other."""
        self._ask("ledger_version", region)
        return (99, 0)

    def window(self, region: str) -> BackupFacts | None:
        """From the beginning of all time until now."""
        self._ask("window", region)
        return BackupFacts(0, 1)

    def get_json(self, url: str) -> EndpointAnswer:
        """Every path is well."""
        self._ask("get_json", url.removeprefix("https://").partition(".")[0])
        well = {"status": "healthy", "tools": "0a1b"}
        return EndpointAnswer(200, {"paths": {"direct": well, "mcp": well}})
