"""How a ramp ended: pages the people who must know, then writes the outcome down."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.page import Link, Page
from autopilot.domain.severity import Severity
from autopilot.errors import Transient
from autopilot.procedures.plain_words import plain_words

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies

#: What the profile calls each outcome in its pages section; one that is not here pages nobody.
PAGED_AS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "done": "completed",
        "mitigated": "completed",
        "superseded": "completed",
        "denied": "completed",
        "void": "completed",
        "expired": "refused",
        "refused": "refused",
        "undone": "undone",
        "blind": "stopped",
        "stopped": "stopped",
        "failed": "inconsistent",
        "undo_failed": "inconsistent",
    }
)
#: Outcomes that the console shows to a person, and the incident's run tells of one of its own.
_QUIET: Final = frozenset({"done", "mitigated", "superseded", "refused"})


def report(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Page first, then record: people matter more than records when one of them fails.

    Raises `Transient` when nobody could be told although somebody must know.
    """
    run, outcome = str(message["run"]), str(message["outcome"])
    detail = plain_words(str(message["detail"]))
    paged = _page(message, outcome, detail, dependencies)
    recorded = _record(run, outcome, detail, message, dependencies)
    return {
        "error": _error_name(outcome),
        "detail": detail,
        "paged": paged,
        "recorded": recorded,
    }


def _page(
    message: Mapping[str, Any], outcome: str, detail: str, dependencies: Dependencies
) -> bool:
    paged_as = PAGED_AS.get(outcome)
    if paged_as is None or outcome in _QUIET:
        return False
    run = str(message["run"])
    dependencies.pager.page(
        Page(
            key=f"ramp/{run}/{outcome}",
            thread=str(message["ramp"].get("incident") or run),
            severity=Severity(getattr(dependencies.profile.pages, paged_as)),
            title=f"{dependencies.service}: traffic ramp {outcome.replace('_', ' ')}",
            seen=f"Run {run} ended: {outcome.replace('_', ' ')}.",
            done=detail,
            decide="",
            links=(
                Link("Plan digest", str(message["ramp"].get("digest") or "none")),
                Link("Execution", str(message["execution"])),
            ),
        )
    )
    return True


def _record(
    run: str, outcome: str, detail: str, message: Mapping[str, Any], dependencies: Dependencies
) -> bool:
    fields = {
        "run": run,
        "outcome": outcome,
        "detail": detail[:1024],
        "digest": str(message["ramp"].get("digest") or ""),
        "ended_ms": dependencies.clock.now_ms(),
    }
    try:
        dependencies.gate.record(f"outcome/{run}", fields)
        dependencies.gate.close_run(run, outcome)
    except Transient:
        return False  # people know already; the trail has every effect
    return True


def _error_name(outcome: str) -> str:
    return "".join(part.capitalize() for part in outcome.split("_"))
