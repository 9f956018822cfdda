"""Files a rehearsal's report, pages when recovery would not go well, and records it last."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.page import Link, Page
from autopilot.domain.preflight import Answer
from autopilot.domain.readings import Measured, Reading
from autopilot.domain.rehearsal import Numbers, Rehearsal
from autopilot.domain.severity import Severity
from autopilot.procedures.recovery_rehearsal.history import LAST, before, record_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

_SAID_MAX: Final = 6  #: checks in a page; the report has them all


def record(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Publish times and losses, file the report, page a NO-GO, and record.

    The record comes last, so that a rehearsal that could not be told is tried again.
    """
    found, run, gate = Rehearsal.of(message["rehearsal"]), str(message["run"]), dependencies.gate
    earlier = before(gate, found.target, found.day)
    dependencies.meter.record(list(_readings(found.numbers)))
    report = dependencies.recovery.shelf.keep(found, earlier, run)
    if found.answer is Answer.NO_GO:
        dependencies.pager.page(_page(found, report, str(message["execution"])))
    numbers = found.numbers.to_item()
    fields = {"report": report, "run": run, "observed_ms": found.observed_ms}
    gate.record(record_of(found.target, found.day), {**numbers, **fields}, once=False)
    whole = {**fields, "rehearsal": json.dumps(found.to_json())}
    gate.record(f"{LAST}{found.target}", whole, once=False)
    return {"report": report, "outcome": found.answer.value, "summary": found.summary}


def _readings(numbers: Numbers) -> Iterator[Reading]:
    """What is known of each recovery."""
    measured = (
        (Measured.RECOVERY_TIME, numbers.rto_seconds),
        (Measured.RECOVERY_LOSS, numbers.lost_seconds),
    )
    for metric, by_recovery in measured:
        for recovery, seconds in by_recovery.items():
            if seconds is not None:
                yield Reading(metric, float(seconds), {"Recovery": recovery})


def _page(found: Rehearsal, report: str, execution: str) -> Page:
    against = [each for each in found.against if each.answer is Answer.NO_GO]
    left = len(against) - _SAID_MAX
    said = [
        f"{each.name}: {each.observed}, wanted {each.limit}. {each.reason}." for each in against
    ]
    return Page(
        key=f"rehearsal/{found.target}/{found.day}",
        thread=f"rehearsal/{found.target}",
        severity=Severity.P2,
        title=f"{found.service}: {found.source} could not be recovered to {found.target}",
        seen=" ".join([*said[:_SAID_MAX], f"And {left} more." if left > 0 else ""]).strip(),
        done="This was a rehearsal: nothing was changed.",
        decide="What to mend before it is needed; each check names what it asked for.",
        next_command=f"autopilot rehearsal --to {found.target}",
        links=(Link("Report", report), Link("Execution", execution)),
    )
