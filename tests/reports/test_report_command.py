"""`autopilot drill --report FILE`."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopilot.errors import BadInput
from autopilot_cli.drill import drill

SHORT = """\
name: short
title: A minute in which nothing goes wrong
horizon: 1m
load:
  requests_per_second: 20
expect:
  - check: effects
    at_most: 0
"""


def test_a_drill_leaves_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the form that the file's ending asks for; what is printed stays as it was."""
    scenario, report = tmp_path / "short.yaml", tmp_path / "short.html"
    scenario.write_text(SHORT, "utf-8")
    with pytest.raises(SystemExit) as ended:
        drill.main([str(scenario), "--json", "--report", str(report)], standalone_mode=False)
    assert ended.value.code == 0
    assert report.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert capsys.readouterr().out.startswith("{")


def test_an_ending_without_a_form_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    """No drill is played in vain."""
    with pytest.raises(BadInput) as refused:
        drill.main(
            ["direct-path-brownout", "--report", str(tmp_path / "drill.pdf")],
            standalone_mode=False,
        )
    assert refused.value.problems[0].expected.endswith(".html, .md, .json")
    assert not (tmp_path / "drill.pdf").exists()


def test_a_report_into_a_folder_that_is_not_there_is_refused_before_the_drill(
    tmp_path: Path,
) -> None:
    """Nothing is played for a report that could not be written."""
    report = tmp_path / "nowhere" / "drill.html"
    with pytest.raises(BadInput, match="a file in a folder that exists"):
        drill.main(["direct-path-brownout", "--report", str(report)], standalone_mode=False)
    assert not report.parent.exists()
