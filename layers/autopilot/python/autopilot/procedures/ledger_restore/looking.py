"""What the ledger looks like now, what could be restored, and what that would take. Reads only."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.erasure import instant
from autopilot.domain.permit import LEDGER
from autopilot.errors import BadInput, Inconsistent, Problem, Refused
from autopilot.gate.ledger import LedgerView
from autopilot.procedures import approvals
from autopilot.procedures.ledger_restore.request import RUNBOOK, RestoreRequest, read_restore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.domain.inventory import BackupFacts
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

_MS: Final = 1000
_SUFFIX: Final = "-copy-"
_LOOK_SECONDS: Final = 30  #: between two looks at a copy that is being made


class Condition(StrEnum):
    """How the ledger is found."""

    SOUND = "sound"
    DAMAGED = "damaged"
    LOST = "lost"


def look(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Say what would be restored over what; raise `Refused` when nothing can or must be."""
    request = read_restore(message, dependencies)
    window = dependencies.inventory.backups.window(dependencies.region)
    if window is None:
        message_ = f"nothing can be restored in {dependencies.region}: {_NO_BACKUP}"
        raise Refused(message_)
    at_ms = _chosen(request, window)
    condition, said = found(dependencies)
    _require_stopped(request, condition, dependencies)
    table = dependencies.recovery.ledger_table
    verb = "Put back the ledger" if request.action == "restore" else "Verify a copy"
    summary = f"{verb} as it was at {instant(at_ms)}. The ledger is {said}."
    dry = request.mode == "dry_run"
    return {
        "outcome": "dry_run" if dry else "planned",
        "action": request.action,
        "condition": condition.value,
        "table": table,
        "copy": f"{table}{_SUFFIX}{at_ms // _MS}",
        "at_ms": at_ms,
        "reason": request.reason,
        "wait_seconds": _LOOK_SECONDS,
        "summary": summary + (_HINT if dry else ""),
        "ask": _question(request, summary, dependencies),
    }


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
