"""Everything that the controls look at, together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from autopilot.domain.evidence.people import ActivityLog, Role, User
from autopilot.domain.evidence.records import Records
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
from autopilot.domain.evidence.storage import BackupVault, Bucket, Key, Table, TrailInbox
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
    root_is_guarded: Found[bool]  #: by a second factor, or by having no password
    checker_ranges: Found[frozenset[str]]  #: where Route 53's health checkers ask from
    buckets: ByRegion[Bucket]
    trail_inboxes: ByRegion[TrailInbox]
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
class Evidence:
    """What the controls judge."""

    account: Account
    records: Found[Records]
    profile: Profile
    now_ms: int
