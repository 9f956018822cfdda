"""A compliance report as one HTML page: what changed first, then what does not hold, then all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from autopilot.domain.assessment import Assessment, Day, Finding, Verdict, changes
from autopilot.reports import words
from autopilot.reports.compliance_trend import trend
from autopilot.reports.palette import DARK, LIGHT, variables
from autopilot.reports.rendering import environment
from autopilot.reports.svg import Svg

_WIDE: Final = 992.0
_NARROW: Final = 350.0
#: A shape and a word for each verdict, beside its colour.
GLYPHS: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "✓",
    Verdict.FAIL: "✕",
    Verdict.UNKNOWN: "?",
    Verdict.NOT_APPLICABLE: "○",
}
#: The classes that reports have for states.
STATES: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "healthy",
    Verdict.FAIL: "unhealthy",
    Verdict.UNKNOWN: "unknown",
    Verdict.NOT_APPLICABLE: "apart",
}
#: What is shown before everything else.
BAD: Final = (Verdict.FAIL, Verdict.UNKNOWN)
_ARTICLES: Final[Mapping[int, str]] = {
    5: "Principles: limits of storage, accountability",
    12: "Requests of persons: an answer in time",
    17: "Erasure",
    25: "Data protection by design and by default",
    30: "Records of processing",
    32: "Security of processing",
    33: "Breaches: telling the authority",
    34: "Breaches: telling persons",
    44: "Transfers out of the Union",
}
_NUMBER: Final = re.compile(r"\d+")


def to_page(assessment: Assessment, before: Sequence[Day]) -> str:
    """The whole page; the same check always gives the same bytes."""
    last = before[-1] if before else None
    days = (*before, assessment.summary)
    bad = [one for one in assessment.findings if one.verdict in BAD]
    return (
        environment()
        .get_template("compliance.html.j2")
        .render(
            check=assessment,
            w=words,
            headline=headline(assessment),
            counts={verdict.name: count for verdict, count in assessment.counts.items()},
            last=last,
            changes=changes(last, assessment.summary),
            titles={one.id: one.title for one in assessment.findings},
            trend_wide=trend(days, _WIDE),
            trend_narrow=trend(days, _NARROW),
            days=days,
            bad=bad,
            articles=_by_article(assessment.findings),
            glyphs=GLYPHS,
            states=STATES,
            bad_verdicts=BAD,
            light=Svg(variables(LIGHT)),
            dark=Svg(variables(DARK)),
        )
    )


def headline(assessment: Assessment) -> str:
    """One sentence: how many hold, and what does not."""
    counts = assessment.counts
    applicable = len(assessment.findings) - counts[Verdict.NOT_APPLICABLE]
    if counts[Verdict.PASS] == applicable:
        return f"All {applicable} controls that apply hold"
    parts = [
        f"{counts[verdict]} {word}"
        for verdict, word in ((Verdict.FAIL, "fail"), (Verdict.UNKNOWN, "could not be judged"))
        if counts[verdict]
    ]
    named = "control that applies" if applicable == 1 else "controls that apply"
    return f"Of {applicable} {named}, {' and '.join(parts)}"


def article_number(finding: Finding) -> int:
    """32 of 32(1)(b)."""
    found = _NUMBER.match(finding.article)
    return int(found[0]) if found else 0


def _by_article(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    numbers = sorted({article_number(one) for one in findings})
    return [
        {
            "number": number,
            "title": _ARTICLES.get(number, ""),
            "findings": [one for one in findings if article_number(one) == number],
        }
        for number in numbers
    ]
