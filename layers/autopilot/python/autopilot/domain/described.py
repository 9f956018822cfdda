"""A profile as its contradictions are looked for: every key that a rule reads, and no other.

A profile that has problems already is read through `Readable`, as far as it is right.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

Location: TypeAlias = tuple[int | str, ...]


class _Regions(Protocol):
    @property
    def home(self) -> str: ...
    @property
    def standby(self) -> str: ...
    @property
    def observer(self) -> str: ...
    @property
    def residency(self) -> tuple[str, ...]: ...


class _Route(Protocol):
    @property
    def region(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def baseline_percent(self) -> int: ...
    @property
    def proven_capacity_percent(self) -> int: ...


class _Objectives(Protocol):
    @property
    def error_rate_percent(self) -> float: ...
    @property
    def rpo_minutes(self) -> int: ...


class _Verdict(Protocol):
    @property
    def guard_percent(self) -> float: ...
    @property
    def tolerance_percent(self) -> float: ...


class _Ramp(Protocol):
    @property
    def bake_seconds(self) -> int: ...
    @property
    def poll_seconds(self) -> int: ...
    @property
    def up_marks_percent(self) -> tuple[int, ...]: ...


class _Rails(Protocol):
    @property
    def healthy_capacity_floor_percent(self) -> int: ...


class _ProbeTarget(Protocol):
    @property
    def region(self) -> str: ...
    @property
    def url(self) -> str: ...


class _Probes(Protocol):
    @property
    def targets(self) -> Sequence[_ProbeTarget]: ...
    @property
    def control(self) -> str: ...
    @property
    def hosts(self) -> tuple[str, ...]: ...


class _Service(Protocol):
    @property
    def endpoint(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def time_zone(self) -> str: ...


class _IncidentService(Protocol):
    @property
    def routing_key_parameter(self) -> str: ...


class _Channels(Protocol):
    @property
    def incident(self) -> _IncidentService | None: ...


class _Incident(Protocol):
    @property
    def rules(self) -> Sequence[Any]: ...
    @property
    def verify_minutes(self) -> int: ...
    @property
    def watch_minutes_max(self) -> int: ...


class _DatabaseCluster(Protocol):
    @property
    def region(self) -> str: ...
    @property
    def arn(self) -> str: ...


class _Database(Protocol):
    @property
    def clusters(self) -> Sequence[_DatabaseCluster]: ...
    @property
    def lag_seconds_max(self) -> int: ...


class _Failover(Protocol):
    @property
    def writer_seconds(self) -> int: ...
    @property
    def skew_seconds(self) -> int: ...
    @property
    def plan_valid_seconds(self) -> int: ...
    @property
    def database(self) -> _Database | None: ...


class _BedrockModel(Protocol):
    @property
    def path(self) -> str: ...


class _Bedrock(Protocol):
    @property
    def models(self) -> Sequence[_BedrockModel]: ...


class Described(Protocol):
    """The keys of a profile that can contradict each other."""

    @property
    def regions(self) -> _Regions: ...  # noqa: D102 - the profile's models describe them
    @property
    def paths(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def routes(self) -> Sequence[_Route]: ...  # noqa: D102
    @property
    def objectives(self) -> _Objectives: ...  # noqa: D102
    @property
    def verdict(self) -> _Verdict: ...  # noqa: D102
    @property
    def ramp(self) -> _Ramp: ...  # noqa: D102
    @property
    def rails(self) -> _Rails: ...  # noqa: D102
    @property
    def service(self) -> _Service: ...  # noqa: D102
    @property
    def probes(self) -> _Probes: ...  # noqa: D102
    @property
    def channels(self) -> _Channels: ...  # noqa: D102
    @property
    def incident(self) -> _Incident: ...  # noqa: D102
    @property
    def bedrock(self) -> _Bedrock: ...  # noqa: D102
    @property
    def approvals(self) -> Container[str]: ...  # noqa: D102
    @property
    def failover(self) -> _Failover | None: ...  # noqa: D102


class Unreadable(Exception):
    """A key that a rule needs is missing or wrong by itself, which is reported already."""


@dataclass(frozen=True, slots=True)
class Readable:
    """As much of a raw profile as is right: reading a key in `wrong` raises `Unreadable`."""

    raw: Mapping[str, Any]
    wrong: frozenset[Location]
    at: Location = ()

    def __getattr__(self, name: str) -> Any:
        """The value of a key, tables as `Readable` again."""
        if name not in self.raw:
            raise Unreadable
        return self._wrapped(self.raw[name], (*self.at, name))

    def __contains__(self, name: object) -> bool:
        """Whether the table has that key, right or wrong."""
        return name in self.raw

    def _wrapped(self, value: Any, at: Location) -> Any:
        if at in self.wrong:
            raise Unreadable
        if isinstance(value, Mapping):
            return Readable(value, self.wrong, at)
        if isinstance(value, list):
            return tuple(self._wrapped(each, (*at, index)) for index, each in enumerate(value))
        return value
