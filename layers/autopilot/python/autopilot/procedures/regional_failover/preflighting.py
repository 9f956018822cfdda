"""GO or NO-GO: the pre-flight's answer, and whether a person is asked after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.failover import FailoverPlan, Kind
from autopilot.domain.preflight import Answer, Preflight
from autopilot.procedures import approvals
from autopilot.procedures.preflight import preflight_of
from autopilot.procedures.regional_failover.messages import plan_of
from autopilot.procedures.regional_failover.planning import RUNBOOK, in_words

if TYPE_CHECKING:
    from autopilot.domain.profile import Profile
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

_SHOWN_MAX: Final = 20  #: checks that travel through the machine: those that are not GO first
#: What is behind by more than the objective allows is a person's to give up.
_DATA: Final = "data-lag"


def preflight(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Carry out the pre-flight for the plan; its answer, and what to ask people, if anything."""
    plan, failover = plan_of(message), message["failover"]
    found = preflight_of(
        dependencies,
        plan.target,
        plan.source if plan.kind is Kind.LOSS else None,
        holder=str(message["run"]),
    )
    is_dry = failover["outcome"] == "dry_run"
    return {
        "answer": found.answer,
        "outcome": _outcome(found, is_dry=is_dry),
        "summary": f"{failover['summary']} Pre-flight: {found.summary}",
        "checks": [each.to_json() for each in found.worst_first[:_SHOWN_MAX]],
        "ask": None if is_dry else question_after(plan, found, failover, dependencies.profile),
    }


def _outcome(found: Preflight, *, is_dry: bool) -> str:
    if is_dry:
        return "dry_run"
    return "no_go" if found.answer is Answer.NO_GO else "planned"


def question_after(
    plan: FailoverPlan, found: Preflight, failover: Mapping[str, Any], profile: Profile
) -> dict[str, Any] | None:
    """What to ask; None where the profile lets the loss of a region be answered by itself."""
    section = profile.failover
    behind = any(each.kind == _DATA and each.answer is not Answer.GO for each in found.checks)
    is_automatic = section is not None and section.automatic and plan.kind is Kind.LOSS
    if is_automatic and not behind:
        return None
    return approvals.question(
        profile,
        kind=RUNBOOK,
        plan=plan.allocation,
        summary=f"{plan.kind} {plan.source} → {plan.target}: {in_words(plan)}. {found.summary}",
        requested_by=failover["requested_by"],
        by_alarm=bool(failover["incident"]),
        always=behind,
    )
