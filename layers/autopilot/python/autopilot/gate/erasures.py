"""Destroying a person's keys takes three: an intent, the deletion, an outcome.

Intent, hold and outcome are one record, `erasure/<reference>`, so that a hold and an erasure that
meet are decided by one conditional write. Whoever finds an intent without an outcome goes on with
it. The table of keys has no transactions with the ledger: the stop lever is read just before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from autopilot.domain.erasure import IN_FLIGHT_MS, Hold, Progress, Standing
from autopilot.domain.instants import instant
from autopilot.domain.permit import KeyErasure, issue_erasure, issue_record
from autopilot.domain.writes import (
    Above,
    AllOf,
    AnyOf,
    AtMost,
    Below,
    Condition,
    ConditionalWrite,
    ConditionFailed,
    Equals,
    Missing,
    Set,
)
from autopilot.errors import Inconsistent, Refused
from autopilot.gate.door import Door
from autopilot.gate.records import put
from autopilot.gate.stopped import stopped
from autopilot.persons import Vault

PREFIX: Final = "erasure/"
_ACT: Final = "erase keys"
_TRIES_MAX: Final = 3  #: a call that was under way may make keys once more


class ErasureRefused(Refused):
    """Nothing was erased; the message says what holds it and what to do."""


@dataclass(frozen=True, slots=True)
class Erased:
    """The keys are gone: since when, and whether there were any."""

    standing: Standing
    held: bool


class Erasures:
    """Holds on persons' data and the destruction of their keys, over the ledger."""

    def __init__(self, door: Door) -> None:
        """Decide by the records of the ledger behind `door`."""
        self._door = door

    def find(self, reference: str) -> Standing:
        """What the ledger knows of a person's erasure."""
        return Standing.of(reference, self._door.ledger.read(f"{PREFIX}{reference}"))

    def hold(self, reference: str, placed: Hold | None) -> Standing:
        """Place a hold, or lift the one there is.

        Raises `ErasureRefused` once an erasure has begun.
        """
        fields: Mapping[str, Any] = placed.to_dict() if placed else {}
        until_ms = placed.until_ms if placed else 0
        write = ConditionalWrite(
            f"{PREFIX}{reference}",
            (Set(("hold",), fields), Set(("hold_until_ms",), until_ms)),
            conditions=(
                AnyOf((Missing(("progress",)), Equals(("progress",), Progress.DONE.value))),
            ),
        )
        try:
            item = self._door.ledger.write(write, issue_record("hold", write))
        except ConditionFailed as failure:
            began = Standing.of(reference, failure.item).begun_ms
            message = f"the hold came too late: the erasure began at {instant(began)}"
            raise ErasureRefused(message) from failure
        return Standing.of(reference, item)

    def erase(self, vault: Vault, erasure: KeyErasure, request: str) -> Erased:
        """Destroy the keys as `request` asks. Twice is once; a run that died is gone on with.

        Raises `ErasureRefused` when the stop lever, a hold or another request stands in the way,
        `Inconsistent` when the keys are still there afterwards.
        """
        _require_lever_free(self._door)
        standing = _intend(self._door, erasure, request)
        if standing.progress is Progress.DONE:
            return Erased(standing, held=_held(self._door, request))
        held = vault.find(erasure.reference) is not None
        put(self._door, f"erasure-held/{request}", {"held": held})
        _destroy(vault, erasure, standing)
        return Erased(standing, held=_held(self._door, request))

    def conclude(self, vault: Vault, erasure: KeyErasure, request: str) -> Erased:
        """Make sure, once calls that were under way have ended, that the keys stay gone."""
        standing = self.find(erasure.reference)
        if standing.request != request or standing.progress is Progress.NONE:
            message = f"the erasure of request {request} has not begun: got {standing.request!r}"
            raise Inconsistent(message)
        if standing.progress is Progress.DONE:
            return Erased(standing, held=_held(self._door, request))
        _destroy(vault, erasure, standing)
        done = _done(self._door, standing)
        return Erased(done, held=_held(self._door, request))

    def erased_ms(self, reference: str) -> int:
        """When the erasure of a person last began; 0 when there was none."""
        return self.find(reference).begun_ms


def _destroy(vault: Vault, erasure: KeyErasure, standing: Standing) -> None:
    """Delete the keys, and see that they are gone; a strong read speaks for every region.

    Keys made well after the erasure began are those of a person who has come back.
    """
    until_ms = standing.begun_ms + IN_FLIGHT_MS
    for _ in range(_TRIES_MAX):
        found = vault.find(erasure.reference)
        if found is None or found.created_ms >= until_ms:
            return
        vault.erase(erasure, issue_erasure(_ACT, erasure))
    message = f"the keys of request {standing.request} are there although they were deleted"
    raise Inconsistent(message)


def _require_lever_free(door: Door) -> None:
    lever = door.read().lever
    if lever.engaged:
        message = f"{_ACT} was refused: {stopped(lever)}"
        raise ErasureRefused(message)


def _intend(door: Door, erasure: KeyErasure, request: str) -> Standing:
    """Write the intent down; the same request again finds its own."""
    now_ms = door.clock.now_ms()
    sets: dict[str, str | int] = {
        "progress": Progress.BEGUN.value,
        "request": request,
        "run": erasure.run,
        "begun_ms": now_ms,
        "done_ms": 0,
    }
    free = AnyOf(
        (
            Missing(("progress",)),
            AllOf((Equals(("progress",), Progress.DONE.value), _not_of(request))),
        )
    )
    unheld = AnyOf((Missing(("hold_until_ms",)), AtMost(("hold_until_ms",), now_ms)))
    write = ConditionalWrite(
        f"{PREFIX}{erasure.reference}",
        tuple(Set((name,), value) for name, value in sets.items()),
        conditions=(free, unheld),
    )
    try:
        item = door.ledger.write(write, issue_record("intend erasure", write))
    except ConditionFailed as failure:
        return _stands(Standing.of(erasure.reference, failure.item), request, now_ms)
    return Standing.of(erasure.reference, item)


def _not_of(request: str) -> Condition:
    return AnyOf((Below(("request",), request), Above(("request",), request)))


def _stands(standing: Standing, request: str, now_ms: int) -> Standing:
    """Our own intent, written before, or the reason against it."""
    if standing.request == request and standing.progress is not Progress.NONE:
        return standing
    if standing.hold is not None and standing.hold.stands(now_ms):
        raise ErasureRefused(held_sentence(standing.hold))
    began = instant(standing.begun_ms)
    message = (
        f"request {standing.request} has been erasing this person since {began}. Start its run "
        f"again, so that it ends."
    )
    raise ErasureRefused(message)


def held_sentence(held: Hold) -> str:
    """Why nothing is erased, and what to do."""
    return (
        f"{held.by} holds this person's data until {instant(held.until_ms)}: {held.exemption} "
        f"(Art. 17(3)). Tell the person why (Art. 12(4)), and ask again after that."
    )


def _done(door: Door, standing: Standing) -> Standing:
    sets: dict[str, str | int] = {"progress": Progress.DONE.value, "done_ms": door.clock.now_ms()}
    write = ConditionalWrite(
        f"{PREFIX}{standing.reference}",
        tuple(Set((name,), value) for name, value in sets.items()),
        conditions=(
            Equals(("request",), standing.request),
            Equals(("progress",), Progress.BEGUN.value),
        ),
    )
    try:
        item = door.ledger.write(write, issue_record("conclude erasure", write))
    except ConditionFailed as failure:
        return Standing.of(standing.reference, failure.item)  # an earlier try of ours
    return Standing.of(standing.reference, item)


def _held(door: Door, request: str) -> bool:
    """Whether there were keys when the erasure began; written once, before they were deleted."""
    found = door.ledger.read(f"erasure-held/{request}")
    return bool(found and found["held"])
