"""Decides every call: which role asks, which rights it needs, which policies answer.

The operator has an administrator's rights; what a resource's policy denies to everybody, it
denies to the operator as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.conditions import Context, PolicyProblem
from autopilot_lab.emulator.access.documents import Matcher, Statement
from autopilot_lab.emulator.access.encryption import needs_behind
from autopilot_lab.emulator.access.evaluation import (
    Decision,
    Policies,
    Principal,
    Request,
    decide,
)
from autopilot_lab.emulator.access.needs import Asked, Need
from autopilot_lab.emulator.access.objects import place
from autopilot_lab.emulator.access.resource_policies import policy_of
from autopilot_lab.emulator.access.roles import (
    boundary_of,
    find_role,
    identity_policies,
    trust_of,
)
from autopilot_lab.emulator.access.services import RULES
from autopilot_lab.emulator.access.sessions import session_statements
from autopilot_lab.emulator.access.wording import denial
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.moto_backend import ACCOUNT

T = TypeVar("T")

OPERATOR_ARN = f"arn:aws:iam::{ACCOUNT}:user/operator"

#: What an administrator's policy says.
_EVERYTHING = (
    Statement(
        policy="AdministratorAccess",
        sid="",
        allows=True,
        actions=Matcher(("*",)),
        resources=Matcher(("*",)),
    ),
)

#: Services whose resources have policies, which bind the operator too.
_WITH_POLICIES = frozenset({"s3", "sqs", "sns", "kms", "lambda"})

#: Services, and beginnings of operations of those with policies, after whose calls what was
#: decided may be decided otherwise.
_CHANGING_SERVICES = frozenset({"iam", "cloudformation"})
_CHANGING = (
    "AddPermission",
    "Create",
    "DeleteAlias",
    "DeleteBucket",
    "DeleteFunction",
    "DeleteQueue",
    "DeleteTopic",
    "PutBucketPolicy",
    "PutKeyPolicy",
    "RemovePermission",
    "SetQueueAttributes",
    "SetTopicAttributes",
    "UpdateAlias",
)
_READS_OF_OBJECTS = frozenset({"GetObject", "HeadObject"})
NOT_FOUND = 404
_TIMED = frozenset({"aws:currenttime", "aws:epochtime"})

_Key = tuple[str, str, str, tuple[tuple[str, tuple[str, ...]], ...]]

#: Decisions kept; objects of a bucket are many.
_DECISIONS_MAX = 50_000


@dataclass(frozen=True, slots=True, order=True)
class Used:
    """A statement that let something through: for whom, its policy, its place, the action."""

    principal: str
    policy: str
    place: int
    action: str


class Access:
    """Answers whether a call goes through, and remembers what it answered.

    `now` gives the virtual time in Unix seconds.
    """

    def __init__(self, *, now: Callable[[], float], log: EventLog) -> None:
        self._now = now
        self._log = log
        self._decided: dict[_Key, Decision] = {}
        self._of_roles: dict[str, Policies] = {}
        self._of_resources: dict[str, tuple[Statement, ...] | None] = {}
        self._sessions: set[tuple[str, str, str]] = set()
        self.used: set[Used] = set()

    def forget(self) -> None:
        """Policies have changed: decide everything anew."""
        self._decided.clear()
        self._of_roles.clear()
        self._of_resources.clear()
        self._sessions.clear()

    # -- clients' calls --------------------------------------------------------------------------

    def carry_out(
        self, call: Call, request: wire.Request, effect: Callable[[], wire.Response]
    ) -> wire.Response:
        """Let a client's call happen, or raise the `AwsError` that AWS would answer."""
        self.guard(call, request)
        answer = effect()
        if _may_change_rights(call):
            self.forget()
        if call.role_arn and answer.status == NOT_FOUND and call.operation in _READS_OF_OBJECTS:
            self._hide_absence(call, request)
        return answer

    def _hide_absence(self, call: Call, request: wire.Request) -> None:
        """Without s3:ListBucket nobody learns that an object is absent: 403, not 404.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        """
        need = Need("s3:ListBucket", f"arn:aws:s3:::{place(Asked(call, request))[0]}")
        self.require(call.role_arn, need, region=call.region, session=call.caller)

    def guard(self, call: Call, request: wire.Request) -> None:
        """Raise the `AwsError` that AWS would answer unless the caller has the rights it needs."""
        if not call.role_arn and call.service not in _WITH_POLICIES:
            return
        rule = RULES.get(call.service, {}).get(call.operation)
        if rule is None:
            if call.role_arn:
                raise _unknown(call)
            return
        within = self._load(lambda: session_statements(call))
        for need in rule(Asked(call, request)):
            self.require(call.role_arn, need, region=call.region, session=call.caller)
            if within is not None:
                self._require_within(call, need, within)

    def _require_within(self, call: Call, need: Need, within: tuple[Statement, ...]) -> None:
        """Raise unless the policy of a session allows it as well."""
        request = self._request(call.role_arn, need, call.region, {})
        decision = decide(request, Policies(within))
        if not decision.allowed:
            name = call.role_arn.rsplit("/", 1)[-1]
            raise denial(request, decision, session=name, owner="the session policy")

    # -- rights ----------------------------------------------------------------------------------

    def require(self, role_arn: str, need: Need, *, region: str, session: str) -> None:
        """Raise the `AwsError` of AWS unless a role ("": the operator) has a right."""
        name = role_arn or OPERATOR_ARN
        known = {"aws:principalarn": (name,), "aws:principalaccount": (ACCOUNT,)}
        shown = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_arn.rsplit('/', 1)[-1]}/{session}"
        owner = f"role {role_arn.rsplit('/', 1)[-1]}"
        for one in (need, *needs_behind(need, by_service=False)):
            request = self._request(name, one, region, known)
            self._settle(request, session=shown if role_arn else name, owner=owner)

    def has(self, role_arn: str, need: Need, *, region: str) -> bool:
        """Whether a role has a right."""
        try:
            self.require(role_arn, need, region=region, session="check")
        except AwsError:
            return False
        return True

    def require_service(self, principal: str, source_arn: str, need: Need, *, region: str) -> None:
        """Raise unless the policies of the resource let a service act for one of its resources."""
        known = {
            "aws:sourcearn": (source_arn,),
            "aws:sourceaccount": (ACCOUNT,),
            "aws:sourceowner": (ACCOUNT,),
            "aws:principalservicename": (principal,),
        }
        for one in (need, *needs_behind(need, by_service=True)):
            request = self._request(principal, one, region, known)
            self._settle(request, session=principal, owner=f"the policy of {one.resource}")

    def assume(self, role_arn: str, service: str, source_arn: str = "") -> None:
        """Raise unless a service may assume a role, acting for `source_arn` if it says so."""
        key = (role_arn, service, source_arn)
        if key in self._sessions:
            return
        role = find_role(role_arn)
        known = {"aws:sourcearn": (source_arn,), "aws:sourceaccount": (ACCOUNT,)}
        need = Need("sts:AssumeRole", role_arn)
        request = self._request(service, need, "", known if source_arn else {})
        trust = self._load(lambda: trust_of(role)) if role is not None else None
        if not decide(request, Policies(resource=trust)).allowed:
            what = "has no statement for it" if role is not None else "does not exist"
            acting = f" acting for {source_arn}" if source_arn else ""
            message = (
                f"{service}{acting} is not authorized to perform: sts:AssumeRole on resource: "
                f"{role_arn}: the role {what} in its AssumeRolePolicyDocument"
            )
            raise AwsError("AccessDeniedException", message, 403)
        self._sessions.add(key)

    def simulate(self, role_arn: str, need: Need) -> Decision | None:
        """What the policies of a role say, without anything being asked; None: no such role."""
        if find_role(role_arn) is None:
            return None
        policies = self._load(lambda: _policies_of(role_arn))
        return decide(
            Request(Principal(role_arn, ACCOUNT), need.action, need.resource, need.context),
            policies,
        )

    # -- deciding --------------------------------------------------------------------------------

    def _request(
        self, name: str, need: Need, region: str, known: Mapping[str, tuple[str, ...]]
    ) -> Request:
        """The request with the global condition keys.

        Calls inside the lab count as made over TLS, from this machine's own address.
        """
        is_service = not name.startswith("arn:")
        context: dict[str, tuple[str, ...]] = {
            "aws:securetransport": ("true",),
            "aws:requestedregion": (region,),
            "aws:resourceaccount": (ACCOUNT,),
            "aws:principalisawsservice": (str(is_service).lower(),),
            **({} if is_service else {"aws:sourceip": ("127.0.0.1",)}),
            **known,
            **need.context,
        }
        return Request(Principal(name, ACCOUNT), need.action, need.resource, context)

    def _settle(self, request: Request, *, session: str, owner: str) -> None:
        decision = self._decide(request)
        if not decision.allowed:
            refused = denial(request, decision, session=session, owner=owner)
            self._log.add(
                "denied",
                principal=request.principal.name,
                action=request.action,
                resource=request.resource,
                message=refused.message,
            )
            raise refused

    def _decide(self, request: Request) -> Decision:
        name = request.principal.name
        key = (name, request.action, request.resource, tuple(request.context.items()))
        known = self._decided.get(key)
        if known is not None:
            return known
        policies = self._load(lambda: self._policies_for(name, request))
        timed = _asks_for_time(policies)
        decision = decide(self._timed(request) if timed else request, policies)
        if not timed:
            self._remember(key, decision)
        if decision.allowed:
            self.used.update(
                Used(name, one.policy, one.place, request.action) for one in decision.by
            )
        return decision

    def _remember(self, key: _Key, decision: Decision) -> None:
        if len(self._decided) >= _DECISIONS_MAX:
            self._decided.clear()
        self._decided[key] = decision

    def _policies_for(self, name: str, request: Request) -> Policies:
        resource = request.resource
        if name not in self._of_roles:
            self._of_roles[name] = _policies_of(name)
        in_bucket = resource.startswith("arn:aws:s3:")
        whole = resource.partition("/")[0] if in_bucket else resource
        if whole not in self._of_resources:
            self._of_resources[whole] = policy_of(whole)
        is_role = resource.startswith("arn:aws:iam:")
        is_trust = request.action == "sts:AssumeRole"
        return replace(
            self._of_roles[name],
            resource=self._of_resources[whole] if is_trust or not is_role else None,
            resource_must_allow=is_trust or resource.startswith("arn:aws:kms:"),
        )

    def _timed(self, request: Request) -> Request:
        moment = datetime.fromtimestamp(self._now(), UTC)
        context: Context = {
            **request.context,
            "aws:currenttime": (moment.isoformat(),),
            "aws:epochtime": (str(int(moment.timestamp())),),
        }
        return replace(request, context=context)

    def _load(self, load: Callable[[], T]) -> T:
        try:
            return load()
        except PolicyProblem as problem:
            raise AwsError("MalformedPolicyDocument", str(problem)) from problem


def _policies_of(name: str) -> Policies:
    """What a principal may do by its own policies."""
    if name == OPERATOR_ARN:
        return Policies(_EVERYTHING)
    role = find_role(name) if name.startswith("arn:") else None
    return Policies(identity_policies(role), boundary_of(role)) if role else Policies()


def _asks_for_time(policies: Policies) -> bool:
    everything: Iterable[Statement] = (
        *policies.identity,
        *(policies.boundary or ()),
        *(policies.resource or ()),
    )
    return any(condition.key in _TIMED for one in everything for condition in one.conditions)


def _may_change_rights(call: Call) -> bool:
    changes = call.service in _WITH_POLICIES and call.operation.startswith(_CHANGING)
    return changes or call.service in _CHANGING_SERVICES


def _unknown(call: Call) -> AwsError:
    message = (
        f"the lab does not know which right {call.service}:{call.operation} needs, and so refuses "
        f"it to {call.role_arn}; it belongs into RULES in autopilot_lab.emulator.access.services"
    )
    return AwsError("AccessDeniedException", message, 403)
