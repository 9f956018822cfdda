"""Writes a check down, files its report, and tells people what has become worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from autopilot.domain.assessment import Assessment, Change, Day, Finding, Verdict, changes
from autopilot.domain.page import Link, Page
from autopilot.domain.readings import Measured, Reading
from autopilot.domain.severity import Severity
from autopilot.procedures.compliance_check.history import day_record, days_before

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autopilot.procedures.dependencies import Dependencies
    from autopilot.procedures.registry import Message

_SAID_MAX: Final = 6  #: findings in a page; the report has them all
_COMMAND: Final = "autopilot compliance --aws"


def record(message: Message, dependencies: Dependencies) -> dict[str, Any]:
    """Publish the scores, file the report, page what is worse than the last time, and record.

    The record comes last, so that a check that could not be told is tried again, and told once.
    """
    assessment = Assessment.of(message["check"])
    before = days_before(dependencies.gate, assessment.day)
    dependencies.meter.record(
        [
            Reading(Measured.COMPLIANCE_SCORE, float(assessment.score)),
            Reading(Measured.SECURITY_SCORE, float(assessment.security_score)),
        ]
    )
    report = dependencies.compliance.shelf.keep(assessment, before, str(message["run"]))
    imported = dependencies.compliance.findings_hub.publish(assessment)
    worse = _worse(before, assessment)
    if worse:
        dependencies.pager.page(_page(worse, assessment, report, str(message["execution"])))
    fields = {**assessment.summary.to_item(), "report": report, "run": str(message["run"])}
    dependencies.gate.record(day_record(assessment.day), fields, once=False)
    return {
        "report": report,
        "score": assessment.score,
        "worse": [change.id for change in worse],
        "imported": imported,
    }


def _worse(before: Sequence[Day], assessment: Assessment) -> list[Change]:
    """What is worse than on the last day that was checked; on the first day all that is bad."""
    last = before[-1] if before else Day("", 0, {})
    return [one for one in changes(last, assessment.summary) if one.is_for_the_worse]


def _page(worse: Sequence[Change], assessment: Assessment, report: str, execution: str) -> Page:
    named = {one.id for one in worse}
    findings = [one for one in assessment.findings if one.id in named]
    left = len(findings) - _SAID_MAX
    said = [_sentence(one) for one in findings[:_SAID_MAX]]
    return Page(
        key=f"compliance/{assessment.day}",
        thread=f"compliance/{assessment.day}",
        severity=_severity(findings),
        title=f"{assessment.service}: {_counted(len(findings))} any more",
        seen=" ".join([*said, f"And {left} more." if left > 0 else ""]).strip(),
        done="",
        decide="What to do about each, or who accepts it until when (profile, exceptions).",
        next_command=_COMMAND,
        links=(Link("Report", report), Link("Execution", execution)),
    )


def _counted(count: int) -> str:
    return (
        "1 compliance control does not hold"
        if count == 1
        else f"{count} compliance controls do not hold"
    )


def _sentence(finding: Finding) -> str:
    word = "fails" if finding.verdict is Verdict.FAIL else "cannot be judged"
    return f"{finding.id} (Art. {finding.article}) {word}: {finding.said}"


def _severity(findings: Sequence[Finding]) -> Severity:
    """Within an hour when something of weight fails; else on the next business day."""
    urgent = any(one.verdict is Verdict.FAIL and one.level.value == "high" for one in findings)
    return Severity.P2 if urgent else Severity.P3
