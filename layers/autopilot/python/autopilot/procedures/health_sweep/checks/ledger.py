"""Whether the automation itself can act: its lever, lease, journal and planner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.health_score import Finding
from autopilot.domain.severity import Severity
from autopilot.domain.verdict import State
from autopilot.gate.ledger import JOURNAL_SLOTS

if TYPE_CHECKING:
    from autopilot.gate.ledger import LedgerView
    from autopilot.procedures.health_sweep.scene import Scene

#: The reaper acts every minute; a lease that ended this long ago shows that it does not.
UNREAPED_SECONDS: Final = 600
UNTENDED_SECONDS: Final = 300
_SECOND_MS: Final = 1_000
_MINUTE_MS: Final = 60_000
_WHOLE: Final = 100


def unreadable(scene: Scene, why: str) -> Finding:
    """Nothing can be changed while the ledger does not answer."""
    return Finding("ledger", scene.service, State.UNKNOWN, f"could not be read: {why}")


def facts(
    scene: Scene,
    view: LedgerView,
    planner: Mapping[str, Any] | None,
    holder: Mapping[str, Any] | None,
) -> Iterator[Finding]:
    """One finding for each part; `holder` is the record of the run that holds the lease."""
    yield _lever(view)
    yield _lease(scene, view, holder)
    yield _journal(scene, view)
    yield _planner(scene, planner)


def _lever(view: LedgerView) -> Finding:
    if view.lever.engaged:
        said = f"engaged: all automation is stopped ({view.lever.reason})"
        return Finding("ledger", "stop lever", State.UNHEALTHY, said, Severity.P3)
    return Finding("ledger", "stop lever", State.HEALTHY, "not engaged")


def _lease(scene: Scene, view: LedgerView, holder: Mapping[str, Any] | None) -> Finding:
    lease = view.lease
    if not lease.holder:
        return Finding("ledger", "lease", State.HEALTHY, "free")
    overdue = scene.now_ms - lease.expires_ms
    if overdue > UNREAPED_SECONDS * _SECOND_MS:
        said = f"{lease.holder} died {overdue // _MINUTE_MS} min ago and was not reaped"
        return Finding("ledger", "lease", State.UNHEALTHY, said, Severity.P1)
    if holder is None:
        said = f"held by {lease.holder}, of which there is no record"
        return Finding("ledger", "lease", State.UNKNOWN, said)
    minutes = max(0, scene.now_ms - int(holder["opened_ms"])) // _MINUTE_MS
    state = State.HEALTHY
    if minutes > scene.profile.sweep.lease_minutes:
        state = State.UNHEALTHY
    said = f"{lease.holder} began {minutes} min ago"
    return Finding("ledger", "lease", state, said, Severity.P2)


def _journal(scene: Scene, view: LedgerView) -> Finding:
    slots = sum(JOURNAL_SLOTS.values())
    used = sum(1 for _ in view.journal())
    full = used * _WHOLE > slots * scene.profile.sweep.journal_percent
    state = State.UNHEALTHY if full else State.HEALTHY
    said = f"{used} of {slots} slots wait to be exported"
    return Finding("ledger", "journal", state, said, Severity.P2)


def _planner(scene: Scene, planner: Mapping[str, Any] | None) -> Finding:
    if planner is None or not planner["holder"]:
        return Finding("ledger", "planner", State.UNKNOWN, "nobody has tended the ledger yet")
    overdue = scene.now_ms - int(planner["expires_ms"])
    if overdue > UNTENDED_SECONDS * _SECOND_MS:
        said = f"nobody has tended the ledger since {overdue // _MINUTE_MS} min"
        return Finding("ledger", "planner", State.UNHEALTHY, said, Severity.P1)
    return Finding("ledger", "planner", State.HEALTHY, f"{planner['holder']} tends the ledger")
