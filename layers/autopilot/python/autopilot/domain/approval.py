"""Approvals: what a person is asked, who may answer, and when an answer counts. Pure.

An approval binds one plan, by its digest, and one run. It is single use, expires, and is given by
somebody who is not the one who asked. Names of callers are those that AWS proved by a signature.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final, Self

from autopilot.domain.severity import Severity
from autopilot.errors import BadInput, Problem

ALARM: Final = "alarm"  #: asks for what no person asked for
REASON_CHARACTERS_MAX: Final = 256
POLL_SECONDS_MIN: Final = 15
POLLS_MAX: Final = 60
#: Roles whose session names AWS itself sets, from the user who signed in
#: (docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html).
_SIGN_IN_ROLES: Final = "assumed-role/AWSReservedSSO_"
_ARN_PARTS: Final = 6


class Choice(StrEnum):
    """What a person can say."""

    APPROVE = "approve"
    DENY = "deny"
    BREAK_GLASS = "break_glass"  #: approve without a second person: everybody is paged


class Status(StrEnum):
    """How far a request has come. Only an approved one can be consumed, and only once."""

    OPEN = "open"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    VOID = "void"  #: its plan no longer fits the world
    CONSUMED = "consumed"


class Rule(StrEnum):
    """What can refuse a decision; the value names it."""

    UNKNOWN = "no such request"
    NOT_OPEN = "not open"
    EXPIRED = "expired"
    OTHER_PLAN = "other plan"
    NOT_AN_APPROVER = "not an approver"
    IS_THE_REQUESTER = "approver is the requester"
    NO_BREAK_GLASS = "break-glass not allowed"
    NO_REASON = "no reason"


@dataclass(frozen=True, slots=True)
class Identity:
    """An AWS principal, and the session it acts in."""

    principal: str  #: `assumed-role/Role`, `user/name`, `root`: the ARN's end without session
    session: str = ""  #: name of the role session; "" for a user
    id: str = ""  #: unique id, such as AROA…:session; "" where only the ARN is known

    @classmethod
    def of(cls, arn: str, unique_id: str = "") -> Self:
        """Read an ARN of IAM or STS; raise `BadInput` for anything that names no caller.

        A session in `unique_id` must be that of the ARN.
        """
        parts = arn.split(":", _ARN_PARTS - 1)
        if len(parts) < _ARN_PARTS or parts[2] not in {"iam", "sts"} or not parts[5]:
            raise _unreadable("arn:…:sts::account:assumed-role/Role/session, or of a user", arn)
        principal, session = _split(parts[5])
        if ":" in unique_id and unique_id.partition(":")[2] != session:
            raise _unreadable(f"a unique id of session {session!r}", unique_id)
        return cls(principal, session, unique_id)

    def __str__(self) -> str:
        return f"{self.principal}/{self.session}" if self.session else self.principal

    def may_be(self, other: Identity) -> bool:
        """Whether both may be one person.

        One session name is one person, whatever the role. One principal is one person too: who
        assumes a role chooses the session's name, unless AWS sets it from the user who signed in.
        """
        if self.session and self.session.casefold() == other.session.casefold():
            return True
        same = self.principal == other.principal or self._same_id(other)
        return same and not self.principal.startswith(_SIGN_IN_ROLES)

    def _same_id(self, other: Identity) -> bool:
        mine, theirs = (each.id.partition(":")[0] for each in (self, other))
        return bool(mine) and mine == theirs

    def fits(self, patterns: tuple[str, ...]) -> bool:
        """Whether one of `patterns` (with `*`) fits `principal/session`."""
        return any(fnmatchcase(str(self), pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """What a run asks before it goes on."""

    id: str
    run: str
    runbook: str
    region: str  #: where the run is
    digest: str  #: of the plan
    summary: str  #: of the plan, for people
    requester: str  #: ARN of a person, or `ALARM`
    severity: Severity
    requested_ms: int
    expires_ms: int
    approvers: tuple[str, ...]  #: patterns that `Identity.fits`
    break_glass: bool  #: whether it is allowed

    def requested_by(self, identity: Identity) -> bool:
        """Whether `identity` may be who asked; nobody is an alarm."""
        return self.requester != ALARM and Identity.of(self.requester).may_be(identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person said about a plan."""

    choice: Choice
    digest: str  #: of the plan that the person saw
    by: Identity
    source: str  #: address that the call came from
    reason: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Approval:
    """A request as it stands, with the decision, if there is one."""

    request: ApprovalRequest
    status: Status
    detail: str = ""  #: who decided or why it is void, for people
    decided_ms: int = 0


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a decision counts; `refused` is the first rule against it."""

    refused: Rule | None = None
    reason: str = ""

    @property
    def accepted(self) -> bool:
        """Whether it counts."""
        return self.refused is None


#: What a decision can still change: deny wins over an approval that was not used yet.
DECIDABLE: Final[Mapping[Choice, tuple[Status, ...]]] = MappingProxyType(
    {
        Choice.APPROVE: (Status.OPEN,),
        Choice.BREAK_GLASS: (Status.OPEN,),
        Choice.DENY: (Status.OPEN, Status.APPROVED),
    }
)


def decide(approval: Approval, decision: Decision, now_ms: int) -> Ruling:
    """Whether `decision` counts for `approval` at this instant."""
    request = approval.request
    if decision.digest != request.digest:
        return _refused(Rule.OTHER_PLAN, f"expected digest {request.digest}, got {decision.digest}")
    if approval.status not in DECIDABLE[decision.choice]:
        return _refused(Rule.NOT_OPEN, f"it is {approval.status}: {approval.detail}")
    if now_ms >= request.expires_ms:
        return _refused(Rule.EXPIRED, "nobody decided in time; start the run again")
    if decision.choice is not Choice.APPROVE and not decision.reason.strip():
        return _refused(Rule.NO_REASON, f"{decision.choice} needs a reason that others can read")
    return _who(request, decision)


def _who(request: ApprovalRequest, decision: Decision) -> Ruling:
    """Anybody who may approve may deny; so may who asked, to take it back."""
    asked = request.requested_by(decision.by)
    listed = decision.by.fits(request.approvers)
    if not (listed or (asked and decision.choice is Choice.DENY)):
        expected = ", ".join(request.approvers)
        return _refused(Rule.NOT_AN_APPROVER, f"expected one of {expected}, got {decision.by}")
    if decision.choice is Choice.BREAK_GLASS and not request.break_glass:
        return _refused(Rule.NO_BREAK_GLASS, "the profile does not allow it here")
    if decision.choice is Choice.APPROVE and asked:
        return _refused(
            Rule.IS_THE_REQUESTER,
            f"expected somebody other than {request.requester}, got {decision.by}",
        )
    return Ruling()


def poll_seconds(expiry_seconds: int) -> int:
    """How long a waiting run sleeps between two looks: at most `POLLS_MAX` of them."""
    return max(POLL_SECONDS_MIN, -(-expiry_seconds // POLLS_MAX))


def _refused(rule: Rule, reason: str) -> Ruling:
    return Ruling(rule, reason if reason.endswith(".") else f"{reason}.")


def _split(resource: str) -> tuple[str, str]:
    """(principal, session): only an assumed role has a session."""
    if not resource.startswith("assumed-role/"):
        return resource, ""
    role, _, session = resource.removeprefix("assumed-role/").partition("/")
    return f"assumed-role/{role}", session


def _unreadable(expected: str, got: str) -> BadInput:
    advice = "aws sts get-caller-identity shows the Arn of the credentials in use."
    return BadInput("an identity", [Problem("arn", expected, repr(got))], advice)
