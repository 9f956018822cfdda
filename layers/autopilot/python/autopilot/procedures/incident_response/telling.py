"""Notes a look: tells people what they do not know yet, writes the incident's state down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.incident import Situation
from autopilot.domain.page import Link, Page
from autopilot.domain.severity import Severity
from autopilot.domain.troubleshooting import advise
from autopilot.errors import Transient
from autopilot.procedures.incident_response.memory import Memory, Worst, memory_of

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

_DECIDE: Final = "decide"
#: What changes what people must do, however urgent the incident is already.
_TOLD_ANYHOW: Final = frozenset(
    {Situation.BLIND, Situation.OBSERVER_SUSPECT, Situation.REGION_LOST}
)


def note(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Page what is new, then record: people matter more than records when one of them fails.

    Raises `Transient` when nobody could be told although somebody must know.
    """
    memory = memory_of(message["assessed"]["memory"])
    if memory is None or memory.worst is None:
        return {"memory": message["assessed"]["memory"], "ours": True}
    incident, now = message["incident"], _now(message["assessed"], memory.worst)
    for what in _untold(memory, now):
        seen = now if what == now.situation else memory.worst
        dependencies.pager.page(_page(what, memory, seen, message, dependencies))
        at_ms = dependencies.clock.now_ms()
        memory = replace(memory, told=(*memory.told, what)).noting(
            at_ms, f"People were told: {what}."
        )
    return {"memory": memory.to_dict(), "ours": _recorded(incident, memory, "open", dependencies)}


def record_state(
    incident: Mapping[str, Any], memory: Memory, status: str, dependencies: Dependencies
) -> None:
    """Replace the incident's record."""
    worst = memory.worst
    dependencies.gate.record(
        f"incident/{incident['incident']}",
        {
            "status": status,
            "severity": worst.severity.value if worst else "",
            "situation": worst.situation if worst else "",
            "rule": worst.rule if worst else "",
            "opened_ms": memory.opened_ms,
            "changed_ms": dependencies.clock.now_ms(),
            "generation": int(incident["generation"]),
            "run": str(incident["run"]),
            "alarms": len(memory.signals),
            "rolled_back": memory.rolled_back,
        },
        once=False,
    )


def done_so_far(memory: Memory) -> str:
    """What the incident's effects were, in sentences; empty when there were none."""
    said = [f"The reflex contained {memory.contained}."] if memory.contained else []
    for nested in memory.nested:
        how = nested.outcome.replace("_", " ") if nested.outcome else "is being run"
        said.append(f"{nested.subject} ({nested.run}): {how}. {nested.detail}")
    return " ".join(each.strip() for each in said)


def _recorded(
    incident: Mapping[str, Any], memory: Memory, status: str, dependencies: Dependencies
) -> bool:
    """Whether the incident is still this run's; a ledger that does not answer changes nothing."""
    try:
        ours = dependencies.gate.renew_incident(str(incident["family"]), str(incident["runner"]))
        if ours:
            record_state(incident, memory, status, dependencies)
    except Transient:
        return True
    return ours


def _now(assessed: Mapping[str, Any], worst: Worst) -> Worst:
    """The newest look, at the severity of the incident."""
    return Worst(
        situation=str(assessed["situation"]),
        rule=str(assessed["rule"]),
        severity=worst.severity,
        advice=str(assessed["advice"]),
        runbook=str(assessed["runbook"]),
        evidence=tuple(assessed["evidence"]),
    )


def _untold(memory: Memory, now: Worst) -> list[str]:
    """A severity more urgent than any told; what the newest look changes; a failed runbook."""
    worst = memory.worst
    if worst is None or worst.situation == Situation.NOTHING_WRONG:
        return []
    severities = [each for each in memory.told if each in set(Severity)]
    untold = []
    if not severities or worst.severity < min(severities):
        untold.append(worst.severity.value)
    is_new = worst.situation != now.situation and now.situation not in memory.told
    if is_new and now.situation in _TOLD_ANYHOW:
        untold.append(now.situation)
    if memory.failed and _DECIDE not in memory.told:
        untold.append(_DECIDE)
    return untold


def _page(
    what: str, memory: Memory, worst: Worst, message: Message, dependencies: Dependencies
) -> Page:
    incident = message["incident"]
    situation = worst.situation.replace("_", " ")
    title = f"a runbook failed during {situation}" if what == _DECIDE else situation
    entry = advise(worst.situation, memory.alarms, failed=memory.failed)
    return Page(
        key=f"{incident['run']}/{what}",
        thread=str(incident["incident"]),
        severity=worst.severity,
        title=f"{dependencies.service}: {title}",
        seen=f"{' '.join(worst.evidence)} Rule {worst.rule}. Likely: {entry.likely}",
        done=done_so_far(memory) or "Nothing was moved yet.",
        decide=f"{worst.advice} {message['assessed']['summary']}".strip(),
        next_command=entry.next_command,
        links=(Link("Execution", str(message["execution"])),),
    )
