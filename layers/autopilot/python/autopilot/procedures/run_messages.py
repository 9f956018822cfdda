"""What the states of a machine that acts send each other, read once at a function's edge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from autopilot.domain.allocation import Route
from autopilot.domain.plan import Evidence
from autopilot.domain.verdict import Verdict
from autopilot.gate.entries import Cause
from autopilot.gate.ledger import Lease

_LEASE: Final = TypeAdapter(Lease)
_VERDICT: Final = TypeAdapter(Verdict)


@dataclass(frozen=True, config=ConfigDict(extra="ignore"))
class AppliedStep:
    """A step that is in the ledger: what the judgement of it needs."""

    epoch: int
    version: int
    applied_ms: int


_APPLIED: Final = TypeAdapter(AppliedStep)


def lease_of(message: Mapping[str, Any]) -> Lease:
    """The lease the run holds."""
    return _LEASE.validate_python(message["lease"])


def applied_of(message: Mapping[str, Any]) -> AppliedStep:
    """The step that was applied last."""
    return _APPLIED.validate_python(message["applied"])


def evidence_of(message: Mapping[str, Any]) -> Evidence:
    """What was seen when the step was last judged, or the plan made."""
    value = message["evidence"]
    verdicts = tuple(
        (Route.parse(route), _VERDICT.validate_python({"age_seconds": None, **seen}))
        for route, seen in sorted(value["verdicts"].items())
    )
    return Evidence(value["made_ms"], value["expires_ms"], verdicts)


def cause_of(message: Mapping[str, Any], section: str) -> Cause:
    """Why the run does what it does, as the `section` of what it planned has it."""
    run, planned = str(message["run"]), message[section]
    why = str(planned.get("reason") or "started by hand")
    return Cause(id=run, by=run, why=why, by_alarm=bool(planned.get("incident")))
