"""One incident for each cause: doubles, flapping and the other region's alarm join the open one."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.family import family_of
from autopilot.errors import Transient
from autopilot.gate.incidents import Opening

if TYPE_CHECKING:
    from autopilot.domain.alarm import AlarmSignal
    from autopilot.gate.gate import Gate
    from autopilot.gate.incidents import IncidentClaim
    from autopilot.ports import Runs

#: A run that has not begun so long after its claim was never started: whoever sees it helps.
BEGIN_SECONDS: Final = 10
REASON_MAX: Final = 96
UNBEGUN_SECONDS: Final = 60  #: nobody came who would have helped: the clock does
RESTARTS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Case:
    """An open incident: its run, and whether it is this caller's."""

    incident: str
    run: str
    ours: bool


def cause_key(signal: AlarmSignal) -> str:
    """The same for every delivery of one state change, by whichever way it came."""
    return hashlib.sha256(f"{signal.arn}@{signal.changed_ms}".encode()).hexdigest()[:12]


def open_case(signal: AlarmSignal, *, service: str, gate: Gate, runs: Runs, now_ms: int) -> Case:
    """Claim the incident of the alarm's family and start its run, or join the one that stands.

    The claim comes first, in the ledger, so that two deliveries, or two regions, start one run.
    Then the alarm is written down as a signal of the incident, once; the run reads those. An alarm
    that is new reopens an incident that was closed a short time ago, and takes over one whose run
    is dead; a replay does neither. A caller that died between claim and start is helped by the
    next delivery: the claim names the same run, and a run's name makes a second start the same.
    """
    opening = Opening(
        family=family_of(signal, service),
        incident=_incident_id(signal, service),
        owner=cause_key(signal),
        reason=f"alarm {signal.name}"[:REASON_MAX],
    )
    stands = gate.claim_incident(opening)
    is_new = gate.record(f"signal/{stands.incident}/{opening.owner}", _signal_fields(signal))
    if is_new and _is_over(stands, now_ms):
        stands = gate.take_over_incident(stands, opening)
    ours = stands.owner == opening.owner
    if _is_to_be_started(stands, now_ms, ours=ours):
        runs.start(runbook="incident_response", name=stands.run, request=request_of(stands))
    return Case(stands.incident, stands.run, ours)


def restart_dead(gate: Gate, runs: Runs, now_ms: int) -> list[str]:
    """Start what an open incident lacks: a run that never began, or one in place of a dead one.

    The claim says how often that was done; after `RESTARTS_MAX` generations the next alarm, or a
    person, has to. Answers with the runs that were started.
    """
    started = []
    for claim in gate.find_incidents():
        if (lacks := _taken_over(claim, gate, now_ms)) is not None:
            runs.start(runbook="incident_response", name=lacks.run, request=request_of(lacks))
            started.append(lacks.run)
    return started


def _taken_over(claim: IncidentClaim, gate: Gate, now_ms: int) -> IncidentClaim | None:
    """The claim whose run is to be started; None when its run lives, or others were faster."""
    if not claim.is_open or claim.generation > RESTARTS_MAX:
        return None
    if claim.expires_ms > now_ms:
        waited = not claim.runner and now_ms - claim.opened_ms >= UNBEGUN_SECONDS * 1000
        return claim if waited else None
    owner = f"restart {claim.generation + 1}"
    opening = Opening(claim.family, claim.incident, owner, claim.reason)
    stands = gate.take_over_incident(claim, opening)
    return stands if stands.owner == owner else None


def keep(gate: Gate, incident: str, *, until_ms: int = 0) -> None:
    """Show that an incident's run lives while it waits for another run; nothing for no incident.

    What the ledger does not take now the next look writes, or the wait is over by then.
    """
    if incident:
        with suppress(Transient):
            gate.keep_incident(incident.split("-")[1], incident, until_ms=until_ms)


def request_of(claim: IncidentClaim) -> dict[str, Any]:
    """The input of a claim's run: the same whoever starts it."""
    return {
        "mode": "execute",
        "incident": claim.incident,
        "generation": claim.generation,
        "reason": claim.reason,
    }


def incident_id(family: str, at_ms: int, key: str) -> str:
    """Letters, digits and hyphens only, well below the 80 characters of a run's name."""
    at = datetime.fromtimestamp(at_ms / 1000, tz=UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"incident-{family}-{at}-{key}"


def _incident_id(signal: AlarmSignal, service: str) -> str:
    return incident_id(family_of(signal, service), signal.changed_ms, cause_key(signal))


def _is_over(claim: IncidentClaim, now_ms: int) -> bool:
    return not claim.is_open or claim.expires_ms <= now_ms


def _is_to_be_started(claim: IncidentClaim, now_ms: int, *, ours: bool) -> bool:
    if claim.runner or not claim.is_open:
        return False
    return ours or now_ms - claim.opened_ms >= BEGIN_SECONDS * 1000


def _signal_fields(signal: AlarmSignal) -> dict[str, Any]:
    return {
        "alarm": signal.name,
        "region": signal.region,
        "changed_ms": signal.changed_ms,
        "route": str(signal.route or ""),
    }
