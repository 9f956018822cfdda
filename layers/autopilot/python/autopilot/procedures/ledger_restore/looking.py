"""What the ledger looks like now, what could be restored, and what that would take. Reads only."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.instants import instant
from autopilot.domain.permit import COPY_SUFFIX, LEDGER
from autopilot.errors import BadInput, Inconsistent, Problem, Refused
from autopilot.gate.ledger import LedgerView
from autopilot.procedures import approvals
from autopilot.procedures.ledger_restore.request import (
    RUNBOOK,
    RestoreRequest,
    read_restore,
    source_in_words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.domain.inventory import BackupFacts
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

_MS: Final = 1000
_LOOK_SECONDS: Final = 30  #: between two looks at a copy that is being made


class Condition(StrEnum):
    """How the ledger is found."""

    SOUND = "sound"
    DAMAGED = "damaged"
    LOST = "lost"


def look(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Say what would be restored over what; raise `Refused` when nothing can or must be."""
    request = read_restore(message, dependencies)
    source = _given(request, dependencies) if request.from_table else _made(request, dependencies)
    condition, said = found(dependencies)
    _require_stopped(request, condition, dependencies)
    verb = "Put back" if request.action == "restore" else "Verify"
    summary = f"{verb} the copy {source_in_words(source)}. The ledger is {said}."
    dry = request.mode == "dry_run"
    return {
        **source,
        "outcome": "dry_run" if dry else "planned",
        "action": request.action,
        "condition": condition.value,
        "reason": request.reason,
        "wait_seconds": _LOOK_SECONDS,
        "summary": summary + (_HINT if dry else ""),
        "ask": _question(request, summary, dependencies),
    }


def _made(request: RestoreRequest, dependencies: Dependencies) -> dict[str, Any]:
    """The copy that is to be made; raise `Refused` where there is nothing to make one of."""
    window = dependencies.inventory.backups.window(dependencies.region)
    if window is None:
        message = f"nothing can be restored in {dependencies.region}: {_NO_BACKUP}"
        raise Refused(message)
    at_ms, table = _chosen(request, window), dependencies.recovery.ledger_table
    copy = f"{table}{COPY_SUFFIX}{at_ms // _MS}"
    return {"table": table, "copy": copy, "at_ms": at_ms, "is_given": False}


def _given(request: RestoreRequest, dependencies: Dependencies) -> dict[str, Any]:
    """The copy that people have made; raise `BadInput` for a table that is none by its name."""
    table, copy = dependencies.recovery.ledger_table, str(request.from_table)
    if not copy.startswith(f"{table}{COPY_SUFFIX}"):
        problem = Problem("from_table", f"a name that begins with {table}{COPY_SUFFIX}", copy)
        raise BadInput(f"the input of {RUNBOOK}", [problem], "No other table may be read.")
    return {"table": table, "copy": copy, "at_ms": request.at_ms or 0, "is_given": True}


_NO_BACKUP: Final = "point-in-time recovery is off there, or there is no table"
_HINT: Final = ' Nothing was changed; send "mode": "execute" to do it.'


def found(dependencies: Dependencies) -> tuple[Condition, str]:
    """How the ledger is found, and the same in words."""
    item = dependencies.gate.find_record(LEDGER)
    if item is None:
        return Condition.LOST, "lost: there is no item"
    try:
        view = LedgerView.of(item)
    except (Inconsistent, BadInput) as error:
        return Condition.DAMAGED, f"damaged: {error}"
    return Condition.SOUND, f"sound, at version {view.epoch}.{view.version}"


def _chosen(request: RestoreRequest, window: BackupFacts) -> int:
    """The instant asked for, in whole seconds; raise `BadInput` outside of the window."""
    latest_ms = window.latest_ms // _MS * _MS
    at_ms = latest_ms if request.at_ms is None else request.at_ms
    if window.earliest_ms <= at_ms <= latest_ms or at_ms == latest_ms:
        return at_ms
    expected = f"from {instant(window.earliest_ms)} to {instant(latest_ms)}"
    problem = Problem("at", expected, instant(at_ms))
    raise BadInput(f"the input of {RUNBOOK}", [problem], "Nothing else can be restored.")


def _require_stopped(
    request: RestoreRequest, condition: Condition, dependencies: Dependencies
) -> None:
    """A sound ledger is replaced only where people have stopped everything before."""
    if request.action != "restore" or condition is not Condition.SOUND:
        return
    if not dependencies.gate.read().lever.engaged:
        message = (
            "the ledger is sound and automation goes on, so nothing is put in its place. If what "
            "it holds is wrong, stop first: `autopilot stop --reason`"
        )
        raise Refused(message)


def _question(
    request: RestoreRequest, summary: str, dependencies: Dependencies
) -> Mapping[str, str] | None:
    if request.action != "restore":
        return None
    return approvals.question_on(
        dependencies.profile,
        kind=RUNBOOK,
        summary=summary,
        requested_by=request.requested_by,
        dry_run=request.mode == "dry_run",
    )


def look_at_approval(message: Message, dependencies: Dependencies) -> dict[str, str]:
    """See whether the ledger is still what was planned for, then what people said."""
    planned = message["restore"]
    condition, said = found(dependencies)
    void = ""
    if condition.value != planned["condition"]:
        void = f"The plan is void: the ledger was {planned['condition']} and is {said}."
    seen = approvals.looked(
        dependencies.gate,
        str(message["approval"]["id"]),
        now_ms=dependencies.clock.now_ms(),
        void=void,
    )
    return {"decision": seen.decision, "summary": seen.summary}


def verify_restored(message: Message, dependencies: Dependencies) -> dict[str, str]:
    """Read the ledger again, strongly: it is the one that was put back, and stands still."""
    view, put = dependencies.gate.read(), message["put"]
    told = f"version {view.epoch}.{view.version}, fence {view.fence}"
    if (view.epoch, view.fence) < (int(put["epoch"]), int(put["fence"])):
        return {"outcome": "unverified", "summary": f"The ledger shows {told}, not {put}."}
    back = "The ledger is back"
    lever = "the stop lever is engaged" if view.lever.engaged else "somebody resumed already"
    return {"outcome": "done", "summary": f"{back} at {told}; {lever}."}
