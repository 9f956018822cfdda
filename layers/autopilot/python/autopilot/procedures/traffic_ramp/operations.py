"""What the states of traffic_ramp do: plan, take, step, judge, undo, return, report."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from autopilot.domain.allocation import VersionedAllocation
from autopilot.domain.plan import Plan
from autopilot.errors import BadInput, Refused
from autopilot.gate.entries import Cause
from autopilot.procedures import approvals
from autopilot.procedures.cases import keep
from autopilot.procedures.dependencies import Dependencies
from autopilot.procedures.observation import PERIOD_MS, SETTLE_MS, Observation, observe
from autopilot.procedures.registry import Message, Operations, Trust
from autopilot.procedures.requests import read_request
from autopilot.procedures.run_messages import applied_of, evidence_of, lease_of
from autopilot.procedures.standing import standing_plans
from autopilot.procedures.traffic_ramp.approving import (
    look_at_approval,
    question_about,
    started_by_alarm,
    use_approval,
)
from autopilot.procedures.traffic_ramp.judging import Decision, judge_step, next_look_seconds
from autopilot.procedures.traffic_ramp.messages import plan_of
from autopilot.procedures.traffic_ramp.planning import RUNBOOK, plan_ramp
from autopilot.procedures.traffic_ramp.report import REPORT
from autopilot.procedures.traffic_ramp.request import TrafficRampRequest
from autopilot.procedures.waiting import end_and_return, take_lease_or_wait

#: Decisions that rest on health, and so on periods after the step only.
_NEEDS_HEALTH: Final = frozenset({Decision.NEXT_STEP, Decision.FINISH, Decision.MITIGATED})


def plan(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Observe and plan; a dry run answers with its plan even where it would be refused."""
    request = read_request(
        TrafficRampRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
    view = dependencies.gate.read()
    now_ms = dependencies.clock.now_ms()
    window_ms = dependencies.profile.thresholds.fresh_seconds * 1000
    observation = _observed(dependencies, since_ms=now_ms - window_ms, now_ms=now_ms)
    try:
        planned = plan_ramp(request, view, observation, dependencies.profile)
    except BadInput:
        raise
    except Refused as refusal:
        if request.mode == "execute":
            raise
        return _unplanned(f"This would be refused now: {refusal}", observation)
    ask = question_about(planned, request, str(message["run"]), observation, dependencies.profile)
    return _planned(request, planned, observation, ask)


def _unplanned(summary: str, observation: Observation) -> dict[str, Any]:
    return {
        "outcome": "dry_run",
        "summary": summary,
        "plan": None,
        "digest": "",
        "evidence": observation.evidence.to_dict(),
    }


def _planned(
    request: TrafficRampRequest,
    planned: Plan,
    observation: Observation,
    ask: dict[str, Any] | None,
) -> dict[str, Any]:
    outcome = "dry_run" if request.mode == "dry_run" else "planned"
    if not planned.steps:
        outcome = "nothing_to_do" if outcome == "planned" else outcome
    return {
        "outcome": outcome,
        "summary": _summary(request, planned, asks=ask is not None),
        "plan": planned.to_dict(),
        "digest": planned.digest(),
        "evidence": observation.evidence.to_dict(),
        "reason": request.reason,
        "incident": request.incident,
        # Whoever waits for a person does not wait for a lease too: the time-out bounds one of them.
        "lease_wait_seconds": 0 if ask else request.lease_wait_seconds,
        "ask": ask,
    }


def _summary(request: TrafficRampRequest, planned: Plan, *, asks: bool) -> str:
    if not planned.steps:
        return f"{planned.route} is where it should be: {planned.before}. Nothing to change."
    steps = "; then ".join(f"{step.target} for {step.bake_seconds} s" for step in planned.steps)
    said = f"From {planned.before}: {steps}. Undo goes back to the start."
    if asks:
        said += " Somebody else has to approve it first."
    if request.mode == "dry_run":
        said += ' Nothing was changed; send the same input with "mode": "execute" to do it.'
    return said


def take_lease(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Write down what the run intends, then take the lease, or say that it is worth waiting for."""
    run, gate = str(message["run"]), dependencies.gate
    gate.open_run(run, RUNBOOK, plan_of(message))
    seconds = int(message["ramp"]["lease_wait_seconds"])
    lease = take_lease_or_wait(message, gate, runbook=RUNBOOK, seconds=seconds)
    if lease is None:
        return {"taken": False, "lease": None}
    use_approval(message, lease, gate)
    return {"taken": True, "lease": asdict(lease)}


def apply_step(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Take one step of the plan, with the standing plans for the version that it makes."""
    planned, index, evidence = plan_of(message), int(message["step"]), evidence_of(message)
    after = VersionedAllocation(
        planned.base_epoch, planned.base_version + index + 1, planned.steps[index].target
    )
    applied = dependencies.gate.advance(
        lease_of(message),
        planned,
        index,
        _cause(message),
        evidence=evidence,
        standing=standing_plans(after, evidence, dependencies.profile),
    )
    return {
        "entry_id": applied.entry_id,
        "epoch": applied.epoch,
        "version": applied.version,
        "repeated": applied.repeated,
        "applied_ms": dependencies.clock.now_ms(),
        "look_seconds": next_look_seconds(0, dependencies.profile.ramp.poll_seconds),
    }


def renew_lease(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Show that the run lives, and the incident that it is run for."""
    renewed = asdict(dependencies.gate.renew_lease(lease_of(message)))
    keep(dependencies.gate, str(message.get("incident") or ""))
    return renewed


def undo(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Put back what the run changed."""
    applied = dependencies.gate.undo(lease_of(message), plan_of(message), _cause(message))
    return {"entry_id": applied.entry_id, "version": applied.version}


def return_lease(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Let the next run begin."""
    return end_and_return(message, dependencies.gate)


def judge(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Judge the step that bakes.

    Harm counts from the very period in which the step was applied, so that it shows soonest.
    Health counts only from when every router has read the step: periods that are half of the time
    before could make it look better than it is.
    """
    applied, now_ms = applied_of(message), dependencies.clock.now_ms()
    view = dependencies.gate.read()
    baked_seconds = (now_ms - applied.applied_ms) // 1000
    judged = partial(
        judge_step,
        plan_of(message),
        int(message["step"]),
        baked_seconds=baked_seconds,
        unmoved=view.versioned.order == (applied.epoch, applied.version),
    )
    since_ms = applied.applied_ms - applied.applied_ms % PERIOD_MS
    observation = _observed(dependencies, since_ms=since_ms, now_ms=now_ms)
    judgement = judged(observation)
    if judgement.decision in _NEEDS_HEALTH:
        since_ms = applied.applied_ms + SETTLE_MS
        observation = _observed(dependencies, since_ms=since_ms, now_ms=now_ms)
        judgement = judged(observation)
    return {
        "decision": judgement.decision,
        "summary": judgement.summary,
        "evidence": observation.evidence.to_dict(),
        "look_seconds": next_look_seconds(baked_seconds, dependencies.profile.ramp.poll_seconds),
    }


def verify(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Compare the ledger with the plan once more, after everything was judged."""
    planned, judged = plan_of(message), message["judged"]
    target = planned.steps[int(message["step"])].target
    applied, view = applied_of(message), dependencies.gate.read()
    if view.allocation != target or view.versioned.order != (applied.epoch, applied.version):
        last = view.last_effect
        return {
            "outcome": "superseded",
            "summary": f"{last.act} by {last.run or 'an alarm'} moved the allocation to "
            f"{view.allocation} at version {view.version}; this run leaves it so.",
        }
    outcome = "mitigated" if judged["decision"] == Decision.MITIGATED else "done"
    return {"outcome": outcome, "summary": f"{judged['summary']} Now {view.allocation}."}


def _observed(dependencies: Dependencies, *, since_ms: int, now_ms: int) -> Observation:
    profile = dependencies.profile
    return observe(
        dependencies.telemetry,
        tuple(profile.proven),
        profile.thresholds,
        since_ms=since_ms,
        now_ms=now_ms,
    )


def _cause(message: Message) -> Cause:
    run = str(message["run"])
    why = str(message["ramp"].get("reason") or "started by hand")
    by_alarm = started_by_alarm(run, str(message["ramp"].get("incident") or ""))
    return Cause(id=run, by=run, why=why, by_alarm=by_alarm)


OPERATIONS: Final[Operations] = MappingProxyType(
    {
        Trust.PLAN: {"plan": plan},
        Trust.READ: {
            "judge_step": judge,
            "verify_target": verify,
            "look_at_approval": look_at_approval,
        },
        Trust.CHANGE: {
            "take_lease": take_lease,
            "apply_step": apply_step,
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
