"""Calls the next role when nobody acknowledged an open incident, and writes acknowledgements.

Reads the families' claims in one query, then each incident that they name. Only the holder of
the planner lease calls, and a page's key names incident and level, so that two regions call once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.page import Page
from autopilot.domain.severity import Severity
from autopilot.errors import BadInput, Problem, Transient

if TYPE_CHECKING:
    from autopilot.domain.escalation import Step
    from autopilot.gate.gate import Gate
    from autopilot.procedures.dependencies import Dependencies

#: One that was handed over waits for somebody to take it, though its run is over.
_WAITING: Final = frozenset({"open", "reopened", "handed_over"})


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An incident that somebody has to take."""

    incident: str
    severity: Severity
    opened_ms: int
    told: frozenset[int]


def escalate(dependencies: Dependencies) -> list[str]:
    """Call whoever is due for every open incident; what was called, for the log."""
    called = []
    for waiting in _waiting(dependencies.gate):
        now_ms = dependencies.clock.now_ms()
        steps = dependencies.profile.matrix.next_steps(
            waiting.severity,
            opened_ms=waiting.opened_ms,
            acked=False,
            told=waiting.told,
            now_ms=now_ms,
        )
        done = [step for step in steps if _call(waiting, step, now_ms, dependencies)]
        if done:
            _remember(waiting, done, dependencies.gate)
        called += [f"{waiting.incident}: {step.who}" for step in done]
    return called


def acknowledge(gate: Gate, incident: str, *, by: str, now_ms: int) -> bool:
    """Stop the escalation of an incident; False when somebody had acknowledged it already.

    Raises `BadInput` for an incident that there is none of.
    """
    found = gate.find_record(f"incident/{incident}")
    if found is None:
        problem = Problem("incident", "the id of an incident, as pages show it", repr(incident))
        advice = "`autopilot status` shows the ids of those that are open."
        raise BadInput("the acknowledgement", [problem], advice)
    opened_ms = int(found["opened_ms"])
    if _acknowledged(gate, incident, opened_ms):
        return False
    at_ms = max(now_ms, opened_ms)  # the clock of whoever answers may be behind
    return gate.record(f"ack/{incident}", {"by": by, "at_ms": at_ms}, once=False)


def _waiting(gate: Gate) -> Iterator[_Waiting]:
    try:
        claims = gate.find_incidents()
    except Transient:
        return  # people are told of the ledger by others; the next minute looks again
    for claim in claims:
        if (found := _found(gate, claim.incident)) is not None:
            yield found


def _found(gate: Gate, incident: str) -> _Waiting | None:
    try:
        record = gate.find_record(f"incident/{incident}")
        if record is None or record["status"] not in _WAITING or not record["severity"]:
            return None  # nothing to wait for, or nobody has classified it yet
        opened_ms = int(record["opened_ms"])
        if _acknowledged(gate, incident, opened_ms):
            return None
        told = _told(gate.find_record(f"escalation/{incident}"), opened_ms)
    except Transient:
        return None
    return _Waiting(incident, Severity(record["severity"]), opened_ms, told)


def _acknowledged(gate: Gate, incident: str, opened_ms: int) -> bool:
    """An incident that was opened again has to be acknowledged again."""
    ack = gate.find_record(f"ack/{incident}")
    return ack is not None and int(ack["at_ms"]) >= opened_ms


def _told(record: Mapping[str, Any] | None, opened_ms: int) -> frozenset[int]:
    if record is None or record["opened_ms"] != opened_ms:
        return frozenset()
    return frozenset(int(level) for level in record["told"])


def _call(waiting: _Waiting, step: Step, now_ms: int, dependencies: Dependencies) -> bool:
    """Page the role; False when nobody could be told, which the next minute tries again."""
    hours = dependencies.profile.business_hours
    tier = dependencies.profile.matrix.tier(waiting.severity, now_ms)
    page = Page(
        key=f"escalate/{waiting.incident}/{waiting.opened_ms}/{step.level}",
        thread=waiting.incident,
        severity=waiting.severity,
        title=f"{dependencies.service}: {step.who}, nobody has taken an incident",
        seen=f"Incident {waiting.incident} was opened {hours.words(waiting.opened_ms)}, and "
        "nobody acknowledged it.",
        done="",
        decide=f"{step.who}: take it, or find somebody who does. "
        f"Support now: {tier.name if tier else 'nobody is at work'}.",
        next_command=f"autopilot ack {waiting.incident}",
    )
    try:
        dependencies.pager.page(page)
    except Transient:
        return False
    return True


def _remember(waiting: _Waiting, steps: list[Step], gate: Gate) -> None:
    """So that a minute with nothing due costs no page; the pages' own keys keep them single."""
    told = sorted(waiting.told.union(step.level for step in steps))
    fields = {"opened_ms": waiting.opened_ms, "told": tuple(told)}
    try:
        gate.record(f"escalation/{waiting.incident}", fields, once=False)
    except Transient:
        return
