"""Looks at the service for an incident: facts, their rule, and what follows. Changes nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.allocation import Allocation, Route
from autopilot.domain.incident import (
    Classified,
    Facts,
    Situation,
    classify,
    fails_broadly,
    lost_regions,
)
from autopilot.domain.probes import dark_vantages, doubted_regions, region_verdict
from autopilot.procedures.emergency_rollback.register import is_suspect
from autopilot.procedures.incident_response.deciding import (
    Decision,
    Step,
    act_from_ms,
    decide,
    is_wrong,
    verified,
)
from autopilot.procedures.incident_response.memory import (
    ENDED,
    SIGNALS_MAX,
    Before,
    Memory,
    Nested,
    Worst,
    memory_of,
)
from autopilot.procedures.incident_response.request import RUNBOOK, IncidentRequest
from autopilot.procedures.observation import SETTLE_MS, Observation, observe
from autopilot.procedures.plain_words import nested_failure, plain_words
from autopilot.procedures.requests import read_request
from autopilot.procedures.vantages import observations

if TYPE_CHECKING:
    from autopilot.domain.probes import ProbeObservation
    from autopilot.gate.ledger import LedgerView
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

HARM_MS: Final = 30_000  #: harm is judged on the newest seconds: what is over is not acted on
#: Six probes in a row and a record of them; a doubt that lasts longer holds no ramp up.
PROBES_DECIDE_MS: Final = 120_000
LEASE_WAIT_SECONDS: Final = 180  #: longer than a dead holder keeps its lease
_LOOK_SECONDS_MIN: Final = 5
#: How the runs of runbooks are called, after the run of the incident: 80 characters are the most.
_WORDS: Final = {
    "traffic_ramp": "ramp",
    "emergency_rollback": "rollback",
    "regional_failover": "failover",
}
_BEFORE_ALARM_MS: Final = 5_000  #: clocks differ


def assess(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """One look: what is so, which rule matches, what follows; and what to remember of it."""
    request = read_request(
        IncidentRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
    now_ms, view = dependencies.clock.now_ms(), dependencies.gate.read()
    memory = memory_of(message["memory"]) or _first(request, view, dependencies)
    memory = _with_nested(memory, message.get("nested"), now_ms)
    memory = _with_effects(_with_signals(memory, request, dependencies), view, dependencies)
    seen = observations(dependencies.gate)
    silent = doubted_regions(seen, now_ms, dependencies.profile.probes.fresh_seconds)
    observed = _observed(dependencies, now_ms - HARM_MS, now_ms, silent)
    facts = _facts(request, memory, view, observed, seen, dependencies)
    if not silent:
        facts = _with_release(facts, memory, dependencies)
    classified = classify(facts, dependencies.profile.incident.rules)
    memory = _with_look(memory, classified, facts, now_ms)
    step = _step(memory, classified, facts, dependencies, now_ms, silent)
    if request.mode == "dry_run":
        return _dry_run(classified, step, dependencies)
    return _answer(str(message["run"]), request, memory, classified, step, dependencies)


def _first(request: IncidentRequest, view: LedgerView, dependencies: Dependencies) -> Memory:
    now_ms = dependencies.clock.now_ms()
    before = _before(request, dependencies)
    return Memory(
        opened_ms=before.opened_ms or now_ms,
        rolled_back_before=before.rolled_back,
        begun_ms=now_ms,
        trouble_ms=now_ms,
        version=view.version,
        shares=view.allocation.to_dict(),
    ).noting(now_ms, f"The run began: {request.reason or 'started by hand'}.")


def _before(request: IncidentRequest, dependencies: Dependencies) -> Before:
    """What counts of the run before, of an incident that is answered once more.

    Who handed it over, or died, left it open: people wait since then, and what was tried stays
    tried. One that had ended well begins anew.
    """
    if request.incident is None or request.generation == 1:
        return Before()
    gate = dependencies.gate
    record = gate.find_record(f"incident/{request.incident}")
    if record is not None and record["status"] not in ENDED:
        return Before(int(record["opened_ms"]), bool(record.get("rolled_back", False)))
    claim = gate.find_incident(request.family)
    return Before(claim.opened_ms if claim else 0)


def _with_signals(memory: Memory, request: IncidentRequest, dependencies: Dependencies) -> Memory:
    """What alarms were written down since the last look; each is read once."""
    if request.incident is None:
        return memory
    prefix = f"signal/{request.incident}/"
    known, is_first = set(memory.signals), request.generation == 1
    found = dependencies.gate.find_records(prefix, limit=SIGNALS_MAX)
    new = [each for each in found if str(each["record"]).removeprefix(prefix) not in known]
    for signal in sorted(new, key=lambda each: int(each["changed_ms"])):
        alarm = str(signal["alarm"])
        at_ms = min(int(signal["changed_ms"]), dependencies.clock.now_ms())  # clocks differ
        memory = memory.noting(at_ms, f"Alarm {alarm} went off in {signal['region']}.")
        memory = replace(
            memory,
            opened_ms=min(memory.opened_ms, at_ms) if is_first else memory.opened_ms,
            trouble_ms=max(memory.trouble_ms, at_ms),
            signals=(*memory.signals, str(signal["record"]).removeprefix(prefix)),
            alarms=tuple(dict.fromkeys((*memory.alarms, alarm))),
        )
    return memory


def _with_effects(memory: Memory, view: LedgerView, dependencies: Dependencies) -> Memory:
    """What moved the allocation since the last look, and what the reflex did for this incident."""
    now_ms = dependencies.clock.now_ms()
    if view.version != memory.version:
        by = view.last_effect.run or "the reflex"
        said = f"{view.last_effect.act} by {by}: {view.allocation} (version {view.version})."
        memory = replace(memory, version=view.version, trouble_ms=now_ms).noting(now_ms, said)
    if memory.contained or not view.dwell.route:
        return memory
    at_ms = view.dwell.until_ms - dependencies.profile.contain.dwell_seconds * 1000
    if at_ms < memory.opened_ms - _BEFORE_ALARM_MS:
        return memory
    contained = replace(
        memory,
        contained=view.dwell.route,
        contained_ms=at_ms,
        shares=_before_contain(view, dependencies).to_dict(),
    )
    return contained.noting(at_ms, f"The reflex contained {view.dwell.route}: {view.allocation}.")


def _before_contain(view: LedgerView, dependencies: Dependencies) -> Allocation:
    """Where the traffic was before; the baseline when the entry was exported already."""
    for kind, _, entry in view.journal():
        if kind == "contain" and entry.get("route") == view.dwell.route:
            return Allocation.from_compact(str(entry["before"]), view.allocation.routes)
    return dependencies.profile.baseline()


def _with_nested(memory: Memory, nested: Mapping[str, Any] | None, now_ms: int) -> Memory:
    """How the runbook that was started last ended."""
    if not nested or not memory.nested:
        return memory
    *before, last = memory.nested
    failed = not nested["succeeded"]
    outcome, detail = (
        nested_failure(str(nested["detail"]))
        if failed
        else (str(nested["outcome"]), str(nested["detail"]))
    )
    ended = replace(last, outcome=outcome, detail=plain_words(detail)[:512], failed=failed)
    said = f"{last.subject} ended: {outcome}."
    return replace(memory, nested=(*before, ended), trouble_ms=now_ms).noting(now_ms, said)


def _with_look(memory: Memory, classified: Classified, facts: Facts, now_ms: int) -> Memory:
    wrong = is_wrong(memory, classified, facts)
    memory = replace(memory, trouble_ms=now_ms if wrong else memory.trouble_ms)
    memory = memory.noting(now_ms, f"{_sentence(classified.situation)}: rule {classified.rule}.")
    worst = memory.worst
    if worst is not None and not _is_worse(classified, worst):
        return memory
    return replace(
        memory,
        worst=Worst(
            situation=classified.situation,
            rule=classified.rule,
            severity=classified.severity,
            advice=classified.advice,
            runbook=classified.runbook,
            evidence=classified.evidence,
        ),
    )


def _is_worse(classified: Classified, worst: Worst) -> bool:
    """More urgent, or the first that is about something, or more that is as urgent."""
    if classified.situation is Situation.NOTHING_WRONG:
        return False
    was_nothing = worst.situation == Situation.NOTHING_WRONG
    return was_nothing or classified.severity < worst.severity  # P0 sorts before P1


def _facts(
    request: IncidentRequest,
    memory: Memory,
    view: LedgerView,
    observation: Observation,
    seen: Mapping[str, ProbeObservation],
    dependencies: Dependencies,
) -> Facts:
    profile = dependencies.profile
    now_ms, fresh = dependencies.clock.now_ms(), profile.probes.fresh_seconds
    facts = Facts(
        family=request.family,
        allocation=view.allocation,
        shares={Route.parse(route): share for route, share in memory.shares.items()},
        routes=dict(observation.evidence.verdicts),
        whole=observation.whole,
        objective_ppm=profile.objectives.error_rate_ppm,
        regions={
            region: region_verdict(seen, region, now_ms, fresh)
            for region in (profile.regions.home, profile.regions.standby)
        },
        dark=dark_vantages(seen, now_ms, fresh),
        alarms=memory.alarms,
        contained=Route.parse(memory.contained) if memory.contained else None,
        runbook_failed=memory.failed,
    )
    # What failed before the loss was known says nothing against leaving the region.
    leaves = bool(lost_regions(facts)) and not memory.failed_over
    return replace(facts, runbook_failed=False) if leaves else facts


def _with_release(facts: Facts, memory: Memory, dependencies: Dependencies) -> Facts:
    """Whether a release is suspected: asked only when it matters, and kept once it is.

    Whoever puts the release back, the failures of before are still seen for a while.
    """
    if not fails_broadly(facts):
        return facts
    known = memory.worst is not None and memory.worst.situation == Situation.BAD_RELEASE
    suspect = known or is_suspect(dependencies, memory.opened_ms)
    return replace(facts, release_suspect=suspect)


def _step(
    memory: Memory,
    classified: Classified,
    facts: Facts,
    dependencies: Dependencies,
    now_ms: int,
    silent: Collection[str],
) -> Step:
    settings = dependencies.profile.incident
    step = decide(memory, classified, facts, settings, now_ms=now_ms)
    if step.decision is Decision.RESPOND and _probes_decide(memory, classified, silent, now_ms):
        said = f"Probes are deciding about {', '.join(sorted(silent))}; no route is ramped yet."
        return Step(Decision.WATCH, "", said)
    if step.decision is not Decision.CLOSE or step.outcome == "advised":
        return step
    since_ms = max(memory.trouble_ms + SETTLE_MS, now_ms - settings.verify_minutes * 60_000)
    since_ms = min(since_ms, now_ms - HARM_MS)
    whole = _observed(dependencies, since_ms, now_ms, silent).whole
    return verified(step, whole, memory, settings, now_ms)


def _probes_decide(
    memory: Memory, classified: Classified, silent: Collection[str], now_ms: int
) -> bool:
    """Whether a region may turn out to be lost: a ramp would hold the lease that leaves it."""
    young = now_ms - memory.begun_ms < PROBES_DECIDE_MS
    return bool(silent) and young and classified.situation is not Situation.REGION_LOST


def _observed(
    dependencies: Dependencies, since_ms: int, now_ms: int, silent: Collection[str]
) -> Observation:
    profile = dependencies.profile
    return observe(
        dependencies.telemetry,
        tuple(profile.proven),
        profile.thresholds,
        since_ms=since_ms,
        now_ms=now_ms,
        leave_out=silent,
    )


def _answer(
    run: str,
    request: IncidentRequest,
    memory: Memory,
    classified: Classified,
    step: Step,
    dependencies: Dependencies,
) -> dict[str, Any]:
    started = _started(run, memory, classified, step)
    return {
        "mode": request.mode,
        "decision": step.decision,
        "outcome": step.outcome,
        "summary": step.summary,
        "situation": classified.situation,
        "rule": classified.rule,
        "severity": classified.severity,
        "advice": classified.advice,
        "evidence": list(classified.evidence),
        "look_seconds": _look_seconds(memory, step, dependencies),
        "runbook": started.runbook if started else "",
        "nested_run": started.run if started else "",
        "nested_request": _nested_request(request, started),
        "memory": (
            replace(memory, nested=(*memory.nested, started)) if started else memory
        ).to_dict(),
    }


def _look_seconds(memory: Memory, step: Step, dependencies: Dependencies) -> int:
    """The usual time, or until what the reflex did has had its time to show."""
    settings = dependencies.profile.incident
    left_ms = act_from_ms(memory, settings) - dependencies.clock.now_ms()
    if step.decision is not Decision.WATCH or left_ms <= 0:
        return settings.look_seconds
    return min(settings.look_seconds, max(_LOOK_SECONDS_MIN, -(-left_ms // 1000)))


def _started(run: str, memory: Memory, classified: Classified, step: Step) -> Nested | None:
    if step.decision is not Decision.RESPOND:
        return None
    word = _WORDS[classified.runbook]
    about = classified.route if classified.runbook == "traffic_ramp" else ""
    name = f"{run}-{word}-{len(memory.nested) + 1}"
    return Nested(classified.runbook, name, str(about), "")


def _nested_request(request: IncidentRequest, started: Nested | None) -> dict[str, Any]:
    if started is None:
        return {}
    return {
        "mode": "execute",
        **({"direction": "down", "route": started.route} if started.route else {}),
        "lease_wait_seconds": LEASE_WAIT_SECONDS,
        "reason": request.reason,
        **({"incident": request.incident} if request.incident else {}),
    }


def _dry_run(classified: Classified, step: Step, dependencies: Dependencies) -> dict[str, Any]:
    response = classified.runbook or "no runbook, only advice"
    return {
        "mode": "dry_run",
        "outcome": "dry_run",
        "situation": classified.situation,
        "rule": classified.rule,
        "severity": classified.severity,
        "route": str(classified.route or ""),
        "runbook": classified.runbook,
        "advice": classified.advice,
        "evidence": list(classified.evidence),
        "summary": f"{_sentence(classified.situation)}: rule {classified.rule}, "
        f"{classified.severity}, {response}. {step.summary} Nothing was changed and nobody was "
        f'paged; send {{"mode": "execute", "reason": "…"}} to open an incident.',
        "vantage": dependencies.region,
    }


def _sentence(situation: str) -> str:
    return situation.replace("_", " ").capitalize()
