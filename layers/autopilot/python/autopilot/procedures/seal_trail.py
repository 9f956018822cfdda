"""Seals what waits in the region's inbox, each minute: nothing waits, nothing is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from autopilot.audit.inbox import Inbox
from autopilot.audit.seal import Sealer

#: Segments that one pass makes at most; what is left is the next minute's.
SEGMENTS_MAX: Final = 8


def seal(inbox: Inbox, sealer: Callable[[], Sealer]) -> dict[str, Any]:
    """Seal segment after segment while entries wait; `sealer` is asked for when some do.

    Nothing is left half done by an empty inbox: what waited is forgotten after it is anchored.
    """
    done: dict[str, Any] = {"segments": 0, "entries": 0, "doubles": 0}
    while done["segments"] < SEGMENTS_MAX and not inbox.is_empty():
        sealed = sealer().seal()
        if sealed.held_by:
            return done | {"held_by": sealed.held_by}
        done["segments"] += 1
        done["entries"] += sealed.entries
        done["doubles"] += sealed.doubles
        done["size"] = sealed.head.size
    return done
