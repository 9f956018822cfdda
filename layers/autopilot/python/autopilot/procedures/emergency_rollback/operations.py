"""What the states of emergency_rollback do: plan, take, turn, judge, put back, verify, report."""

from __future__ import annotations

from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from autopilot.domain.release_section import EMERGENCY
from autopilot.domain.releases import Release
from autopilot.domain.switches import Span, SwitchPlan
from autopilot.domain.verdict import State
from autopilot.errors import Refused
from autopilot.procedures.cases import keep
from autopilot.procedures.dependencies import Dependencies
from autopilot.procedures.emergency_rollback.judging import LOOK_SECONDS, Decision, judge_rollback
from autopilot.procedures.emergency_rollback.messages import plan_of
from autopilot.procedures.emergency_rollback.planning import (
    RUNBOOK,
    Choice,
    plan_rollback,
    turns_in_words,
    words,
)
from autopilot.procedures.emergency_rollback.register import observed_release, read_register
from autopilot.procedures.emergency_rollback.report import REPORT
from autopilot.procedures.emergency_rollback.request import EmergencyRollbackRequest
from autopilot.procedures.observation import SETTLE_MS, Observation, observe
from autopilot.procedures.registry import Message, Operations, Trust
from autopilot.procedures.requests import read_request
from autopilot.procedures.run_messages import cause_of, lease_of
from autopilot.procedures.waiting import end_and_return, take_lease_or_wait

_NO_SECTION: Final = (
    "the profile has no release section, so nothing is known of how this service is released. "
    "Describe its alias and parameters there; see docs/rollback.md."
)


def plan(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Observe every switch, find the last good release, and say what would be turned."""
    request = read_request(
        EmergencyRollbackRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
    profile = dependencies.profile
    if profile.release is None:
        if request.mode == "execute":
            raise Refused(_NO_SECTION)
        return _answer(request, "dry_run", f"This would be refused now: {_NO_SECTION}")
    now_ms = dependencies.clock.now_ms()
    since_ms = now_ms - profile.thresholds.fresh_seconds * 1000
    whole = _observed(dependencies, since_ms=since_ms, now_ms=now_ms).whole
    present = observed_release(dependencies)
    emergency = dependencies.switches[EMERGENCY].observe().value if profile.has_emergency else ""
    choice = plan_rollback(
        present,
        read_register(dependencies),
        profile.release,
        profile,
        emergency=emergency,
        base_turn=dependencies.gate.read().turns.count,
    )
    well = whole.state is State.HEALTHY and not request.although_healthy
    said = f"The service is {whole.state}: {whole.reason}. {_said(choice, present)}"
    expires_ms = now_ms + profile.release.plan_valid_seconds * 1000
    return _answer(
        request, _outcome(request, choice, well=well), said, choice.plan, present, expires_ms
    )


def _outcome(request: EmergencyRollbackRequest, choice: Choice, *, well: bool) -> str:
    if request.mode == "dry_run":
        return "dry_run"
    if well:
        return "nothing_to_do"
    return "planned" if choice.plan else "no_good_release"


def _said(choice: Choice, present: Release) -> str:
    now = f"Release {present.id} serves ({words(present.switches)})."
    if choice.plan is None:
        return f"{now} {choice.why}"
    return f"{now} {choice.why} Turns: {turns_in_words(choice.plan)}."


def _answer(
    request: EmergencyRollbackRequest,
    outcome: str,
    summary: str,
    planned: SwitchPlan | None = None,
    present: Release | None = None,
    expires_ms: int = 0,
) -> dict[str, Any]:
    """What later states need, in one object of the same shape in every case."""
    hints = {
        "dry_run": ' Nothing was changed; send "mode": "execute" to do it.',
        "nothing_to_do": ' Nothing is changed while it is well: "although_healthy" insists.',
    }
    return {
        "outcome": outcome,
        "summary": summary + hints.get(outcome, ""),
        "plan": planned.to_dict() if planned else None,
        "digest": planned.digest() if planned else "",
        "present": present.id if present else "",
        "expires_ms": expires_ms,
        "reason": request.reason,
        "incident": request.incident,
        "lease_wait_seconds": request.lease_wait_seconds,
    }


def take_lease(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Write down what the run intends, then take the lease, or say that it is worth waiting for."""
    run, gate = str(message["run"]), dependencies.gate
    gate.open_run(run, RUNBOOK, None, plan_of(message))
    seconds = int(message["rollback"]["lease_wait_seconds"])
    lease = take_lease_or_wait(message, gate, runbook=RUNBOOK, seconds=seconds)
    return {"taken": lease is not None, "lease": lease and asdict(lease)}


def turn_switch(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Take one turn of the plan, with the lease renewed so that it outlives the call."""
    planned, index, gate = plan_of(message), int(message["step"]), dependencies.gate
    turned = gate.turn(
        gate.renew_lease(lease_of(message)),
        planned,
        index,
        cause_of(message, "rollback"),
        expires_ms=int(message["rollback"]["expires_ms"]),
        switches=dependencies.switches,
    )
    return {
        "entry_id": turned.entry_id,
        "switch": turned.switch,
        "shows": turned.shows,
        "last": index + 1 == len(planned.steps),
        "turned_ms": dependencies.clock.now_ms(),
        "look_seconds": LOOK_SECONDS,
    }


def renew_lease(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Show that the run lives, and the incident that it is run for."""
    renewed = asdict(dependencies.gate.renew_lease(lease_of(message)))
    keep(dependencies.gate, str(message.get("incident") or ""))
    return renewed


def judge(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Judge what was turned, on what the service showed once every request met the new release."""
    profile, now_ms = dependencies.profile, dependencies.clock.now_ms()
    turned_ms = int(message["turned"]["turned_ms"])
    whole = _observed(dependencies, since_ms=turned_ms + SETTLE_MS, now_ms=now_ms).whole
    judgement = judge_rollback(
        whole,
        _moved(plan_of(message), dependencies, Span.LASTING),
        waited_seconds=(now_ms - turned_ms) // 1000,
        judge_seconds=profile.release.judge_seconds if profile.release else 0,
        unknown_seconds_max=profile.ramp.unknown_seconds_max,
    )
    return {"decision": judgement.decision, "summary": judgement.summary}


def leave_emergency_mode(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Put back what was to last only until the rollback was verified."""
    return _back(message, dependencies, (Span.TEMPORARY,))


def undo(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Put back everything that the run turned, the last turn first."""
    return _back(message, dependencies, tuple(Span))


def _back(message: Message, dependencies: Dependencies, spans: tuple[Span, ...]) -> dict[str, Any]:
    gate = dependencies.gate
    held = gate.renew_lease(lease_of(message))
    turned = gate.turn_back(
        held, plan_of(message), cause_of(message, "rollback"), dependencies.switches, spans=spans
    )
    left = [f"{each.switch} shows {each.shows}" for each in turned if each.left]
    return {"switches": [each.switch for each in turned if each.entry_id], "left": left}


def verify(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Read every switch once more: lasting turns stand, temporary ones are back."""
    planned, judged = plan_of(message), message["judged"]
    outcomes = {Decision.HELPED: "done", Decision.BLIND: "blind"}
    moved = "; ".join(
        filter(None, (_moved(planned, dependencies, span) for span in Span)),
    )
    if moved:
        said = f"{judged['summary']} Now {moved}: this run leaves it so."
        return {"outcome": "superseded", "summary": said}
    outcome = outcomes.get(Decision(judged["decision"]), "superseded")
    return {"outcome": outcome, "summary": f"{judged['summary']} {turns_in_words(planned)}."}


def return_lease(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Let the next run begin."""
    return end_and_return(message, dependencies.gate)


def _moved(planned: SwitchPlan, dependencies: Dependencies, span: Span) -> str:
    """Switches of this span that do not show what they should at the end, in words."""
    said = []
    for step in planned.steps:
        if step.span is span:
            wanted = step.to if span is Span.LASTING else step.before
            shows = dependencies.switches[step.switch].observe().value
            said += [f"{step.switch} shows {shows}, not {wanted}"] if shows != wanted else []
    return ", ".join(said)


def _observed(dependencies: Dependencies, *, since_ms: int, now_ms: int) -> Observation:
    profile = dependencies.profile
    return observe(
        dependencies.telemetry,
        tuple(profile.proven),
        profile.thresholds,
        since_ms=since_ms,
        now_ms=now_ms,
    )


OPERATIONS: Final[Operations] = MappingProxyType(
    {
        Trust.PLAN: {"plan": plan},
        Trust.READ: {"judge_rollback": judge, "verify_switches": verify},
        Trust.CHANGE: {
            "take_lease": take_lease,
            "turn_switch": turn_switch,
            "renew_lease": renew_lease,
            "leave_emergency_mode": leave_emergency_mode,
            "undo": undo,
            "return_lease": return_lease,
        },
        Trust.REPORT: {"report": REPORT},
    }
)
