"""Measures a failover: each part of the way from the loss to the last failed request.

Beside each part stands what the design allows it (its budget), and they add up to 159 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from autopilot.domain.failover import LOSS_BUDGET
from autopilot.domain.switches import ADMISSION
from autopilot_lab.drill.evidence import FailoverPart, Run, Turned
from autopilot_lab.emulator.event_log import EventLog
from autopilot_lab.emulator.world.series import Series

RUNBOOK: Final = "regional_failover"


@dataclass(frozen=True, slots=True)
class _Instants:
    """When each part was over, in seconds since the start of the drill."""

    detected: float
    started: float
    checked: float
    moved: float
    unhealthy: float
    last_failure: float


def measure_failover(
    log: EventLog,
    runs: Sequence[Run],
    turned: Sequence[Turned],
    series: Series,
    *,
    start: float,
    lost_at: int | None,
) -> tuple[FailoverPart, ...]:
    """The parts of the first failover after the loss; none when there was no loss, or no move."""
    instants = None if lost_at is None else _instants(log, runs, turned, series, start, lost_at)
    if instants is None or lost_at is None:
        return ()
    ends = (
        instants.detected,
        instants.started,
        instants.checked,
        instants.moved,
        instants.unhealthy,
        instants.last_failure,
    )
    begins = (float(lost_at), *ends[:-1])
    return tuple(
        FailoverPart(name, round(max(0.0, end - begin), 2), float(budget))
        for (name, budget), begin, end in zip(LOSS_BUDGET.items(), begins, ends, strict=True)
    )


def last_failure(series: Series, since: int, until: int) -> int | None:
    """The second after the last in which a request failed; None when none did."""
    seconds = range(min(until, series.seconds), since, -1)
    return next((end for end in seconds if series.between(end - 1, end)[1]), None)


def _instants(
    log: EventLog,
    runs: Sequence[Run],
    turned: Sequence[Turned],
    series: Series,
    start: float,
    lost_at: int,
) -> _Instants | None:
    run = next((r for r in runs if r.runbook == RUNBOOK and r.started_at >= lost_at), None)
    moved = next((t.at for t in turned if t.switch == ADMISSION and t.at >= lost_at), None)
    failed = last_failure(series, lost_at, series.seconds)
    if run is None or moved is None or failed is None:
        return None
    left = [event["t"] - start for event in log.of("health", type="CALCULATED", healthy=False)]
    entered = {state.state: state.at for state in reversed(run.states)}
    return _Instants(
        detected=_decided_at(runs, run),
        started=entered.get("Fly the checks", run.started_at),
        checked=entered.get("Take the lease", run.started_at),
        moved=moved,
        unhealthy=min((at for at in left if at >= moved), default=moved),
        last_failure=float(failed),
    )


def _decided_at(runs: Sequence[Run], failover: Run) -> float:
    """When the incident's run took the look that started the failover."""
    looks = [
        state.at
        for run in runs
        if run.runbook == "incident_response" and failover.name.startswith(run.name)
        for state in run.states
        if state.state == "Look at the service" and state.at <= failover.started_at
    ]
    return max(looks, default=failover.started_at)
