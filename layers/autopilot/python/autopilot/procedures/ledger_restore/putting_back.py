"""Putting a verified copy back: the lever, the records that are missing, then the item."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.permit import LEDGER
from autopilot.errors import Inconsistent, Refused, Transient
from autopilot.gate.acts import Condition
from autopilot.gate.approvals import PREFIX as APPROVALS
from autopilot.gate.door import PLANNER
from autopilot.gate.entries import Cause
from autopilot.gate.refusal import GateRefused
from autopilot.gate.restoring import STEP, Restoring
from autopilot.procedures import approvals
from autopilot.procedures.ledger_restore.copying import HEAD, WRITER
from autopilot.procedures.ledger_restore.looking import found
from autopilot.procedures.ledger_restore.request import copy_of, source_in_words
from autopilot.procedures.ledger_restore.verifying import digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

_PAGE: Final = 100  #: records that one call puts back
_MS: Final = 1000
#: Never taken from a copy, beside approvals and heads of trails: the item comes last, and the
#: planner begins anew.
_LEFT_OUT: Final = (LEDGER, PLANNER)


def stop(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Use the approval up, and stop all automation, unless people have done so already.

    Raises `Refused` when the ledger is not any more what the plan was made for.
    """
    gate, planned = dependencies.gate, message["restore"]
    condition, said = found(dependencies)
    if condition.value != planned["condition"]:
        now = f"the ledger was {planned['condition']} and is {said} now: start again"
        raise Refused(now)
    approvals.consume(message, gate, digest=str(message["copy"]["digest"]))
    item = gate.find_record(LEDGER) or {}
    if not _is_stopped(item):
        # What is damaged is read after the write that stops it; the condition of the restore asks
        # again. An item that nothing can read stops everything by itself.
        with suppress(Inconsistent):
            try:
                gate.engage_lever(by=str(message["run"]), reason=_reason(planned))
            except GateRefused as refusal:
                if refusal.conditions != (Condition.LEDGER_MISSING,):
                    raise
    return {"acted_ms": dependencies.clock.now_ms()}


def _is_stopped(item: Mapping[str, Any]) -> bool:
    lever = item.get("lever")
    return isinstance(lever, dict) and bool(lever.get("engaged"))


def put_records(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Put back the next records that are missing; those that are there are newer, and stay."""
    copy, after = copy_of(message), str(message["cursor"])
    page = dependencies.recovery.copies.begin_with(copy, "", after=after, limit=_PAGE)
    put = sum(_put(record, dependencies) for record in page)
    done = len(page) < _PAGE
    if done:
        put += _put_heads(dependencies)
    return {
        "cursor": str(page[-1]["record"]) if page else after,
        "done": done,
        "put": int(message["put"]) + put,
    }


def _put_heads(dependencies: Dependencies) -> int:
    """The head of each trail that the ledger lacks, as the log's own signed checkpoint tells it.

    A copy's would be older than the log. Of a region that does not answer there is none: its
    sealer stops and pages until somebody puts one there.
    """
    regions, put = dependencies.profile.regions, 0
    for region in (regions.home, regions.standby):
        name = f"{HEAD}{region}"
        if dependencies.gate.find_record(name) is not None:
            continue
        with suppress(Transient):
            head = dependencies.recovery.heads.recovered(region, STEP)
            fields = {"record": name, **head.to_item()} if head else None
            put += bool(fields and dependencies.gate.restorations.put_missing(fields))
    return put


def _put(record: Mapping[str, Any], dependencies: Dependencies) -> bool:
    name = str(record["record"])
    if name in _LEFT_OUT or name.startswith((APPROVALS, HEAD)):
        return False
    if name == WRITER:
        record = {**record, "from_ms": _after_hand_over(dependencies)}
    return dependencies.gate.restorations.put_missing(record)


def _after_hand_over(dependencies: Dependencies) -> int:
    """Whoever took writes since the copy was made has stopped by then (docs/failover.md)."""
    section = dependencies.profile.failover
    seconds = section.hand_over_seconds if section else 0
    return dependencies.clock.now_ms() + seconds * _MS


def put_back(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Put the item back, whole, in one conditional write.

    Raises `Inconsistent` when the copy is not the one that was verified and approved.
    """
    copy, approved = copy_of(message), str(message["copy"]["digest"])
    item = dependencies.recovery.copies.read(copy, LEDGER)
    if item is None or digest_of(copy.source, copy.at_ms, item) != approved:
        wrong = f"{copy.name} does not hold what was verified as {approved[:12]}; start again"
        raise Inconsistent(wrong)
    run = str(message["run"])
    restored = dependencies.gate.restorations.put_back(
        Restoring(
            copied=item,
            seen=dependencies.gate.find_record(LEDGER),
            cause=Cause(id=run, by=run, why=_reason(message["restore"])),
            digest=approved,
        )
    )
    view = restored.view
    return {"epoch": view.epoch, "version": view.version, "fence": view.fence}


def _reason(planned: Mapping[str, Any]) -> str:
    return f"restored from the copy {source_in_words(planned)}"
