"""How AWS says no, and how the lab says what is missing.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

from __future__ import annotations

from collections.abc import Mapping

from autopilot_lab.emulator.access.documents import Statement
from autopilot_lab.emulator.access.evaluation import Decision, Reason, Request
from autopilot_lab.emulator.aws_error import AwsError

#: IAM prefix of the service → the error code and HTTP status with which it denies.
_CODES: Mapping[str, tuple[str, int]] = {
    "cloudwatch": ("AccessDenied", 403),
    "lambda": ("AccessDeniedException", 403),
    "s3": ("AccessDenied", 403),
    "scheduler": ("AccessDeniedException", 403),
    "sns": ("AuthorizationError", 403),
    "sqs": ("AccessDenied", 403),
    "sts": ("AccessDenied", 403),
    "xray": ("AccessDeniedException", 403),
}
_CODE_ELSEWHERE = ("AccessDeniedException", 400)


def denial(request: Request, decision: Decision, *, session: str, owner: str) -> AwsError:
    """The error that AWS answers, with the statement that is missing, or the one that denies.

    `session` is who asks, as AWS names it; `owner` is the role or policy to change.
    """
    prefix = request.action.split(":")[0]
    code, status = _CODES.get(prefix, _CODE_ELSEWHERE)
    reason = decision.reason.format(action=request.action)
    subject = f" on resource: {request.resource}" if request.resource != "*" else ""
    said = f"User: {session} is not authorized to perform: {request.action}{subject} {reason}"
    return AwsError(code, f"{said}. {_remedy(request, decision, owner)}", status)


def _remedy(request: Request, decision: Decision, owner: str) -> str:
    if decision.by:
        named = ", ".join(f"{one.sid or 'a statement'} of {one.policy}" for one in decision.by)
        return f"Denied by {named}."
    nearly = "".join(f" {_shortfall(request, one)}" for one in decision.nearly)
    return f"Missing in {owner}: {missing_statement(request, decision)}{nearly}"


def _shortfall(request: Request, statement: Statement) -> str:
    """Why a statement that allows the action does not allow this request."""
    named = f"(Statement {statement.place} of {statement.policy} allows it"
    if not statement.covers(request.resource):
        return f"{named} on {', '.join(statement.resources.patterns)} only.)"
    failed = [one for one in statement.conditions if not one.holds(request.context)]
    written = "; ".join(
        f"{one}, found {', '.join(request.context.get(one.key, ())) or 'no such key'}"
        for one in failed
    )
    return f"{named} only where {written}.)"


def missing_statement(request: Request, decision: Decision) -> str:
    """The statement to paste into the template, in YAML's flow style."""
    parts = {"Effect": "Allow", "Action": request.action, "Resource": f'"{request.resource}"'}
    if decision.reason is Reason.NO_RESOURCE_ALLOW:
        kind = "Service" if request.principal.is_service else "AWS"
        parts["Principal"] = f'{{{kind}: "{request.principal.name}"}}'
        source = request.context.get("aws:sourcearn")
        if source:
            parts["Condition"] = f'{{ArnLike: {{aws:SourceArn: "{source[0]}"}}}}'
    written = ", ".join(f"{name}: {value}" for name, value in parts.items())
    return f"- {{{written}}}"
