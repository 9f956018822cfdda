"""Everything that the controls look at, together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from autopilot.domain.evidence.people import ActivityLog, Role, User
from autopilot.domain.evidence.running import (
    AlarmSwitch,
    Function,
    LogGroup,
    Machine,
    Messages,
    ModelPlace,
    ModelUse,
    Schedule,
)
from autopilot.domain.evidence.storage import BackupVault, Bucket, Key, Table
from autopilot.domain.known import Found
from autopilot.domain.profile import Profile

F = TypeVar("F")
#: Facts of one kind by region, or by `global` for a service that has none.
ByRegion: TypeAlias = Mapping[str, Found[tuple[F, ...]]]


@dataclass(frozen=True, slots=True)
class Account:
    """What was read of the account, in the regions of the profile."""

    id: str
    blocks_public: Found[bool]  #: S3's blocks are on for the whole account
    root_has_keys: Found[bool]
    checker_ranges: Found[frozenset[str]]  #: where Route 53's health checkers ask from
    buckets: ByRegion[Bucket]
    tables: ByRegion[Table]
    keys: ByRegion[Key]
    backup_vaults: ByRegion[BackupVault]
    functions: ByRegion[Function]
    machines: ByRegion[Machine]
    schedules: ByRegion[Schedule]
    alarms: ByRegion[AlarmSwitch]
    topics: ByRegion[Messages]
    queues: ByRegion[Messages]
    log_groups: ByRegion[LogGroup]
    roles: ByRegion[Role]
    users: ByRegion[User]
    activity_logs: ByRegion[ActivityLog]
    models: ByRegion[ModelUse]
    model_places: ByRegion[ModelPlace]


@dataclass(frozen=True, slots=True)
class OpenBreach:
    """An incident that may be a breach of personal data, and is not closed."""

    incident: str
    family: str
    opened_ms: int


@dataclass(frozen=True, slots=True)
class Records:
    """What the ledger says. A part that is not installed is None; nothing yet is empty."""

    journal_oldest_ms: int | None = None  #: the oldest entry that waits for export
    breaches: tuple[OpenBreach, ...] = ()
    trail_verified_ms: Mapping[str, int] | None = None  #: by region
    trail_damaged: tuple[str, ...] = ()  #: regions whose last verification found damage
    trail_sealed_ms: Mapping[str, int] | None = None  #: by region
    erasures_due_ms: Mapping[str, int] | None = None  #: of requests that are not answered yet


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the controls judge."""

    account: Account
    records: Found[Records]
    profile: Profile
    now_ms: int
