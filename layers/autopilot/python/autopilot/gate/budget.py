"""Runs per window, by kind of act: the brake on automation that repeats itself.

Runs that alarms started are counted once more, whatever their kind, under `REMEDIATION`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from autopilot.domain.writes import Set
from autopilot.gate.ledger import Budget, LedgerView

REMEDIATION: Final = "remediation"  #: kind of every run that an alarm started


def counted(view: LedgerView, *, kind: str, run: str, now_ms: int, window_seconds: int) -> Budget:
    """The budget of `kind` once `run` makes its next advance.

    A run is counted on its first advance only. Computed from the item that was read: the
    condition on the version makes sure that it still stands when this is written.
    """
    budget = view.budgets.get(kind)
    if budget is None or now_ms >= budget.window_ends_ms:
        return Budget(1, now_ms + window_seconds * 1000, run, now_ms)
    runs = budget.runs if budget.last_run == run else budget.runs + 1
    return Budget(runs, budget.window_ends_ms, run, now_ms)


def spent(view: LedgerView, windows: Mapping[str, int], *, run: str, now_ms: int) -> Iterator[Set]:
    """The budgets as they stand once `run` makes this advance; `windows` in seconds, by kind."""
    for kind, seconds in windows.items():
        yield spend(kind, counted(view, kind=kind, run=run, now_ms=now_ms, window_seconds=seconds))


def spend(kind: str, budget: Budget) -> Set:
    """The part of a write that stores `budget`."""
    return Set(
        ("budgets", kind),
        {
            "runs": budget.runs,
            "window_ends_ms": budget.window_ends_ms,
            "last_run": budget.last_run,
            "last_ms": budget.last_ms,
        },
    )
