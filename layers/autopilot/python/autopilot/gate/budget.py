"""Runs per window, by kind of act: the brake on automation that repeats itself."""

from __future__ import annotations

from autopilot.domain.writes import Set
from autopilot.gate.ledger import Budget, LedgerView


def counted(view: LedgerView, *, kind: str, run: str, now_ms: int, window_seconds: int) -> Budget:
    """The budget of `kind` once `run` makes its next advance.

    A run is counted on its first advance only. Computed from the item that was read: the
    condition on the version makes sure that it still stands when this is written.
    """
    budget = view.budgets.get(kind)
    if budget is None or now_ms >= budget.window_ends_ms:
        return Budget(1, now_ms + window_seconds * 1000, run)
    if budget.last_run == run:
        return budget
    return Budget(budget.runs + 1, budget.window_ends_ms, run)


def spend(kind: str, budget: Budget) -> Set:
    """The part of a write that stores `budget`."""
    return Set(
        ("budgets", kind),
        {
            "runs": budget.runs,
            "window_ends_ms": budget.window_ends_ms,
            "last_run": budget.last_run,
        },
    )
