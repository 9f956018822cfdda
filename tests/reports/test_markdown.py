"""The report as Markdown, against a golden file and against hostile words."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

from autopilot.reports.markdown import to_markdown
from tests.reports.made_up import report, rolled_out

GOLDEN = Path(__file__).parent / "golden" / "report.md"


def test_the_made_up_run_reads_as_it_did() -> None:
    """Run with WRITE_GOLDEN=1 to write the file anew, and read the difference."""
    text = to_markdown(report())
    if os.environ.get("WRITE_GOLDEN"):
        GOLDEN.write_text(text, "utf-8")
    assert text == GOLDEN.read_text("utf-8")


def test_words_cannot_become_markup() -> None:
    """No element, link, picture, heading, table cell or emphasis out of somebody's words."""
    bad = "a | b\n# c <img src=x> [d](http://e) ![f](g) **h** `i`"
    made = report()
    event = replace(made.events[0], title=bad, detail=bad)
    text = to_markdown(report(title=bad, events=[event]))
    assert not re.search(r"(?<!\\)[<>]", text.replace("<br>", ""))
    assert not re.search(r"(?<!\\)\]\(", text)
    assert "\n# c" not in text
    said = next(line for line in text.splitlines() if "fault: a" in line)
    assert "a \\| b \\# c" in said


def test_every_row_of_a_table_has_all_its_cells() -> None:
    """Also when words contain bars or line ends."""
    made = report()
    refusal = replace(made.refusals[0], reason="one | two\nthree")
    tables = re.findall(r"(?m)(?:^\|.*\|$\n?)+", to_markdown(report(refusals=[refusal])))
    assert tables
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1


def test_known_strategies_are_a_table_of_costs_and_one_of_rates() -> None:
    """Ours first; how many times ours each of them is."""
    text = to_markdown(rolled_out())
    assert "| our ramp | 45 | 1 \N{MULTIPLICATION SIGN} |" in text
    assert "| CanaryPreset | 324 | 7.2 \N{MULTIPLICATION SIGN} |" in text
    assert "| nobody watching | 163 525 | 3 634 \N{MULTIPLICATION SIGN} |" in text
    assert "| When | our ramp | LinearPresetOfTenPercent | CanaryPreset | nobody watching |" in text
    assert "| When | With automation | Without the roll-out |" in text


def test_a_roll_out_that_cost_nothing_is_no_measure() -> None:
    """Nothing is so many times nothing."""
    assert "| CanaryPreset | 324 |  |" in to_markdown(rolled_out(0))
    assert "known strategies" not in to_markdown(report())
