"""The forms of a compliance report: a page for people, a table, and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from autopilot.domain.assessment import Assessment, Day, Observation, changes

Form: TypeAlias = Callable[[Assessment, Sequence[Day]], str]

_COLUMNS: Final = (
    "day",
    "control",
    "title",
    "article",
    "level",
    "verdict",
    "subject",
    "subject_verdict",
    "said",
    "remedy",
    "config_rule",
    "security_hub",
)
#: A cell that begins so is a formula to spreadsheets (OWASP, "CSV Injection").
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def to_json(assessment: Assessment, before: Sequence[Day]) -> str:
    """Everything, with the trend and what changed since the last day that was checked."""
    return json.dumps(as_data(assessment, before), indent=2, ensure_ascii=False) + "\n"


def as_data(assessment: Assessment, before: Sequence[Day]) -> dict[str, Any]:
    """What `to_json` writes."""
    last = before[-1] if before else None
    found = changes(last, assessment.summary)
    return {
        **assessment.to_dict(),
        "since": last.day if last else None,
        "changes": [asdict(one) for one in found],
        "trend": [{"day": one.day, "score": one.score} for one in (*before, assessment.summary)],
    }


def to_csv(assessment: Assessment, _before: Sequence[Day]) -> str:
    """A row for each observation, and one for a control that applies to nothing (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows([_cell(value) for value in row] for row in _rows(assessment))
    return text.getvalue()


def _rows(assessment: Assessment) -> Iterator[Sequence[str]]:
    for one in assessment.findings:
        for seen in one.evidence or (Observation("", one.verdict, one.said),):
            yield (
                assessment.day,
                one.id,
                one.title,
                one.article,
                one.level.value,
                one.verdict.value,
                seen.subject,
                seen.verdict.value,
                seen.said,
                one.remedy,
                one.config_rule,
                one.security_hub,
            )


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULA) else value


def to_html(assessment: Assessment, before: Sequence[Day]) -> str:
    """The page for people."""
    from autopilot.reports.compliance_page import to_page  # noqa: PLC0415 - loads the templates

    return to_page(assessment, before)


#: By the ending of a file, and by the word of `--format`.
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {"html": to_html, "csv": to_csv, "json": to_json}
)
