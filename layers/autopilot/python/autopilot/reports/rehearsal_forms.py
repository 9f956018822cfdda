"""The forms of a rehearsal's report: a page for people, Markdown, and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from autopilot.domain.rehearsal import Numbers, Rehearsal, duration

Form: TypeAlias = Callable[[Rehearsal, Sequence[Numbers]], str]
FORMAT: Final = "runbook-autopilot/rehearsal/1"


def to_json(rehearsal: Rehearsal, before: Sequence[Numbers]) -> str:
    """Everything, with the trend; the same rehearsal always gives the same bytes."""
    trend = [each.to_item() for each in (*before, rehearsal.numbers)]
    plain: dict[str, Any] = {"format": FORMAT, **rehearsal.to_json(), "trend": trend}
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def to_markdown(rehearsal: Rehearsal, before: Sequence[Numbers]) -> str:
    """What a person pastes into a ticket."""
    return "\n".join(_lines(rehearsal, before)) + "\n"


def to_html(rehearsal: Rehearsal, before: Sequence[Numbers]) -> str:
    """The page for people."""
    from autopilot.reports.rehearsal_page import to_page  # noqa: PLC0415 - loads the templates

    return to_page(rehearsal, before)


#: By the ending of a file.
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {"html": to_html, "md": to_markdown, "json": to_json}
)


def _lines(rehearsal: Rehearsal, before: Sequence[Numbers]) -> Iterator[str]:
    yield f"# {rehearsal.service}: {rehearsal.answer} to recovery in {rehearsal.target}"
    yield f"\n{rehearsal.day}, as if {rehearsal.source} were lost. Nothing was changed.\n"
    yield "| recovery | part | time | from |\n|---|---|--:|---|"
    for estimate in rehearsal.estimates:
        for part in estimate.parts:
            yield _row(estimate.recovery, part.name, duration(part.seconds), part.basis)
        whole = estimate.unknown or "the sum"
        yield _row(estimate.recovery, "**back in service**", duration(estimate.rto_seconds), whole)
        lost = duration(estimate.lost_seconds)
        yield _row(estimate.recovery, "**work lost, at most**", lost, "how far copies are behind")
    yield "\n## Checks\n"
    yield "| | check | observed | wanted | why |\n|---|---|---|---|---|"
    for check in (*rehearsal.against, *(c for c in rehearsal.checks if c not in rehearsal.against)):
        yield _row(check.answer, check.name, check.observed, check.limit, check.reason)
    yield "\n## Trend\n"
    yield "| day | answer | failover | lost | restore | lost |\n|---|---|--:|--:|--:|--:|"
    for each in (*before, rehearsal.numbers):
        yield _row(each.day, each.answer, *each.durations)


def _row(*cells: str) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
