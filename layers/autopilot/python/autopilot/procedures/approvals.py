"""Asking people before a run goes on: what any runbook's machine needs, beside its own judgement.

    ask (REPORT) → wait → look (READ, the runbook's own) ─┬─ wait: again
                                                          ├─ approved: take the lease, consume
                                                          └─ else: close (REPORT), report

`look` judges the world first: a plan that no longer fits it is void, whatever people said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.approval import ALARM, ApprovalRequest, Identity, Status, poll_seconds
from autopilot.domain.page import Link, Page
from autopilot.domain.severity import Severity
from autopilot.errors import BadInput, Inconsistent, Problem
from autopilot.gate.approvals import approval_id
from autopilot.procedures.cases import keep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.domain.approval import Approval
    from autopilot.domain.approval_section import ApprovalRule
    from autopilot.domain.plan import Plan
    from autopilot.domain.profile import Profile
    from autopilot.gate.gate import Gate
    from autopilot.procedures.dependencies import Dependencies

    Message = Mapping[str, Any]

_SUMMARY_MAX: Final = 1_024


class Look(StrEnum):
    """What follows a look at a request."""

    WAIT = "wait"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Looked:
    """What follows, and the sentence that explains it."""

    decision: Look
    summary: str


def question(
    profile: Profile,
    *,
    kind: str,
    plan: Plan,
    summary: str,
    requested_by: str | None,
    by_alarm: bool = False,
    always: bool = False,
    incident: str = "",
) -> dict[str, str] | None:
    """What to ask before `plan` is carried out, for `ask`; None when the profile asks nobody.

    `kind` is the profile's: a kind of act or a runbook. `always` asks whoever the profile names,
    although it would ask nobody about such a plan; `incident` waits for the answer, too. Raises
    `BadInput` when a person asks without saying who: the approver could be the same one.
    """
    rule = profile.approvals.get(kind)
    if rule is None or not (always or rule.asks_for(plan.before.total_moved(plan.goal))):
        return None
    requester = ALARM if by_alarm and not requested_by else _named(requested_by)
    return _asking(kind, summary, requester) | ({"incident": incident} if incident else {})


def question_on(
    profile: Profile, *, kind: str, summary: str, requested_by: str | None, dry_run: bool
) -> dict[str, str] | None:
    """The same about what moves no traffic. A dry run shows the question, whoever starts it."""
    rule = profile.approvals.get(kind)
    if rule is None or not rule.needed:
        return None
    requester = "" if dry_run and not requested_by else _named(requested_by)
    return _asking(kind, summary, requester)


def _asking(kind: str, summary: str, requester: str) -> dict[str, str]:
    return {"kind": kind, "summary": summary[:_SUMMARY_MAX], "requester": requester}


def ask(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Write the request down and page the approvers; again, it is the same request.

    The incident that waits for the answer is no dead one: nobody else has to take it over.
    """
    asked = _request(message, dependencies)
    stands = dependencies.gate.request_approval(asked)
    if stands.status is Status.OPEN:
        incident = str(message["ask"].get("incident", ""))
        keep(dependencies.gate, incident, until_ms=stands.request.expires_ms)
        dependencies.pager.page(_page(stands.request, dependencies.service, message))
    expiry_seconds = (asked.expires_ms - asked.requested_ms) // 1000
    return {
        "id": asked.id,
        "digest": asked.digest,
        "expires_ms": stands.request.expires_ms,
        "wait_seconds": poll_seconds(expiry_seconds),
    }


def looked(gate: Gate, approval: str, *, now_ms: int, void: str) -> Looked:
    """How a request stands; `void` says why the plan no longer fits, "" when it does.

    Raises `Inconsistent` when the request is not in the ledger.
    """
    stands = gate.read_approval(approval)
    if stands is None:
        message = f"approval {approval}: expected the request that this run made, got nothing"
        raise Inconsistent(message)
    if stands.status is Status.DENIED:
        return Looked(Look.DENIED, f"The plan was {stands.detail}.")
    if void or stands.status is Status.VOID:
        return Looked(Look.VOID, void or stands.detail)
    if now_ms >= stands.request.expires_ms or stands.status is Status.EXPIRED:
        return Looked(Look.EXPIRED, _expired(stands))
    if stands.status is Status.APPROVED:
        return Looked(Look.APPROVED, f"The plan was {stands.detail}.")
    return Looked(Look.WAIT, f"Nobody has decided on {approval} yet.")


def close(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Close a request that this run will not use, so that nobody decides on it any more."""
    decision, summary = Look(message["look"]["decision"]), str(message["look"]["summary"])
    if decision in {Look.EXPIRED, Look.VOID}:
        status = Status(decision.value)
        dependencies.gate.void_approval(str(message["approval"]["id"]), status, summary)
    return {"outcome": decision.value, "detail": summary}


def consume(message: Message, gate: Gate, *, digest: str) -> None:
    """Use up the approval that the run was given, if it needed one; raise when it cannot."""
    if approval := message.get("approval"):
        gate.consume_approval(str(approval["id"]), run=str(message["run"]), digest=digest)


def _request(message: Message, dependencies: Dependencies) -> ApprovalRequest:
    asking, run = message["ask"], str(message["run"])
    rule: ApprovalRule = dependencies.profile.approvals[str(asking["kind"])]
    now_ms, digest = dependencies.clock.now_ms(), str(message["digest"])
    started_ms = int(datetime.fromisoformat(str(message["started"])).timestamp() * 1000)
    return ApprovalRequest(
        id=approval_id(run, digest, started_ms=started_ms),
        run=run,
        runbook=str(message["runbook"]),
        region=dependencies.region,
        digest=digest,
        summary=str(asking["summary"]),
        requester=str(asking["requester"]),
        severity=Severity(rule.severity),
        requested_ms=now_ms,
        expires_ms=now_ms + rule.expires_minutes * 60_000,
        approvers=rule.approvers,
        break_glass=rule.break_glass,
    )


def _page(asked: ApprovalRequest, service: str, message: Message) -> Page:
    minutes = (asked.expires_ms - asked.requested_ms) // 60_000
    return Page(
        key=f"approval/{asked.id}",
        thread=asked.run,
        severity=asked.severity,
        title=f"{service}: {asked.runbook.replace('_', ' ')} waits for approval",
        seen=f"Run {asked.run}, started by {asked.requester}, has a plan and waits.",
        done="",
        decide=f"Approve or deny within {minutes} min: {asked.summary}",
        next_command=f"autopilot approve {asked.id} --digest {asked.digest}",
        links=(Link("Execution", str(message["execution"])),),
    )


def _expired(stands: Approval) -> str:
    said = f", although it was {stands.detail}" if stands.detail else ""
    return f"Approval {stands.request.id} was not used in time{said}. Start the run again."


def _named(requested_by: str | None) -> str:
    if requested_by is None:
        expected = "the ARN of who starts this run, because the profile asks for an approval"
        advice = 'Add "requested_by": the Arn that `aws sts get-caller-identity` shows.'
        raise BadInput("the input", [Problem("requested_by", expected, "nothing")], advice)
    Identity.of(requested_by)  # refuses what names nobody
    return requested_by
