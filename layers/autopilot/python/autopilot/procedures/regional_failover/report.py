"""How a failover ended: pages people, then writes down what stands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.failover import FailoverPlan
from autopilot.domain.page import Link, Page
from autopilot.domain.severity import Severity
from autopilot.errors import Transient
from autopilot.procedures.plain_words import plain_words

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies

#: The last failover that was carried out: what a failback is offered on.
LAST: Final = "failover/last"
#: What the profile calls each outcome in its pages section; one that is not here pages nobody.
PAGED_AS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "done": "completed",
        "denied": "completed",
        "void": "completed",
        "expired": "refused",
        "refused": "refused",
        "no_go": "stopped",
        "superseded": "undone",
        "undone": "undone",
        "kept": "stopped",
        "blind": "stopped",
        "unverified": "stopped",
        "stopped": "stopped",
        "failed": "inconsistent",
        "undo_failed": "inconsistent",
    }
)
#: What is left to a person after each outcome.
DECISIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "no_go": "Whether to remove what stands in the way, or to move by hand all the same.",
        "kept": "How to go on: start regional_failover again, it goes on from what stands.",
        "unverified": "Whether clients are served and writes taken where everything was moved to.",
        "undone": "What stopped the move; everything is where it was before.",
        "blind": "Whether the last step holds: the allocation stays where it is.",
        "stopped": "How to go on: compare writer, allocation and admission with the plan.",
        "failed": "Whether anything was moved: compare writer, allocation and admission.",
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
        "recorded": _recorded(run, outcome, detail, message["failover"], dependencies),
    }


def _page(
    message: Mapping[str, Any], outcome: str, detail: str, dependencies: Dependencies
) -> bool:
    paged_as, failover = PAGED_AS.get(outcome), message["failover"]
    if paged_as is None or outcome in _QUIET:
        return False
    run = str(message["run"])
    dependencies.pager.page(
        Page(
            key=f"failover/{run}/{outcome}",
            thread=str(failover.get("incident") or run),
            severity=Severity(getattr(dependencies.profile.pages, paged_as)),
            title=f"{dependencies.service}: regional failover {outcome.replace('_', ' ')}",
            seen=f"Run {run} ended: {outcome.replace('_', ' ')}.",
            done=detail,
            decide=DECISIONS.get(outcome, ""),
            links=(
                Link("Plan digest", str(failover.get("digest") or "none")),
                Link("Execution", str(message["execution"])),
            ),
        )
    )
    return True


def _recorded(
    run: str, outcome: str, detail: str, failover: Mapping[str, Any], dependencies: Dependencies
) -> bool:
    gate, now_ms = dependencies.gate, dependencies.clock.now_ms()
    fields = {
        "run": run,
        "outcome": outcome,
        "detail": detail[:1024],
        "digest": str(failover.get("digest") or ""),
        "ended_ms": now_ms,
    }
    try:
        gate.record(f"outcome/{run}", fields)
        if outcome != "undo_failed":  # that run is not over: the reaper ends it
            gate.close_run(run, outcome)
        if outcome in {"done", "unverified"}:
            gate.record(LAST, _last(run, failover, now_ms), once=False)
    except Transient:
        return False  # people know already; the trail has every effect
    return True


def _last(run: str, failover: Mapping[str, Any], now_ms: int) -> dict[str, Any]:
    plan = FailoverPlan.from_dict(failover["plan"])
    return {
        "run": run,
        "kind": plan.kind.value,
        "source": plan.source,
        "target": plan.target,
        "ended_ms": now_ms,
    }
