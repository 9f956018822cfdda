"""One case for each cause: doubles, flapping and the other region's alarm join the open one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from autopilot.domain.alarm import AlarmSignal
    from autopilot.domain.allocation import Route
    from autopilot.gate.gate import Gate
    from autopilot.ports import Runs

OPEN_SECONDS: Final = 600  #: a later alarm about the same route joins the case this long
#: An alarm goes off once. Longer than a dead holder keeps its lease, so that a run outlives it.
LEASE_WAIT_SECONDS: Final = 180


@dataclass(frozen=True, slots=True)
class Case:
    """An open case: its run, and whether it is this caller's."""

    run: str
    ours: bool


def cause_key(signal: AlarmSignal) -> str:
    """The same for every delivery of one state change, by whichever way it came."""
    return hashlib.sha256(f"{signal.arn}@{signal.changed_ms}".encode()).hexdigest()[:12]


def open_case(signal: AlarmSignal, route: Route, *, gate: Gate, runs: Runs, now_ms: int) -> Case:
    """Claim the case of `route` and start its run, or join the case that is open.

    The claim comes first, in the ledger, so that two deliveries, or two regions, start one run.
    A caller that died between claim and start is helped by the next delivery of the same cause:
    the claim names the same run, and a run's name makes a second start the same run.
    """
    cause = cause_key(signal)
    claim = gate.claim(
        str(route),
        owner=cause,
        fields={"run": _run_name(route, signal)},
        expires_ms=now_ms + OPEN_SECONDS * 1000,
    )
    run = str(claim.fields["run"])
    if claim.owner != cause:
        return Case(run, ours=False)
    runs.start(runbook="traffic_ramp", name=run, request=_request(signal, route))
    return Case(run, ours=True)


def _request(signal: AlarmSignal, route: Route) -> dict[str, Any]:
    return {
        "mode": "execute",
        "direction": "down",
        "route": str(route),
        "lease_wait_seconds": LEASE_WAIT_SECONDS,
        "reason": f"alarm {signal.name}"[:96],
    }


def _run_name(route: Route, signal: AlarmSignal) -> str:
    """Letters, digits, hyphens and underscores only, at most 80 characters."""
    at = datetime.fromtimestamp(signal.changed_ms / 1000, tz=UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"down-{route.region}-{route.path}-{at}-{cause_key(signal)}"[:80]
