"""A drill's report names nobody, whoever its scenario names."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopilot.reports.html import to_html
from autopilot.reports.json_form import to_json
from autopilot.reports.markdown import to_markdown
from autopilot_lab.drill.reading import read_scenario
from autopilot_lab.drill.report_data import report_of
from autopilot_lab.drill.runner import run_drill

MARKERS = (
    "Erika Mustermann",
    "erika.mustermann@example.org",
    "DE02120300000000202051",
    "+49 30 901820",
)
SCENARIO = """
name: named
title: An operator with a name pulls the lever
horizon: 1m
load:
  requests_per_second: 50
timeline:
  - at: 20s
    event: engage_lever
    by: Erika Mustermann
    reason: {reason}
expect:
  - check: lever
    engaged: true
  - check: no_marker
    marker: erika.mustermann@example.org
"""


@pytest.mark.parametrize("marker", MARKERS)
def test_a_report_holds_no_marker(tmp_path: Path, marker: str) -> None:
    """In none of its three forms; the ledger itself keeps who it was, and no address."""
    file = tmp_path / "named.yaml"
    file.write_text(SCENARIO.format(reason=f"call {marker}"), "utf-8")
    read = read_scenario(file)
    result = run_drill(read, seed=1)
    assert result.held, [one for one in result.checked if not one.finding.held]
    report = report_of(result, read.profile)
    for form in (to_html, to_markdown, to_json):
        assert marker not in form(report)
        assert "Erika" not in form(report)
