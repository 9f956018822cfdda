"""Facts about who may do what, and how that is written down: roles, users, CloudTrail."""

from __future__ import annotations

from dataclasses import dataclass

from autopilot.domain.known import Found
from autopilot.domain.policy_document import Statement


@dataclass(frozen=True, slots=True)
class Role:
    """A role of IAM; those that AWS makes for its services are not here."""

    arn: str
    trust: tuple[Statement, ...]
    rights: tuple[Statement, ...]  #: of its own policies and the account's managed ones
    administers: bool  #: by AWS's own policy AdministratorAccess

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn


@dataclass(frozen=True, slots=True)
class User:
    """A user of IAM."""

    arn: str
    has_password: Found[bool]
    has_second_factor: Found[bool]
    key_made_ms: Found[tuple[int, ...]]  #: when each active access key was made

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn


@dataclass(frozen=True, slots=True)
class ActivityLog:
    """A trail of CloudTrail."""

    arn: str
    records: Found[bool]  #: it is switched on
    everywhere: bool  #: in every region, global services too
    validates: bool  #: digests are written
    key: str  #: of KMS; "" is none
    bucket: str

    @property
    def subject(self) -> str:
        """Its ARN."""
        return self.arn
