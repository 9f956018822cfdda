"""What is written down about a request, who is told how it ended, and who of its deadline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.erasure import DUE, warning
from autopilot.domain.instants import day_of, month_of
from autopilot.domain.page import Link, Page
from autopilot.domain.severity import Severity
from autopilot.errors import Refused
from autopilot.procedures.plain_words import plain_words
from autopilot.procedures.subject_erasure.request import RUNBOOK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.procedures.dependencies import Dependencies

_OPEN_MAX: Final = 100  #: requests of one month that are looked at
_MONTH_MS: Final = 31 * 86_400_000
_ENDED_WELL: Final = frozenset({"done", "erased"})
_START_AGAIN: Final = "Start the run again with the same input: it goes on where it stopped."


def register(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Write the request and its deadline down; raise `Refused` when it is another person's."""
    planned, gate = message["erasure"], dependencies.gate
    request, reference = str(planned["request"]), str(planned["reference"])
    name = f"erasure-request/{request}"
    gate.record(name, {"reference": reference, "received_ms": int(planned["received_ms"])})
    if (gate.find_record(name) or {}).get("reference") != reference:
        wrong = f"request {request} is another person's: expected a ticket of its own for each"
        raise Refused(wrong)
    _set_due(planned, "open", dependencies)
    gate.open_run(str(message["run"]), RUNBOOK, None)
    return {"registered": request}


def report(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Tell people of what they must act on, then write down how the run ended."""
    outcome, detail = str(message["outcome"]), plain_words(str(message["detail"]))
    planned, run = message["erasure"], str(message["run"])
    if outcome not in _ENDED_WELL and planned.get("request"):
        dependencies.pager.page(_page(message, outcome, detail, dependencies.service))
    if outcome in _ENDED_WELL and planned.get("due_ms"):
        _set_due(planned, "done", dependencies)
    dependencies.gate.close_run(run, outcome)
    return {"error": outcome.title(), "detail": detail}


def warn_of_deadlines(dependencies: Dependencies) -> list[str]:
    """Page for each open request that is nearly or over due, once for each day that is left."""
    now_ms = dependencies.clock.now_ms()
    months = {month_of(now_ms + step * _MONTH_MS) for step in (-1, 0, 1)}
    told = []
    for month in sorted(months):
        for record in dependencies.gate.find_records(f"{DUE}{month}/", limit=_OPEN_MAX):
            severity = warning(int(record["due_ms"]), now_ms)
            if record["state"] == "open" and severity is not None:
                page = _reminder(record, severity, now_ms, dependencies.service)
                dependencies.pager.page(page)
                told.append(str(record["request"]))
    return told


def _set_due(planned: Mapping[str, Any], state: str, dependencies: Dependencies) -> None:
    due_ms, request = int(planned["due_ms"]), str(planned["request"])
    record = f"{DUE}{month_of(due_ms)}/{request}"
    fields = {"request": request, "due_ms": due_ms, "state": state}
    dependencies.gate.record(record, fields, once=state == "open")


def _page(message: Mapping[str, Any], outcome: str, detail: str, service: str) -> Page:
    planned, run = message["erasure"], str(message["run"])
    held = outcome == "held"
    return Page(
        key=f"erasure/{run}",
        thread=run,
        severity=Severity.P3 if held else Severity.P2,
        title=f"{service}: erasure {planned['request']} {outcome}",
        seen=detail,
        done="",
        decide=f"It is due on {day_of(int(planned['due_ms']))}. "
        + ("Tell the person why it is held." if held else _START_AGAIN),
        links=(Link("Execution", str(message["execution"])),),
    )


def _reminder(record: Mapping[str, Any], severity: Severity, now_ms: int, service: str) -> Page:
    due, request = day_of(int(record["due_ms"])), str(record["request"])
    late = int(record["due_ms"]) < now_ms
    return Page(
        key=f"erasure-due/{request}/{day_of(now_ms)}",
        thread=f"erasure-due/{request}",
        severity=severity,
        title=f"{service}: erasure {request} {'is overdue' if late else f'is due on {due}'}",
        seen=f"The request is open; an answer {'was' if late else 'is'} due on {due}.",
        done="",
        decide="Carry it out, or tell the person why not (Art. 12(3), 12(4)).",
    )
