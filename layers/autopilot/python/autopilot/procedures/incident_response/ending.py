"""How an incident ends: people are told, the report is written, the claim is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.incident import Situation
from autopilot.domain.incident_report import IncidentReport, draft_actions
from autopilot.domain.page import Link, Page
from autopilot.domain.readings import Measured, Reading
from autopilot.domain.severity import Severity
from autopilot.domain.troubleshooting import advise
from autopilot.errors import Transient
from autopilot.procedures.incident_response.memory import (
    CLOSED,
    HANDED_OVER,
    MITIGATED,
    Memory,
    memory_of,
)
from autopilot.procedures.incident_response.telling import done_so_far, record_state
from autopilot.procedures.plain_words import plain_words

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

#: Outcomes after which nothing is left to do at once; the others want a person now.
ENDED_WELL: Final = frozenset({"mitigated", "nothing_wrong", "advised"})
_SECOND_MS: Final = 1_000
_MARKDOWN_MAX: Final = 16_000  #: characters; an item of the ledger holds 400 KB


def close(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Page first, then record and close; what the ledger does not take is said in the answer.

    Raises `Transient` when nobody could be told although somebody must know.
    """
    outcome, detail = str(message["outcome"]), plain_words(str(message["detail"]))
    memory = memory_of(message["memory"])
    incident = message["incident"]
    report = _report(incident, memory, outcome, detail, dependencies)
    if _is_to_be_told(memory, outcome):
        dependencies.pager.page(_page(report, memory, message, dependencies))
    if outcome == MITIGATED and memory is not None:
        dependencies.meter.record([_time_to_mitigate(memory)])
    recorded = _recorded(incident, memory, report, message, dependencies)
    return {"outcome": outcome, "detail": detail, "recorded": recorded, "report": report.to_dict()}


def _time_to_mitigate(memory: Memory) -> Reading:
    """From the first alarm to the last look at which something was wrong."""
    return Reading(
        Measured.TIME_TO_MITIGATE, max(0, memory.trouble_ms - memory.opened_ms) / _SECOND_MS
    )


def find_late(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Alarms that were written down while the incident was being closed: it is open again then."""
    incident, memory = message["incident"], memory_of(message["memory"])
    prefix = f"signal/{incident['incident']}/"
    found = dependencies.gate.find_records(prefix, limit=500)
    known = set(memory.signals) if memory else set()
    late = any(str(each["record"]).removeprefix(prefix) not in known for each in found)
    if not late:
        return {"reopened": False}
    family, runner = str(incident["family"]), str(incident["runner"])
    return {"reopened": dependencies.gate.reopen_incident(family, runner)}


def _is_to_be_told(memory: Memory | None, outcome: str) -> bool:
    """A quiet day's stale alarm included: somebody should look at the alarm, one day."""
    return memory is None or outcome != "nothing_wrong" or bool(memory.alarms)


def _report(
    incident: Mapping[str, Any],
    memory: Memory | None,
    outcome: str,
    detail: str,
    dependencies: Dependencies,
) -> IncidentReport:
    now_ms = dependencies.clock.now_ms()
    worst = memory.worst if memory else None
    entry = advise(
        worst.situation if worst else Situation.AUTOMATION_FAILING,
        memory.alarms if memory else (),
        failed=worst is None or (memory.failed if memory else False),
    )
    settings = dependencies.profile.incident
    return IncidentReport(
        incident=str(incident["incident"]),
        service=dependencies.service,
        outcome=outcome,
        detail=detail[:1024],
        severity=worst.severity if worst else Severity.P0,
        situation=worst.situation if worst else Situation.AUTOMATION_FAILING,
        rule=worst.rule if worst else "",
        evidence=worst.evidence if worst else (),
        opened_ms=memory.opened_ms if memory else now_ms,
        ended_ms=now_ms,
        alarms=memory.alarms if memory else (),
        done=done_so_far(memory) if memory else "",
        timeline=tuple((each.at_ms, each.what) for each in (memory.timeline if memory else ())),
        troubleshooting=entry,
        actions=draft_actions(
            outcome, entry, settings.owners, now_ms=now_ms, due_days=settings.review_due_days
        ),
    )


def _page(
    report: IncidentReport, memory: Memory | None, message: Message, dependencies: Dependencies
) -> Page:
    incident = message["incident"]
    well = report.outcome in ENDED_WELL
    severity = Severity(dependencies.profile.pages.completed) if well else report.severity
    ended = report.outcome.replace("_", " ")
    return Page(
        key=f"{incident['run']}/{report.outcome}",
        thread=report.incident,
        severity=severity,
        title=f"{dependencies.service}: incident {ended}",
        seen=f"{report.detail} {' '.join(report.evidence)}".strip(),
        done=report.done or "Nothing was moved.",
        decide=memory.worst.advice if memory and memory.worst else "Look at the run, then decide.",
        next_command=report.troubleshooting.next_command,
        links=(Link("Execution", str(message["execution"])),),
    )


def _recorded(
    incident: Mapping[str, Any],
    memory: Memory | None,
    report: IncidentReport,
    message: Message,
    dependencies: Dependencies,
) -> bool:
    try:
        fields = {
            "run": str(message["run"]),
            "outcome": report.outcome,
            "detail": report.detail,
            "ended_ms": report.ended_ms,
            "report": report.to_json(),
            "markdown": report.to_markdown()[:_MARKDOWN_MAX],
        }
        dependencies.gate.record(f"outcome/{message['run']}", fields, once=False)
        if memory is not None and incident["runner"]:
            record_state(incident, memory, _status(report.outcome), dependencies)
            _close_claim(incident, dependencies)
    except Transient:
        return False  # people know already
    return True


def _status(outcome: str) -> str:
    if outcome not in ENDED_WELL:
        return HANDED_OVER
    return MITIGATED if outcome == "mitigated" else CLOSED


def _close_claim(incident: Mapping[str, Any], dependencies: Dependencies) -> None:
    dependencies.gate.close_incident(
        str(incident["family"]),
        str(incident["runner"]),
        reopen_seconds=dependencies.profile.incident.reopen_minutes * 60,
    )
