"""Making the copy, verifying it, and removing it: nothing of the ledger is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopilot.domain.permit import LEDGER
from autopilot.domain.trail_head import TrailHead
from autopilot.errors import Inconsistent
from autopilot.gate.ledger import LedgerView
from autopilot.ports.recovery import CopyState
from autopilot.procedures.ledger_restore.request import copy_of, source_in_words
from autopilot.procedures.ledger_restore.verifying import digest_of, in_words, problems_of

if TYPE_CHECKING:
    from autopilot.domain.permit import TableCopy
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

WRITER = "writer"
HEAD = "log/"


def make_copy(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Have a copy made, as the ledger was at the instant."""
    copy = copy_of(message)
    dependencies.gate.restorations.make_copy(dependencies.recovery.copies, copy)
    return {"copy": copy.name}


def look_at_copy(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Whether the copy can be read by now."""
    state = dependencies.recovery.copies.state(copy_of(message))
    if state is CopyState.ABSENT:
        wrong = f"{copy_of(message).name} was to be made and is not there"
        raise Inconsistent(wrong)
    return {"ready": state is CopyState.READY, "looks": int(message["looks"]) + 1}


def verify_copy(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Judge the copy: schema, sums, numbers, journal, and its trails' heads against those of now.

    The digest of what would be put back is what people are asked about.
    """
    copy, copies = copy_of(message), dependencies.recovery.copies
    item = copies.read(copy, LEDGER)
    problems = problems_of(
        item, copies.read(copy, WRITER), _heads(copy, dependencies), dependencies.profile
    )
    verified_ms = dependencies.clock.now_ms()
    if problems or item is None:
        return {
            "sound": False,
            "digest": "",
            "summary": in_words(problems),
            "verified_ms": verified_ms,
        }
    view = LedgerView.of(item)
    source = source_in_words(message["restore"])
    said = f"The copy {source} is sound: version {view.epoch}.{view.version}, "
    return {
        "sound": True,
        "digest": digest_of(copy.source, copy.at_ms, item),
        "summary": f"{said}{view.allocation}.",
        "verified_ms": verified_ms,
    }


def _heads(copy: TableCopy, dependencies: Dependencies) -> dict[str, tuple[TrailHead, TrailHead]]:
    """By region, where the copy and the ledger both know a trail."""
    regions, found = dependencies.profile.regions, {}
    for region in (regions.home, regions.standby):
        then = dependencies.recovery.copies.read(copy, f"{HEAD}{region}")
        now = dependencies.gate.find_record(f"{HEAD}{region}")
        if then is not None and now is not None:
            found[region] = (TrailHead.of(then), TrailHead.of(now))
    return found


def remove_copy(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Nobody needs it any more, and it would be paid for; what people have made stays theirs."""
    copy = copy_of(message)
    if message["restore"]["is_given"]:
        return {"removed": ""}
    dependencies.gate.restorations.remove_copy(dependencies.recovery.copies, copy)
    return {"removed": copy.name}
