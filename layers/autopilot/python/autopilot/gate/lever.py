"""The stop lever: engaged and released whatever else stands in the ledger."""

from __future__ import annotations

from typing import Final

from autopilot.domain.permit import issue_lever
from autopilot.domain.personal import shown, withheld
from autopilot.domain.writes import Set
from autopilot.errors import BadInput, Problem
from autopilot.gate.acts import Act, Attempt
from autopilot.gate.door import Door
from autopilot.gate.ledger import Lever

REASON_BYTES_MAX: Final = 120  #: of reason and of who, so that the item keeps its limit


def move(door: Door, act: Act, *, by: str, reason: str) -> Lever:
    """Engage the lever, or resume; raise `BadInput` without a reason."""
    _require(by=by, reason=reason)
    now_ms = door.clock.now_ms()
    lever = {"engaged": act is Act.ENGAGE_LEVER, "reason": _kept(reason), "by": by, "at_ms": now_ms}
    passed = door.write(
        Attempt(act=act, now_ms=now_ms, run=by),
        (Set(("lever",), lever),),
        issue=issue_lever,
        recognise=lambda _: False,
    )
    return passed.view.lever


def _kept(reason: str) -> str:
    """A lever is never refused for what its reason says, but the ledger keeps no addresses."""
    return withheld(reason).encode()[:REASON_BYTES_MAX].decode(errors="ignore")


def _require(**texts: str) -> None:
    expected = f"1 to {REASON_BYTES_MAX} bytes of text"
    problems = [
        Problem(key, expected, shown(text))
        for key, text in texts.items()
        if not text.strip() or len(text.encode()) > REASON_BYTES_MAX
    ]
    if problems:
        raise BadInput("a change of the stop lever", problems, "Say who acts and why.")
