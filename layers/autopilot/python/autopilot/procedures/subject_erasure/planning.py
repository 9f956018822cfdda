"""What an erasure would do, and whether it may: reads, decides nothing that matters later."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from autopilot.domain import erasure
from autopilot.domain.canonical import digest
from autopilot.domain.erasure import Progress, Standing
from autopilot.domain.instants import instant
from autopilot.errors import BadInput, Problem, Refused
from autopilot.gate.erasures import held_sentence
from autopilot.procedures.requests import read_request
from autopilot.procedures.subject_erasure.approving import question_about
from autopilot.procedures.subject_erasure.request import (
    RUNBOOK,
    ErasureRequest,
    Extension,
    at_ms,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.procedures.dependencies import Dependencies

_DAY_MS = 86_400_000
_ADVICE = 'Start it with {} to see all that it needs; "mode": "dry_run" shows the plan.'


def plan(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """The plan of an erasure, a hold or its lifting; what is missing, for a dry run without it.

    Raises `Refused` for input that cannot be carried out.
    """
    request = read_request(
        ErasureRequest, message["request"], runbook=RUNBOOK, service=dependencies.service
    )
    if request.lacks:
        return _lacking(request)
    if request.action != "erase":
        return _about_a_hold(request)
    return _erasure(request, dependencies)


def _lacking(request: ErasureRequest) -> dict[str, Any]:
    if request.mode == "execute":
        problems = [Problem(said.partition(":")[0], said, "nothing") for said in request.lacks]
        raise BadInput(f"the input of {RUNBOOK}", problems, _ADVICE)
    needs = list(request.lacks)
    summary = f"To {request.action}, it needs {'; '.join(needs)}."
    return {"outcome": "dry_run", "summary": summary, "needs": needs, "export": False}


def _about_a_hold(request: ErasureRequest) -> dict[str, Any]:
    hold = request.hold
    placed = (
        {"exemption": hold.exemption.value, "by": hold.by, "until_ms": at_ms(hold.until)}
        if hold and request.action == "hold"
        else None
    )
    said = f"held for {hold.exemption} until {hold.until}" if placed and hold else "held no longer"
    dry = request.mode == "dry_run"
    return {
        "outcome": "dry_run" if dry else request.action,
        "summary": f"The person's data {'would be' if dry else 'is'} {said}.",
        "needs": [],
        "reference": request.subject,
        "hold": placed,
        "export": False,
    }


def _erasure(request: ErasureRequest, dependencies: Dependencies) -> dict[str, Any]:
    reference, ticket = str(request.subject), str(request.request)
    standing = dependencies.gate.erasures.find(reference)
    receipt = dependencies.gate.find_record(f"receipt/{ticket}")
    planned = _facts(request, dependencies)
    now_ms = dependencies.clock.now_ms()
    outcome, summary = _outcome(request, standing, now_ms, erased=receipt is not None)
    if receipt is not None and receipt["reference"] != reference:
        message = f"request {ticket} is another person's: expected a ticket of its own for each"
        raise Refused(message)
    keys = dependencies.persons.vault.find(reference)
    left = erasure.remains(now_ms, exported=request.export)
    return {
        **planned,
        "outcome": outcome,
        "summary": summary,
        "needs": [],
        "digest": digest({**planned, "export": str(request.export)}),
        "ask": question_about(request, outcome, dependencies.profile),
        "erases": "data key and pseudonym key" if keys else "nothing: no keys of this person exist",
        "remains": [asdict(each) for each in left],
        "wait_seconds": erasure.KEY_CACHE_SECONDS,
        "export": request.export and outcome == "planned" and standing.progress is Progress.NONE,
        "exported": request.export,
    }


def _facts(request: ErasureRequest, dependencies: Dependencies) -> dict[str, Any]:
    """What is asked: the same for every run of a request."""
    if request.received is None or request.identity is None:
        raise AssertionError(request)  # pragma: no cover - `lacks` was asked
    received_ms, now_ms = at_ms(request.received), dependencies.clock.now_ms()
    check = request.identity.check
    _require_past({"received": received_ms, "identity.at": check.at_ms}, now_ms)
    extended = _is_extended(request.extension, received_ms)
    zone = dependencies.profile.service.time_zone
    return {
        "request": request.request,
        "reference": request.subject,
        "received_ms": received_ms,
        "due_ms": erasure.due_ms(received_ms, zone, extended=extended),
        "identity": asdict(check),
    }


def _require_past(instants: Mapping[str, int], now_ms: int) -> None:
    problems = [
        Problem(name, f"an instant up to {instant(now_ms)}", instant(at))
        for name, at in instants.items()
        if at > now_ms
    ]
    if problems:
        raise BadInput(f"the input of {RUNBOOK}", problems, _ADVICE)


def _is_extended(extension: Extension | None, received_ms: int) -> bool:
    """Whether there are two more months: only when the person was told within the first."""
    if extension is None:
        return False
    told = at_ms(extension.told)
    limit_ms = erasure.due_ms(received_ms, "UTC", extended=False)
    if not received_ms <= told <= limit_ms:
        expected = f"between {instant(received_ms)} and {instant(limit_ms)} (Art. 12(3))"
        problem = Problem("extension.told", expected, instant(told))
        raise BadInput(f"the input of {RUNBOOK}", [problem], "Without it the month stands.")
    return True


def _outcome(
    request: ErasureRequest, standing: Standing, now_ms: int, *, erased: bool
) -> tuple[str, str]:
    """What follows, and the sentence that explains it. A dry run ends, whatever it found."""
    first = "What is held is handed out, then the" if request.export else "The"
    found = ("planned", f"{first} keys are destroyed, for good.")
    if erased:
        found = ("erased", f"Request {request.request} was carried out; there is a receipt.")
    elif standing.hold is not None and standing.hold.stands(now_ms):
        found = ("held", f"Nothing is erased: {held_sentence(standing.hold)}")
    if request.mode == "dry_run":
        return "dry_run", f"{found[1]} This run changes nothing."
    return found
