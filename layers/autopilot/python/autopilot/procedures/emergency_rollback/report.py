"""How a rollback ended: pages people, judges the release it left, writes the outcome down."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.page import Link, Page
from autopilot.domain.releases import judged_bad
from autopilot.domain.severity import Severity
from autopilot.errors import Transient
from autopilot.procedures.emergency_rollback.register import RECORD, read_register
from autopilot.procedures.plain_words import plain_words

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies

#: What the profile calls each outcome in its pages section; one that is not here pages nobody.
PAGED_AS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "done": "completed",
        "superseded": "undone",
        "refused": "refused",
        "no_good_release": "stopped",
        "undone": "stopped",
        "blind": "stopped",
        "stopped": "stopped",
        "failed": "inconsistent",
        "undo_failed": "inconsistent",
    }
)
#: What is left to a person after each outcome.
DECISIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "superseded": "Whether the release should stay as somebody else has set it.",
        "no_good_release": "Which release to go to: put it in place by hand, or repair this one.",
        "undone": "What else it can be: the release is what it was before, and still fails.",
        "blind": "Whether the service is well on the release that was put back.",
        "stopped": "How to go on: switches may be half turned, compare them with the plan.",
        "failed": "Whether anything was turned: compare the switches with the plan.",
        "undo_failed": "Nothing yet: the reaper tries again each minute until all is put back.",
    }
)
#: Outcomes that a person at the console, or an incident's run, sees anyway.
_QUIET: Final = frozenset({"done", "refused"})


def report(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Page first, then record: people matter more than records when one of them fails.

    Raises `Transient` when nobody could be told although somebody must know.
    """
    run, outcome = str(message["run"]), str(message["outcome"])
    detail = plain_words(str(message["detail"]))
    paged = _page(message, outcome, detail, dependencies)
    return {
        "error": "".join(part.capitalize() for part in outcome.split("_")),
        "detail": detail,
        "paged": paged,
        "recorded": _recorded(run, outcome, detail, message["rollback"], dependencies),
    }


def _page(
    message: Mapping[str, Any], outcome: str, detail: str, dependencies: Dependencies
) -> bool:
    paged_as, rollback = PAGED_AS.get(outcome), message["rollback"]
    if paged_as is None or outcome in _QUIET:
        return False
    run = str(message["run"])
    dependencies.pager.page(
        Page(
            key=f"rollback/{run}/{outcome}",
            thread=str(rollback.get("incident") or run),
            severity=Severity(getattr(dependencies.profile.pages, paged_as)),
            title=f"{dependencies.service}: emergency rollback {outcome.replace('_', ' ')}",
            seen=f"Run {run} ended: {outcome.replace('_', ' ')}.",
            done=detail,
            decide=DECISIONS.get(outcome, ""),
            links=(
                Link("Plan digest", str(rollback.get("digest") or "none")),
                Link("Execution", str(message["execution"])),
            ),
        )
    )
    return True


def _recorded(
    run: str, outcome: str, detail: str, rollback: Mapping[str, Any], dependencies: Dependencies
) -> bool:
    """A release that was left, whereupon the service became well, is bad for good."""
    gate = dependencies.gate
    fields = {
        "run": run,
        "outcome": outcome,
        "detail": detail[:1024],
        "digest": str(rollback.get("digest") or ""),
        "ended_ms": dependencies.clock.now_ms(),
    }
    try:
        gate.record(f"outcome/{run}", fields)
        if outcome != "undo_failed":  # that run is not over: the reaper ends it
            gate.close_run(run, outcome)
        if outcome == "done":
            judged = judged_bad(read_register(dependencies), str(rollback["present"]), run)
            gate.record(RECORD, {"bad": judged}, once=False)
    except Transient:
        return False  # people know already; the trail has every effect
    return True
