"""Carries out controls over evidence: findings, exceptions applied, worst first. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Final

from autopilot.compliance import buckets, duties, people, running, tables
from autopilot.compliance.control import Control
from autopilot.domain.assessment import Assessment, Finding, Observation, Verdict
from autopilot.domain.compliance_section import AcceptedRisk
from autopilot.domain.evidence.evidence import Evidence
from autopilot.domain.instants import moment
from autopilot.errors import BadInput, Problem

#: Every control there is.
CONTROLS: Final[tuple[Control, ...]] = (
    *buckets.CONTROLS,
    *tables.CONTROLS,
    *running.CONTROLS,
    *people.CONTROLS,
    *duties.CONTROLS,
)
#: Observations that a finding shows; it says of how many subjects they are.
EVIDENCE_MAX: Final = 8
_WORST_FIRST: Final = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.NOT_APPLICABLE)


def chosen(names: Iterable[str]) -> tuple[Control, ...]:
    """The controls of these ids, all of them without any; `BadInput` for one there is not."""
    wanted = tuple(names)
    known = {one.id: one for one in CONTROLS}
    problems = [
        Problem("control", "one of " + ", ".join(sorted(known)), name)
        for name in wanted
        if name not in known
    ]
    if problems:
        raise BadInput("the check", problems, "autopilot compliance lists every control.")
    return tuple(known[name] for name in wanted) or CONTROLS


def assess(evidence: Evidence, controls: Sequence[Control] = CONTROLS) -> Assessment:
    """Carry out the controls."""
    today = _day(evidence.now_ms)
    findings = [_finding(control, evidence, today) for control in controls]
    return Assessment(
        service=evidence.profile.service.name,
        account=evidence.account.id,
        observed_ms=evidence.now_ms,
        day=today.isoformat(),
        findings=tuple(sorted(findings, key=lambda one: one.rank)),
    )


def _day(now_ms: int) -> dt.date:
    return moment(now_ms).date()


def _finding(control: Control, evidence: Evidence, today: dt.date) -> Finding:
    risks = [one for one in evidence.profile.compliance.exceptions if one.control == control.id]
    seen = [_with_exceptions(one, risks, today) for one in control.examine(evidence)]
    seen += [_expired(one) for one in risks if one.expires <= today]
    ordered = sorted(seen, key=lambda one: (_WORST_FIRST.index(one.verdict), one.subject))
    verdict = ordered[0].verdict if ordered else Verdict.NOT_APPLICABLE
    return Finding(
        id=control.id,
        title=control.title,
        article=control.article,
        level=control.level,
        verdict=verdict,
        said=_said(verdict, ordered),
        evidence=tuple(ordered[:EVIDENCE_MAX]),
        subjects=len(ordered),
        remedy=control.remedy,
        config_rule=control.config_rule,
        security_hub=control.security_hub,
        prowler=control.prowler,
    )


def _with_exceptions(
    seen: Observation, risks: Sequence[AcceptedRisk], today: dt.date
) -> Observation:
    """A subject that fails is left out while an exception of its stands."""
    if seen.verdict is not Verdict.FAIL:
        return seen
    for one in risks:
        if today < one.expires and fnmatchcase(seen.subject, one.subject):
            said = f"{seen.said}; accepted by {one.owner} until {one.expires}: {one.reason}"
            return Observation(seen.subject, Verdict.NOT_APPLICABLE, said)
    return seen


def _expired(risk: AcceptedRisk) -> Observation:
    said = f"the exception of {risk.owner} ended on {risk.expires}: renew it or take it out"
    return Observation(risk.subject, Verdict.FAIL, said)


def _said(verdict: Verdict, ordered: Sequence[Observation]) -> str:
    """One sentence: what is worst, and of how many."""
    if not ordered:
        return "Nothing here that it is about."
    alike = sum(1 for one in ordered if one.verdict is verdict)
    if verdict is Verdict.PASS:
        return f"Holds for all of {alike}." if alike > 1 else f"Holds: {ordered[0].said}."
    rest = f", and {alike - 1} more" if alike > 1 else ""
    return f"{ordered[0].subject}: {ordered[0].said}{rest}."
