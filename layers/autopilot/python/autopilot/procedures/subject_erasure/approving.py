"""An erasure that asks first, where the profile says so: nobody can undo it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autopilot.domain.erasure import Progress
from autopilot.gate.erasures import held_sentence
from autopilot.procedures import approvals
from autopilot.procedures.subject_erasure.request import RUNBOOK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.domain.erasure import Standing
    from autopilot.domain.profile import Profile
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.subject_erasure.request import ErasureRequest


def question_about(
    request: ErasureRequest, outcome: str, profile: Profile
) -> dict[str, str] | None:
    """What to ask before the keys are destroyed; None when nobody is asked, or nothing would be."""
    if outcome not in {"planned", "dry_run"}:
        return None
    first = "hand out what is held, then " if request.export else ""
    return approvals.question_on(
        profile,
        kind=RUNBOOK,
        summary=f"request {request.request}: {first}destroy the person's keys, for good",
        requested_by=request.requested_by,
        dry_run=request.mode == "dry_run",
    )


def look_at_approval(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, str]:
    """See whether the request still stands, then what people said."""
    planned, now_ms = message["erasure"], dependencies.clock.now_ms()
    standing = dependencies.gate.erasures.find(str(planned["reference"]))
    seen = approvals.looked(
        dependencies.gate,
        str(message["approval"]["id"]),
        now_ms=now_ms,
        void=why_void(standing, str(planned["request"]), now_ms),
    )
    return {"decision": seen.decision, "summary": seen.summary}


def why_void(standing: Standing, request: str, now_ms: int) -> str:
    """Why nobody needs to decide any more; "" while the request stands. Pure."""
    if standing.hold is not None and standing.hold.stands(now_ms):
        return held_sentence(standing.hold)
    if standing.progress is not Progress.NONE and standing.request == request:
        return f"Another run of request {request} is carrying it out."
    return ""


def use_approval(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, str]:
    """Use the approval up, for this run and this request, before anything is handed out or gone."""
    approvals.consume(message, dependencies.gate, digest=str(message["erasure"]["digest"]))
    return {"used": str(message["approval"]["id"])}
