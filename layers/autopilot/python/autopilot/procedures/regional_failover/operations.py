"""What the states of regional_failover do: plan, ask, move writes, weight and clients, verify."""

from __future__ import annotations

from dataclasses import asdict, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.allocation import VersionedAllocation
from autopilot.domain.failover import FailoverPlan, Kind
from autopilot.domain.switches import ADMISSION, WRITER
from autopilot.errors import BadInput, Refused
from autopilot.procedures import approvals
from autopilot.procedures.cases import keep
from autopilot.procedures.dependencies import Dependencies
from autopilot.procedures.regional_failover.approving import look_again, look_at_approval
from autopilot.procedures.regional_failover.baking import judge_step
from autopilot.procedures.regional_failover.messages import plan_of
from autopilot.procedures.regional_failover.planning import (
    RUNBOOK,
    choose_way,
    database_turn,
    in_words,
    plan_failover,
)
from autopilot.procedures.regional_failover.preflighting import preflight
from autopilot.procedures.regional_failover.promoting import promote_database
from autopilot.procedures.regional_failover.report import REPORT
from autopilot.procedures.regional_failover.request import RegionalFailoverRequest
from autopilot.procedures.regional_failover.scene import (
    evidence_now,
    look_around,
)
from autopilot.procedures.regional_failover.turning import expires_ms, turn
from autopilot.procedures.regional_failover.undoing import undo
from autopilot.procedures.regional_failover.verifying import verify
from autopilot.procedures.registry import Message, Operations, Trust
from autopilot.procedures.requests import read_request
from autopilot.procedures.run_messages import cause_of, evidence_of, lease_of
from autopilot.procedures.standing import standing_plans
from autopilot.procedures.traffic_ramp.judging import next_look_seconds
from autopilot.procedures.waiting import end_and_return, take_lease_or_wait

if TYPE_CHECKING:
    from autopilot.domain.failover_section import FailoverSection
    from autopilot.domain.plan import Evidence

#: What a dry run's summary ends with.
HINT: Final = ' Nothing was changed; send "mode": "execute" to do it.'
_NO_SECTION: Final = (
    "the profile has no failover section, so nothing says how a region of this service is left. "
    "Describe it there; see docs/failover.md."
)


def plan(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Look around and plan; a dry run answers with its plan even where it would be refused."""
    request = read_request(
        RegionalFailoverRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
    try:
        return _planned(request, dependencies)
    except BadInput:
        raise
    except Refused as refusal:
        if request.mode == "execute":
            raise
        return _answer(request, "dry_run", f"This would be refused now: {refusal}", dependencies)


def _planned(request: RegionalFailoverRequest, dependencies: Dependencies) -> dict[str, Any]:
    profile = dependencies.profile
    if profile.failover is None:
        raise Refused(_NO_SECTION)
    scene = look_around(dependencies)
    way = choose_way(request, scene, profile)
    planned = plan_failover(way, scene, profile, profile.failover)
    evidence = evidence_now(scene, dependencies)
    if planned.is_done:
        outcome = "nothing_to_do" if request.mode == "execute" else "dry_run"
    else:
        outcome = "planned" if request.mode == "execute" else "dry_run"
    said = f"{planned.kind.capitalize()} of {way.source} for {way.target}: {in_words(planned)}."
    return _answer(request, outcome, said, dependencies, planned, evidence)


def _answer(
    request: RegionalFailoverRequest,
    outcome: str,
    summary: str,
    dependencies: Dependencies,
    planned: FailoverPlan | None = None,
    evidence: Evidence | None = None,
) -> dict[str, Any]:
    """What later states need, in one object of the same shape in every case."""
    now_ms, section = dependencies.clock.now_ms(), dependencies.profile.failover
    hint = HINT if outcome == "dry_run" else ""
    return {
        "outcome": outcome,
        "summary": summary + hint,
        "plan": planned.to_dict() if planned else None,
        "digest": planned.digest() if planned else "",
        "kind": planned.kind if planned else "",
        "steps": len(planned.allocation.steps) if planned else 0,
        "evidence": evidence.to_dict() if evidence else None,
        "expires_ms": now_ms + (section.plan_valid_seconds * 1000 if section else 0),
        "hand_over_seconds": section.hand_over_seconds if section else 0,
        "database_seconds": _database_seconds(planned, section),
        "requested_by": request.requested_by,
        "reason": request.reason,
        "incident": request.incident,
        "lease_wait_seconds": request.lease_wait_seconds,
    }


def _database_seconds(planned: FailoverPlan | None, section: FailoverSection | None) -> int:
    """What the move of a database's writer may take; 0 where the plan has none."""
    if planned is None or database_turn(planned) is None:
        return 0
    return section.database.seconds_max if section and section.database else 0


def take_lease(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Write down what the run intends, then take the lease, or say that it is worth waiting for."""
    run, gate, planned = str(message["run"]), dependencies.gate, plan_of(message)
    gate.open_run(run, RUNBOOK, planned.allocation, planned.turns)
    seconds = int(message["failover"]["lease_wait_seconds"])
    lease = take_lease_or_wait(message, gate, runbook=RUNBOOK, seconds=seconds)
    if lease is None:
        return {"taken": False, "lease": None}
    try:
        approvals.consume(message, gate, digest=planned.digest())
    except Refused:
        gate.close_run(run, "refused")
        gate.return_lease(lease)
        raise
    return {"taken": True, "lease": asdict(lease)}


def hand_over_writes(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Give the writes to the target, which may take them once the owner before has stopped."""
    return turn(message, dependencies, WRITER)


def turn_admission(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Send clients to the regions that the plan leaves open."""
    return turn(message, dependencies, ADMISSION)


def apply_step(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Take one step of the allocation, with the standing plans for the version that it makes."""
    planned, index, evidence = plan_of(message), int(message["step"]), evidence_of(message)
    allocation = planned.allocation
    after = VersionedAllocation(
        allocation.base_epoch,
        allocation.base_version + index + 1,
        allocation.steps[index].target,
    )
    # The loss of a region stays what it is while the pre-flight takes its time.
    if planned.kind is Kind.LOSS:
        evidence = replace(evidence, expires_ms=expires_ms(message))
    applied = dependencies.gate.advance(
        lease_of(message),
        allocation,
        index,
        cause_of(message, "failover"),
        evidence=evidence,
        standing=standing_plans(after, evidence, dependencies.profile),
    )
    bake_seconds = allocation.steps[index].bake_seconds
    return {
        "entry_id": applied.entry_id,
        "epoch": applied.epoch,
        "version": applied.version,
        "applied_ms": dependencies.clock.now_ms(),
        "last": index + 1 == len(allocation.steps),
        "bakes": bake_seconds > 0,
        "look_seconds": next_look_seconds(0, dependencies.profile.ramp.poll_seconds),
    }


def renew_lease(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Show that the run lives, and the incident that it is run for."""
    renewed = asdict(dependencies.gate.renew_lease(lease_of(message)))
    keep(dependencies.gate, str(message.get("incident") or ""))
    return renewed


def return_lease(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Let the next run begin."""
    return end_and_return(message, dependencies.gate)


OPERATIONS: Final[Operations] = MappingProxyType(
    {
        Trust.PLAN: {"plan": plan},
        Trust.READ: {
            "preflight": preflight,
            "judge_step": judge_step,
            "look_at_approval": look_at_approval,
            "look_again": look_again,
            "verify": verify,
        },
        Trust.CHANGE: {
            "take_lease": take_lease,
            "hand_over_writes": hand_over_writes,
            "promote_database": promote_database,
            "apply_step": apply_step,
            "turn_admission": turn_admission,
            "renew_lease": renew_lease,
            "undo": undo,
            "return_lease": return_lease,
        },
        Trust.REPORT: {
            "report": REPORT,
            "ask_approval": approvals.ask,
            "close_approval": approvals.close,
        },
    }
)
