"""Letting go of a trail's entries: what holds them, how far they were let go, and the leave for it.

For each region and retention class one record, `retention/<region>/<class>`, so that a legal hold
and an expiry that meet are decided by one conditional write. What it says is how a verification
tells a segment that was let go from one that somebody took: the bucket cannot say that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from autopilot.archives import Shredder
from autopilot.domain.erasure import Hold
from autopilot.domain.instants import instant
from autopilot.domain.permit import Removal, issue_record, issue_removal
from autopilot.domain.retention import Ending, RetentionClass
from autopilot.domain.writes import (
    AnyOf,
    AtMost,
    ConditionalWrite,
    ConditionFailed,
    Missing,
    Set,
)
from autopilot.errors import Refused
from autopilot.gate.door import Door
from autopilot.gate.stopped import stopped

PREFIX: Final = "retention/"


class RemovalRefused(Refused):
    """Nothing was destroyed; the message says what holds it and what to do."""


class Endings:
    """Holds on a trail, and the destruction of what was moved or has come to its end."""

    def __init__(self, door: Door) -> None:
        """Decide by the records of the ledger behind `door`."""
        self._door = door

    def find(self, region: str, kept: RetentionClass) -> Ending:
        """How far a class was let go in the trail of a region, and what holds it."""
        return Ending.of(kept, self._door.ledger.read(_record(region, kept)))

    def horizons(self, region: str) -> Mapping[str, int]:
        """By class: everything sealed before that instant was let go."""
        return {kept.value: self.find(region, kept).sealed_before_ms for kept in RetentionClass}

    def let_go_of(self, region: str) -> Callable[[str, int], bool]:
        """Tells of a class and an instant of sealing whether such a segment was let go."""
        return lambda kept, sealed_ms: (
            sealed_ms < self.find(region, RetentionClass(kept)).sealed_before_ms
        )

    def hold(self, region: str, kept: RetentionClass, placed: Hold | None) -> None:
        """Keep from now on whatever is still there of a class; with None lift the hold."""
        fields: Mapping[str, Any] = placed.to_dict() if placed else {}
        until_ms = placed.until_ms if placed else 0
        sets = (Set(("hold",), fields), Set(("hold_until_ms",), until_ms))
        write = ConditionalWrite(_record(region, kept), sets)
        self._door.ledger.write(write, issue_record("hold the trail", write))

    def let_go(self, region: str, kept: RetentionClass, sealed_before_ms: int) -> Ending:
        """Let go of what was sealed before an instant; it never goes back.

        Raises `RemovalRefused` while a hold stands, or the stop lever.
        """
        _require_lever_free(self._door)
        now_ms = self._door.clock.now_ms()
        unheld = AnyOf((Missing(("hold_until_ms",)), AtMost(("hold_until_ms",), now_ms)))
        write = ConditionalWrite(
            _record(region, kept),
            (Set(("sealed_before_ms",), sealed_before_ms),),
            conditions=(
                unheld,
                AnyOf(
                    (
                        Missing(("sealed_before_ms",)),
                        AtMost(("sealed_before_ms",), sealed_before_ms),
                    )
                ),
            ),
        )
        try:
            item = self._door.ledger.write(write, issue_record("let go", write))
        except ConditionFailed as failure:
            stands = Ending.of(kept, failure.item)
            if stands.hold is None or not stands.hold.stands(now_ms):
                return stands  # it was let go further already
            message = held_sentence(stands.hold, kept)
            raise RemovalRefused(message) from failure
        return Ending.of(kept, item)

    def destroy_moved(self, shredder: Shredder, removal: Removal) -> None:
        """Destroy in the log's bucket what lies, verified and locked, in every archive.

        Raises `RemovalRefused` while the stop lever stands.
        """
        _require_lever_free(self._door)
        shredder.destroy(removal, issue_removal("destroy what was moved", removal))

    def destroy_ended(
        self, shredder: Shredder, removal: Removal, region: str, kept: RetentionClass
    ) -> None:
        """Destroy what was let go before; refused when a hold came in between, or the lever."""
        _require_lever_free(self._door)
        hold = self.find(region, kept).hold
        if hold is not None and hold.stands(self._door.clock.now_ms()):
            raise RemovalRefused(held_sentence(hold, kept))
        shredder.destroy(removal, issue_removal("destroy what has ended", removal))


def held_sentence(held: Hold, kept: RetentionClass) -> str:
    """Why nothing is let go."""
    return (
        f"{held.by} holds the entries of class {kept} until {instant(held.until_ms)}: "
        f"{held.exemption}. Lift it with action lift when its reason has gone."
    )


def _record(region: str, kept: RetentionClass) -> str:
    return f"{PREFIX}{region}/{kept.value}"


def _require_lever_free(door: Door) -> None:
    lever = door.read().lever
    if lever.engaged:
        message = f"nothing was destroyed: {stopped(lever)}"
        raise RemovalRefused(message)
