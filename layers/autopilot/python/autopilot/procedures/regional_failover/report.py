"""How a failover ended: whom to page for each outcome; the last one is what a failback undoes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from autopilot.domain.failover import FailoverPlan
from autopilot.procedures.run_report import RunReport

if TYPE_CHECKING:
    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.run_report import Ended

#: The last failover that was carried out: what a failback is offered on.
LAST: Final = "failover/last"
_CARRIED_OUT: Final = frozenset({"done", "unverified"})


def _remember(ended: Ended, dependencies: Dependencies) -> None:
    if ended.outcome not in _CARRIED_OUT:
        return
    plan = FailoverPlan.from_dict(ended.about["plan"])
    last = {
        "run": ended.run,
        "kind": plan.kind.value,
        "source": plan.source,
        "target": plan.target,
        "ended_ms": dependencies.clock.now_ms(),
    }
    dependencies.gate.record(LAST, last, once=False)


REPORT: Final = RunReport(
    section="failover",
    title="regional failover",
    paged_as=MappingProxyType(
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
    ),
    quiet=frozenset({"done", "refused"}),
    decisions=MappingProxyType(
        {
            "no_go": "Whether to remove what stands in the way, or to move by hand all the same.",
            "kept": "How to go on: start regional_failover again, it goes on from what stands.",
            "unverified": "Whether clients are served and writes taken where all was moved to.",
            "undone": "What stopped the move; everything is where it was before.",
            "blind": "Whether the last step holds: the allocation stays where it is.",
            "stopped": "How to go on: compare writer, allocation and admission with the plan.",
            "failed": "Whether anything was moved: compare writer, allocation and admission.",
            "undo_failed": "Nothing yet: the reaper tries again each minute until all is put back.",
        }
    ),
    left_to_reaper=frozenset({"undo_failed"}),
    remember=_remember,
)
