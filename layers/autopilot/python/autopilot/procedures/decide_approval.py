"""What the function URL for approvals does: list what is open, take a person's decision.

Who calls is only what AWS proved: requestContext.authorizer.iam of the URL's event
(docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html). Nothing in the body names a person.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from autopilot.domain.approval import REASON_CHARACTERS_MAX, Choice, Decision, Identity
from autopilot.domain.page import Page
from autopilot.domain.severity import Severity
from autopilot.domain.validation import problems_of
from autopilot.errors import BadInput, Problem

if TYPE_CHECKING:
    from autopilot.domain.approval import Approval
    from autopilot.procedures.dependencies import Dependencies

BODY_BYTES_MAX: Final = 4_096
_ADVICE: Final = "Use `autopilot approvals`, `approve` and `deny`; docs/approvals.md has examples."


class DecisionRequest(BaseModel):
    """The body of a POST."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    decision: Annotated[Choice, Field(strict=False)]
    id: Annotated[str, Field(pattern="^[0-9]{6}-[a-z2-7]{8}$")]
    digest: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    reason: Annotated[str, Field(max_length=REASON_CHARACTERS_MAX)] = ""


def answer(event: object, dependencies: Dependencies, *, account: str) -> dict[str, Any]:
    """GET lists, POST decides; raise `BadInput` for anything else or for a caller not proven."""
    if not isinstance(event, Mapping):
        raise _refused("event", "a request to the function URL", event)
    context: Mapping[str, Any] = event.get("requestContext") or {}
    caller = identity(context, account)
    method = (context.get("http") or {}).get("method")
    if method == "GET":
        return {"caller": str(caller), "approvals": _listed(dependencies)}
    if method == "POST":
        return _decided(event, context, caller, dependencies)
    raise _refused("method", "GET or POST", method)


def identity(context: Mapping[str, Any], account: str) -> Identity:
    """The proven caller, of our own account."""
    proven = (context.get("authorizer") or {}).get("iam") or {}
    arn = str(proven.get("userArn") or "")
    caller = Identity.of(arn, str(proven.get("callerId") or ""))
    for key, got in (("accountId", proven.get("accountId")), ("userArn", arn.split(":")[4])):
        if got != account:
            raise _refused(f"requestContext.authorizer.iam.{key}", f"account {account}", got)
    return caller


def plain(approval: Approval) -> dict[str, Any]:
    """A request as JSON, for people and for the command. Instants are Unix milliseconds."""
    asked = approval.request
    return {
        "id": asked.id,
        "status": approval.status.value,
        "detail": approval.detail,
        "runbook": asked.runbook,
        "run": asked.run,
        "region": asked.region,
        "summary": asked.summary,
        "digest": asked.digest,
        "requester": asked.requester,
        "severity": asked.severity.value,
        "requested_ms": asked.requested_ms,
        "expires_ms": asked.expires_ms,
        "approvers": list(asked.approvers),
        "break_glass": asked.break_glass,
    }


def _listed(dependencies: Dependencies) -> list[dict[str, Any]]:
    return [plain(one) for one in dependencies.gate.undecided_approvals()]


def _decided(
    event: Mapping[str, Any],
    context: Mapping[str, Any],
    caller: Identity,
    dependencies: Dependencies,
) -> dict[str, Any]:
    asked = _body(event)
    decision = Decision(
        choice=asked.decision,
        digest=asked.digest,
        by=caller,
        source=str((context.get("http") or {}).get("sourceIp") or ""),
        reason=asked.reason,
        at_ms=dependencies.clock.now_ms(),
    )
    approval = dependencies.gate.decide_approval(asked.id, decision)
    if asked.decision is Choice.BREAK_GLASS:
        dependencies.pager.page(_glass(approval, decision, dependencies.service))
    return {"caller": str(caller), "approval": plain(approval)}


def _glass(approval: Approval, decision: Decision, service: str) -> Page:
    asked = approval.request
    return Page(
        key=f"approval/{asked.id}/break-glass",
        thread=asked.run,
        severity=Severity.P0,
        title=f"{service}: {asked.runbook.replace('_', ' ')} was approved by break-glass",
        seen=f"{decision.by} approved plan {asked.digest} of run {asked.run} alone: "
        f"{decision.reason}",
        done=f"The run goes on: {asked.summary}",
        decide="Whether that was right. `autopilot stop --reason` stops it.",
        next_command=f"autopilot deny {asked.id} --digest {asked.digest} --yes --reason WHY",
    )


def _body(event: Mapping[str, Any]) -> DecisionRequest:
    raw = str(event.get("body") or "")
    if len(raw) > BODY_BYTES_MAX:
        raise _refused("body", f"at most {BODY_BYTES_MAX} bytes", f"{len(raw)} bytes")
    try:
        text = base64.b64decode(raw, validate=True) if event.get("isBase64Encoded") else raw
        parsed = json.loads(text)
    except (binascii.Error, ValueError):
        raise _refused("body", "a JSON object", "something else") from None
    if not isinstance(parsed, dict):
        raise _refused("body", "a JSON object", type(parsed).__name__)
    try:
        return DecisionRequest.model_validate(parsed)
    except ValidationError as error:
        raise BadInput("the decision", problems_of(error), _ADVICE) from None


def _refused(key: str, expected: str, got: object) -> BadInput:
    return BadInput("the request", [Problem(key, expected, repr(got))], _ADVICE)
