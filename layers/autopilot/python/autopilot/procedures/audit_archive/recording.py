"""What is written down about a run, and who is told of what stays where it should not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.erasure import Hold
from autopilot.domain.instants import day_of
from autopilot.domain.page import Link, Page
from autopilot.domain.retention import RetentionClass
from autopilot.domain.severity import Severity
from autopilot.procedures.audit_archive.request import RUNBOOK
from autopilot.procedures.plain_words import plain_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from autopilot.procedures.dependencies import Dependencies

REPORT: Final = "retention-report/"  #: the newest one of each region
_NAMED_MAX: Final = 5


def hold(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Hold classes of entries in the trails of both regions, or lift the hold."""
    planned = message["archive"]
    placed = Hold.of(planned["hold"]) if planned["hold"] else None
    regions = dependencies.profile.regions
    for region in (regions.home, regions.standby):
        for kept in planned["classes"]:
            dependencies.gate.endings.hold(region, RetentionClass(kept), placed)
    return {"outcome": "done"}


def report(message: Mapping[str, Any], dependencies: Dependencies) -> dict[str, Any]:
    """Record the run and its report; page about what was left, and what is over its limit."""
    review, detail = message["review"], plain_words(str(message["detail"]))
    failed = str(message["outcome"]) == "failed"
    left, over = int(review.get("left_in_all", 0)), int(review.get("over", 0))
    outcome = "failed" if failed else "partial" if left or over else "done"
    told = _told(review, detail, outcome)
    if outcome != "done":
        dependencies.pager.page(_page(message, review, told, dependencies))
    fields = {**review, "outcome": outcome, "at_ms": dependencies.clock.now_ms()}
    dependencies.gate.record(f"{REPORT}{dependencies.region}", fields, once=False)
    run = str(message["run"])
    dependencies.gate.open_run(run, RUNBOOK, None)
    dependencies.gate.close_run(run, outcome)
    return {"outcome": outcome, "summary": told}


def _told(review: Mapping[str, Any], detail: str, outcome: str) -> str:
    lines = [detail] if outcome == "failed" else []
    lines += [
        f"Not archived: {each['pack']}: {each['reason']}."
        for each in review.get("left", ())[:_NAMED_MAX]
    ]
    lines += [
        f"Over its limit: {each['class']} in the {each['place']}, sealed on {each['oldest']}: "
        f"{each['age_days']} days of {each['limit_days']}."
        for each in review.get("retention", ())
        if each["over"]
    ]
    return "\n".join(lines) or "Everything that was due is archived, and nothing is over its limit."


def _page(
    message: Mapping[str, Any], review: Mapping[str, Any], told: str, dependencies: Dependencies
) -> Page:
    """One page a day for as long as it stays so."""
    region, day = dependencies.region, day_of(dependencies.clock.now_ms())
    over = int(review.get("over", 0))
    title = f"{over} classes are kept for too long" if over else "packs could not be archived"
    return Page(
        key=f"archive/{region}/{day}",
        thread=f"archive/{region}",
        severity=Severity.P2,
        title=f"{dependencies.service}: trail of {region}: {title}",
        seen=told,
        done="Nothing that is not in the archive was destroyed.",
        decide="Mend what the reasons name (docs/archive.md, When it says); the next run goes on "
        "where this one stopped.",
        links=(Link("Execution", str(message["execution"])),),
    )
