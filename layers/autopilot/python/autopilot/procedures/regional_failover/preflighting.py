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
    outcome = _outcome(found, is_dry=failover["outcome"] == "dry_run")
    asks = outcome == "planned"
    return {
        "answer": found.answer,
        "outcome": outcome,
        "summary": f"{failover['summary']} Pre-flight: {found.summary}",
        "checks": [each.to_json() for each in found.worst_first[:_SHOWN_MAX]],
        "ask": question_after(plan, found, failover, dependencies.profile) if asks else None,
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
    behind = [each for each in found.checks if each.kind == _DATA and each.answer is not Answer.GO]
    is_automatic = section is not None and section.automatic and plan.kind is Kind.LOSS
    if is_automatic and not behind:
        return None
    lost = "".join(f" {each.name} is {each.observed}: {each.reason}." for each in behind)
    moved = f"{plan.kind} {plan.source} → {plan.target}:{lost} {in_words(plan)}"
    return approvals.question(
        profile,
        kind=RUNBOOK,
        plan=plan.allocation,
        summary=f"{moved}. {found.summary}",
        requested_by=failover["requested_by"],
        by_alarm=bool(failover["incident"]),
        always=bool(behind),
        incident=failover["incident"],
    )
