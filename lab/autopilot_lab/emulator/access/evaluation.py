"""The evaluation logic within one account.

Requests are denied by default; an explicit Deny anywhere wins; otherwise one Allow in the role's
own policies or in the resource's policy is enough, bounded by a permissions boundary. A key
policy must take part: it allows by itself, or by leaving the decision to IAM
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html,
https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from autopilot_lab.emulator.access.conditions import Context
from autopilot_lab.emulator.access.documents import Principals, Statement
from autopilot_lab.emulator.access.patterns import like

ACCOUNT_WIDE = "account"


class Reason(StrEnum):
    """Why a request is decided as it is, in the words of AWS's error messages."""

    ALLOWED = "allowed"
    IDENTITY_DENY = "with an explicit deny in an identity-based policy"
    RESOURCE_DENY = "with an explicit deny in a resource-based policy"
    NO_IDENTITY_ALLOW = "because no identity-based policy allows the {action} action"
    NO_RESOURCE_ALLOW = "because no resource-based policy allows the {action} action"
    BOUNDARY = "because no permissions boundary allows the {action} action"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a role by its ARN, the operator, or a service principal by its name."""

    name: str
    account: str

    @property
    def is_service(self) -> bool:
        """Whether this is a service of AWS, acting for itself."""
        return not self.name.startswith("arn:")


@dataclass(frozen=True, slots=True)
class Request:
    """One action on one resource ("*" where the action knows none), and what is known of it."""

    principal: Principal
    action: str
    resource: str
    context: Context


@dataclass(frozen=True, slots=True)
class Policies:
    """What applies to a request. `resource` is None where the resource has no policy."""

    identity: tuple[Statement, ...] = ()
    boundary: tuple[Statement, ...] | None = None
    resource: tuple[Statement, ...] | None = None
    resource_must_allow: bool = False  # a key policy


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer, why, and the statements that gave it.

    `nearly` are those that allow the action, but on another resource or under a condition that
    does not hold.
    """

    reason: Reason
    by: tuple[Statement, ...] = ()
    nearly: tuple[Statement, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the request goes through."""
        return self.reason is Reason.ALLOWED


def decide(request: Request, policies: Policies) -> Decision:
    """Decide one request."""
    identity = _applying(request, policies.identity)
    named = [
        (one, how)
        for one in _applying(request, policies.resource or ())
        for how in [_named(one.principals, request.principal)]
        if how
    ]
    for denial, why in (
        ([one for one in identity if not one.allows], Reason.IDENTITY_DENY),
        ([one for one, _ in named if not one.allows], Reason.RESOURCE_DENY),
    ):
        if denial:
            return Decision(why, tuple(denial))
    direct = [one for one, how in named if how != ACCOUNT_WIDE]
    delegated = [one for one, how in named if how == ACCOUNT_WIDE]
    return _allow(request, policies, identity, direct=direct, delegated=delegated)


def _allow(
    request: Request,
    policies: Policies,
    identity: list[Statement],
    *,
    direct: list[Statement],
    delegated: list[Statement],
) -> Decision:
    """Nothing denies: does anything allow?"""
    if policies.boundary is not None and not _permits(request, policies.boundary):
        return Decision(Reason.BOUNDARY, nearly=_nearly(request, policies.boundary))
    if direct:
        return Decision(Reason.ALLOWED, tuple(direct))
    if request.principal.is_service or (policies.resource_must_allow and not delegated):
        there = [
            one for one in policies.resource or () if _named(one.principals, request.principal)
        ]
        return Decision(Reason.NO_RESOURCE_ALLOW, nearly=_nearly(request, there))
    if identity:
        return Decision(Reason.ALLOWED, (*identity, *delegated))
    return Decision(Reason.NO_IDENTITY_ALLOW, nearly=_nearly(request, policies.identity))


def _nearly(request: Request, statements: Iterable[Statement]) -> tuple[Statement, ...]:
    return tuple(one for one in statements if one.allows and one.is_about(request.action))


def _applying(request: Request, statements: Iterable[Statement]) -> list[Statement]:
    return [
        one for one in statements if one.applies(request.action, request.resource, request.context)
    ]


def _permits(request: Request, boundary: tuple[Statement, ...]) -> bool:
    found = _applying(request, boundary)
    return bool(found) and all(one.allows for one in found)


def _named(principals: Principals | None, asking: Principal) -> str:
    """How a statement names who asks: "", directly, or as anybody of the account."""
    if principals is None:
        return ""
    found = ""
    for kind, names in principals.named.items():
        for name in names:
            found = found or _names(kind, name, asking)
    if principals.inverted:
        return "" if found else "direct"
    return found


def _names(kind: str, name: str, asking: Principal) -> str:
    if name == "*" and (kind in ("*", "AWS") or (kind == "Service" and asking.is_service)):
        return "direct"
    if kind == "Service":
        return "direct" if asking.is_service and name == asking.name else ""
    if kind != "AWS" or asking.is_service:
        return ""
    if name in (asking.account, f"arn:aws:iam::{asking.account}:root"):
        return ACCOUNT_WIDE
    return "direct" if "*" not in name and like(name, asking.name) else ""
