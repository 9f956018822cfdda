"""Whether the automation may act: lever, lease, journal, budget, calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from autopilot.gate.ledger import JOURNAL_SLOTS
from autopilot.procedures.preflight.judged import Judged, go, no_go, warn

if TYPE_CHECKING:
    from autopilot.domain.calendar import BusinessHours
    from autopilot.gate.ledger import LedgerView
    from autopilot.procedures.preflight.move import Move

_SLOTS: Final = JOURNAL_SLOTS["advance"]  #: contain and undo have others, in reserve
_NEEDED: Final = 6  #: entries of a failover in one region and back


def lever(view: LedgerView) -> Judged:
    """Nothing moves while somebody holds everything still."""
    if view.lever.engaged:
        return no_go("engaged", f"all automation is stopped: {view.lever.reason}")
    return go("free", "automation may act")


def lease(move: Move, view: LedgerView) -> Judged:
    """One procedure at a time; the run that asks may hold it itself.

    Where a region is lost, its holder may be lost too: the lease ends by itself, and a failover
    waits for it rather than leave clients where nobody answers.
    """
    holder = view.lease.holder
    if not holder or view.lease.expires_ms <= move.now_ms:
        return go("free", "nobody else changes the service")
    if holder == move.holder:
        return go(f"held by {holder}", "by the run that asks")
    if move.is_lost:
        reason = f"{view.lease.runbook} is changing the service, or died: a failover waits for it"
        return warn(f"held by {holder}", reason)
    reason = f"{view.lease.runbook} is changing the service: wait for its end, or stop it"
    return no_go(f"held by {holder}", reason)


def journal(view: LedgerView) -> Judged:
    """Every effect needs room for its entry."""
    used = sum(kind == "advance" for kind, _, _ in view.journal())
    observed = f"{used} of {_SLOTS} slots wait for export"
    if used > _SLOTS - _NEEDED:
        return no_go(observed, "no room for what a move writes down: look at tend_ledger")
    return go(observed, "room for every step")


def budget(move: Move, view: LedgerView, kind: str, runs_max: int) -> Judged:
    """How many runs of a kind there were in the present window."""
    spent = view.budgets.get(kind)
    runs = spent.runs if spent is not None and spent.window_ends_ms > move.now_ms else 0
    observed = f"{runs} of {runs_max} runs"
    is_counted = spent is not None and bool(move.holder) and spent.last_run == move.holder
    if runs >= runs_max and not is_counted:
        return no_go(observed, "the next one is refused until the window ends: a person decides")
    return go(observed, "one more is allowed")


def calendar(move: Move, hours: BusinessHours) -> Judged:
    """A move that somebody chose is made while people are at work; a loss does not wait."""
    if hours.is_open(move.now_ms):
        return go("within working hours", "people are at work")
    if move.is_lost:
        return go("outside of working hours", "a lost region does not wait for them")
    return warn("outside of working hours", "choose a time when people are at work")
