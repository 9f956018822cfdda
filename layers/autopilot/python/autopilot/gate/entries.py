"""Entries of the journal: who, what, why, before and after, under an id that repeats on retry."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any, Final

from autopilot.domain.allocation import Allocation
from autopilot.domain.switches import SwitchPlan, SwitchStep
from autopilot.errors import BadInput, Problem
from autopilot.gate.sizing import value_bytes

ENTRY_BYTES_MAX: Final = 384
CAUSE_BYTES_MAX: Final = 128
CAUSE_BY_BYTES_MAX: Final = 32
CAUSE_WHY_BYTES_MAX: Final = 56
ENTRY_ID_CHARACTERS: Final = 26  #: 130 bits


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something is done.

    `id` names the one event or run behind it and is the same on every retry; `by` is who acts
    (a principal, a run); `why` is for people. Long texts are cut: a cause never stops a retreat.
    """

    id: str
    by: str
    why: str
    by_alarm: bool = False  #: no person asked for it, so that it counts as a remediation

    def to_item(self, at_ms: int) -> dict[str, Any]:
        """As it lies in the ledger, at most `CAUSE_BYTES_MAX`."""
        return {
            "by": _cut(self.by, CAUSE_BY_BYTES_MAX),
            "at_ms": at_ms,
            "why": _cut(self.why, CAUSE_WHY_BYTES_MAX),
        }

    def entry_id(self, step: str) -> str:
        """The id of the entry that this cause makes at `step`."""
        return entry_id(self.id, step)


def entry_id(cause: str, step: str) -> str:
    """The first 26 characters of lower-case base32 of SHA-256 over cause and step."""
    digest = hashlib.sha256(f"{cause}|{step}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:ENTRY_ID_CHARACTERS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What was changed: one change of the allocation from `before` to `after`."""

    act: str
    runbook: str
    digest: str
    before: Allocation
    after: Allocation
    epoch: int
    version: int  #: after the change
    fence: int  #: of the lease it was made under; 0 when it needed none
    route: str = ""

    def to_item(self) -> dict[str, Any]:
        """As it lies in the journal; raise `BadInput` above `ENTRY_BYTES_MAX`."""
        item = {
            "act": self.act,
            "runbook": self.runbook,
            "digest": self.digest,
            "before": self.before.compact(),
            "after": self.after.compact(),
            "version": self.version,
            "epoch": self.epoch,
            "fence": self.fence,
        } | ({"route": self.route} if self.route else {})
        return _limited(item)


def turn_entry(
    *,
    act: str,
    plan: SwitchPlan,
    step: SwitchStep,
    epoch: int,
    version: int,
    turn: int,
    fence: int,
) -> dict[str, Any]:
    """The intent to turn one switch, as it lies in the journal; `BadInput` when it is too long.

    Epoch and version are those of the allocation, which a turn does not change: they place the
    entry among the others.
    """
    item = {
        "act": act,
        "runbook": plan.runbook,
        "digest": plan.digest(),
        "switch": step.switch,
        "from": step.before,
        "to": step.to,
        "version": version,
        "epoch": epoch,
        "turn": turn,
        "fence": fence,
    }
    return _limited(item)


def _limited(item: dict[str, Any]) -> dict[str, Any]:
    if (size := value_bytes(item)) > ENTRY_BYTES_MAX:
        problem = Problem("entry", f"at most {ENTRY_BYTES_MAX} bytes", f"{size} bytes")
        raise BadInput("a journal entry", [problem], "Use fewer routes or shorter names.")
    return item


def _cut(text: str, bytes_max: int) -> str:
    return text.encode()[:bytes_max].decode(errors="ignore")
