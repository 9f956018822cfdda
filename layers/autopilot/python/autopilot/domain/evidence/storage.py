"""Facts about what keeps data: buckets, tables, keys, backup vaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autopilot.domain.known import Found
from autopilot.domain.permit import COPY_SUFFIX
from autopilot.domain.policy_document import Statement


@dataclass(frozen=True, slots=True)
class Expiry:
    """A lifecycle rule that is enabled: what it removes, after how many days; 0 is never."""

    prefix: str  #: "" is the whole bucket
    days: int
    earlier_version_days: int


@dataclass(frozen=True, slots=True)
class Copy:
    """Where a replication rule sends objects."""

    bucket: str
    account: str  #: "" is the bucket's own
    region: str  #: "" when the account has no such bucket


@dataclass(frozen=True, slots=True)
class Bucket:
    """An S3 bucket."""

    name: str
    region: Found[str]
    key: Found[str]  #: of its default encryption; "" is S3's own (SSE-S3)
    blocks_public: Found[bool]  #: all four blocks are on
    policy: Found[tuple[Statement, ...]]
    versioned: Found[bool]
    locked: Found[bool]  #: Object Lock is enabled
    expiries: Found[tuple[Expiry, ...]]
    copies: Found[tuple[Copy, ...]]
    tags: Found[Mapping[str, str]]

    @property
    def subject(self) -> str:
        """Its ARN."""
        return f"arn:aws:s3:::{self.name}"


@dataclass(frozen=True, slots=True)
class TrailInbox:
    """Entries of one region that wait to be sealed into its trail."""

    bucket: str
    oldest_ms: int | None  #: when the oldest was put there; None: none waits

    @property
    def subject(self) -> str:
        """The ARN of the bucket."""
        return f"arn:aws:s3:::{self.bucket}"


@dataclass(frozen=True, slots=True)
class Table:
    """A DynamoDB table in one region."""

    arn: str
    key: str  #: of KMS; "" is DynamoDB's own
    protected: bool  #: against deletion
    streams: bool
    regions: tuple[str, ...]  #: its own, and those of its replicas and witness
    recoverable: Found[bool]  #: to a point in time
    backups: Found[int]  #: on demand
    tags: Found[Mapping[str, str]]
    made_ms: int = 0  #: Unix milliseconds
    restored_from: str = ""  #: the name of the table whose backup it was made of

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn

    @property
    def is_copy(self) -> bool:
        """Whether a restore made it to read it, by its name and by what DynamoDB says of it."""
        name = self.arn.rpartition("/")[2]
        return bool(self.restored_from) and name.startswith(f"{self.restored_from}{COPY_SUFFIX}")


@dataclass(frozen=True, slots=True)
class Key:
    """A customer key of KMS in one region."""

    arn: str
    state: str  #: Enabled, Disabled, PendingDeletion, …
    rotatable: bool  #: symmetric, and of KMS's own material
    rotates: Found[bool]
    policy: Found[tuple[Statement, ...]]

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn


@dataclass(frozen=True, slots=True)
class BackupVault:
    """A vault of AWS Backup."""

    arn: str
    locked: bool

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn
