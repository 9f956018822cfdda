"""Approvals as records: asked, decided, voided and consumed, each by one conditional write.

Whoever comes second finds the condition of its write broken, and reads in the record what came
first: two approvers, a decision and the end of its time, a denial and the run that goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from autopilot.domain.approval import (
    DECIDABLE,
    Approval,
    ApprovalRequest,
    Choice,
    Decision,
    Rule,
    Status,
    decide,
)
from autopilot.domain.instants import moment
from autopilot.domain.permit import issue_record
from autopilot.domain.severity import Severity
from autopilot.domain.writes import (
    Above,
    AnyOf,
    Condition,
    ConditionalWrite,
    ConditionFailed,
    Equals,
    Missing,
    Set,
)
from autopilot.errors import Inconsistent, Refused
from autopilot.gate.door import Door
from autopilot.gate.entries import entry_id

PREFIX: Final = "approval/"
OPEN_MAX: Final = 100  #: requests of one day that are listed
_ID_CHARACTERS: Final = 8
_UNUSED: Final = (Status.OPEN, Status.APPROVED)


class ApprovalRefused(Refused):
    """A decision, or the use of one, was refused; `rule` says which rule stood in the way."""

    def __init__(self, rule: Rule, message: str) -> None:
        """Keep the rule for the caller."""
        self.rule = rule
        super().__init__(message)


def approval_id(run: str, digest: str, *, started_ms: int) -> str:
    """The id of a run's request about a plan: the day the run started, then 40 bits.

    The same for every retry; the day first, so that the open ones of a day are listed together.
    """
    return f"{_day(started_ms)}-{entry_id(run, digest)[:_ID_CHARACTERS]}"


def request(door: Door, asked: ApprovalRequest) -> Approval:
    """Write the request down; answers with what stands when it was asked before."""
    fields: dict[str, Any] = {
        **asdict(asked),
        "severity": asked.severity.value,
        "status": Status.OPEN.value,
        "detail": "",
        "decided_ms": 0,
        "decision": {},
    }
    write = ConditionalWrite(
        f"{PREFIX}{asked.id}",
        tuple(Set((name,), value) for name, value in fields.items()),
        conditions=(Missing(("record",)),),
    )
    try:
        return _approval(door.ledger.write(write, issue_record("request approval", write)))
    except ConditionFailed as failure:
        return _approval(failure.item or {})


def find(door: Door, approval: str) -> Approval | None:
    """The request of that id as it stands, or None."""
    item = door.ledger.read(f"{PREFIX}{approval}")
    return None if item is None else _approval(item)


def undecided(door: Door) -> tuple[Approval, ...]:
    """Requests that a person can still decide on, the oldest first; runs live less than a day."""
    now_ms = door.clock.now_ms()
    days = (_day(now_ms, days_before=1), _day(now_ms))
    items = [i for day in days for i in door.ledger.query(f"{PREFIX}{day}-", limit=OPEN_MAX)]
    found = [_approval(item) for item in items]
    waiting = [
        one for one in found if one.status is Status.OPEN and one.request.expires_ms > now_ms
    ]
    return tuple(sorted(waiting, key=lambda one: (one.request.requested_ms, one.request.id)))


def settle(door: Door, approval: str, decision: Decision) -> Approval:
    """Decide on a request; the same decision by the same person again is a success.

    Raises `ApprovalRefused` naming the rule that the decision broke.
    """
    item = door.ledger.read(f"{PREFIX}{approval}")
    if item is None:
        raise _no_such(approval)
    now_ms = door.clock.now_ms()
    if not decide(_approval(item), decision, now_ms).accepted:
        return _echo(item, decision, now_ms)
    write = _decided(approval, decision, now_ms)
    try:
        return _approval(door.ledger.write(write, issue_record("decide approval", write)))
    except ConditionFailed as failure:
        return _echo(failure.item or {}, decision, now_ms)


def void(door: Door, approval: str, status: Status, detail: str) -> Approval:
    """Close a request that nobody may use any more; one that was used or denied stays so."""
    write = ConditionalWrite(
        f"{PREFIX}{approval}",
        (Set(("status",), status.value), Set(("detail",), detail)),
        conditions=(_one_of(_UNUSED),),
    )
    try:
        return _approval(door.ledger.write(write, issue_record("void approval", write)))
    except ConditionFailed as failure:
        if failure.item is None:
            raise _no_such(approval) from failure
        return _approval(failure.item)


def consume(door: Door, approval: str, *, run: str, digest: str) -> Approval:
    """Use an approval up, by the run and for the plan that it was given to.

    The same run again finds it used by itself, a success. Raises `ApprovalRefused` otherwise.
    """
    now_ms = door.clock.now_ms()
    write = ConditionalWrite(
        f"{PREFIX}{approval}",
        (Set(("status",), Status.CONSUMED.value), Set(("consumed_ms",), now_ms)),
        conditions=(
            Equals(("run",), run),
            Equals(("digest",), digest),
            Equals(("status",), Status.APPROVED.value),
            Above(("expires_ms",), now_ms),
        ),
    )
    try:
        return _approval(door.ledger.write(write, issue_record("consume approval", write)))
    except ConditionFailed as failure:
        if failure.item is None:
            raise _no_such(approval) from failure
        stands = _approval(failure.item)
    if (stands.request.run, stands.request.digest) != (run, digest):
        raise ApprovalRefused(Rule.OTHER_PLAN, _not_for(stands, run, digest))
    if stands.status is Status.CONSUMED:
        return stands
    rule = Rule.EXPIRED if stands.status is Status.APPROVED else Rule.NOT_OPEN
    message = f"approval {approval} cannot be used. {rule}: it is {stands.status} {stands.detail}"
    raise ApprovalRefused(rule, f"{message}. Start the run again.")


def _decided(approval: str, decision: Decision, now_ms: int) -> ConditionalWrite:
    status = Status.DENIED if decision.choice is Choice.DENY else Status.APPROVED
    return ConditionalWrite(
        f"{PREFIX}{approval}",
        (
            Set(("status",), status.value),
            Set(("detail",), _said(decision)),
            Set(("decided_ms",), decision.at_ms),
            Set(("decision",), _plain(decision)),
        ),
        conditions=(
            Equals(("digest",), decision.digest),
            _one_of(DECIDABLE[decision.choice]),
            Above(("expires_ms",), now_ms),
        ),
    )


def _echo(item: Mapping[str, Any], decision: Decision, now_ms: int) -> Approval:
    """What a refused write means: our own decision, made before, or the rule against it."""
    stands = _approval(item)
    made = item["decision"]
    ours = (decision.choice.value, decision.digest, str(decision.by), decision.by.id)
    if made and ours == (made["choice"], item["digest"], made["by"], made["id"]):
        return stands
    ruling = decide(stands, decision, now_ms)
    if ruling.refused is None:
        message = f"the store refused {decision.choice}, but every rule holds on what it returned"
        raise Inconsistent(message)
    what = f"{decision.choice} of {stands.request.id} was refused"
    raise ApprovalRefused(ruling.refused, f"{what}. {ruling.refused}: {ruling.reason}")


def _one_of(statuses: tuple[Status, ...]) -> Condition:
    return AnyOf(tuple(Equals(("status",), status.value) for status in statuses))


def _plain(decision: Decision) -> dict[str, Any]:
    return {
        "choice": decision.choice.value,
        "by": str(decision.by),
        "id": decision.by.id,
        "source": decision.source,
        "reason": decision.reason,
        "at_ms": decision.at_ms,
    }


def _said(decision: Decision) -> str:
    words = {Choice.APPROVE: "approved", Choice.DENY: "denied", Choice.BREAK_GLASS: "broke glass"}
    because = f": {decision.reason}" if decision.reason else ""
    return f"{words[decision.choice]} by {decision.by}{because}"


def _approval(item: Mapping[str, Any]) -> Approval:
    names = ("id", "run", "runbook", "region", "digest", "summary", "requester")
    try:
        asked = ApprovalRequest(
            **{name: str(item[name]) for name in names},
            severity=Severity(item["severity"]),
            requested_ms=item["requested_ms"],
            expires_ms=item["expires_ms"],
            approvers=tuple(item["approvers"]),
            break_glass=item["break_glass"],
        )
        return Approval(asked, Status(item["status"]), item["detail"], item["decided_ms"])
    except (KeyError, ValueError) as error:
        message = f"the approval {item.get('record')} lacks or misshapes an attribute: {error!r}"
        raise Inconsistent(message) from error


def _day(at_ms: int, *, days_before: int = 0) -> str:
    day = moment(at_ms) - timedelta(days=days_before)
    return day.strftime("%y%m%d")


def _no_such(approval: str) -> ApprovalRefused:
    message = f"{Rule.UNKNOWN}: the ledger has none of id {approval}. See `autopilot approvals`."
    return ApprovalRefused(Rule.UNKNOWN, message)


def _not_for(stands: Approval, run: str, digest: str) -> str:
    return (
        f"{Rule.OTHER_PLAN}: approval {stands.request.id} is for run {stands.request.run} and "
        f"digest {stands.request.digest}, got {run} and {digest}. Ask for that plan."
    )
