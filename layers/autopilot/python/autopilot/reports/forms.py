"""The forms of a report, by the ending of the file that it goes into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from autopilot.errors import BadInput, Problem
from autopilot.reports.html import to_html
from autopilot.reports.json_form import to_json
from autopilot.reports.markdown import to_markdown
from autopilot.reports.model import Report

FORMS: Final[Mapping[str, Callable[[Report], str]]] = MappingProxyType(
    {".html": to_html, ".md": to_markdown, ".json": to_json}
)


def form_for(file_name: str) -> Callable[[Report], str]:
    """What renders into such a file; raise `BadInput` for an ending that no form has."""
    for ending, form in FORMS.items():
        if file_name.lower().endswith(ending):
            return form
    expected = f"a file that ends in {', '.join(FORMS)}"
    raise BadInput(
        "the report", [Problem("FILE", expected, repr(file_name))], "Try --report drill.html."
    )
