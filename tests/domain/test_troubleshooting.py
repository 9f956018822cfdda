"""Troubleshooting as data: every situation has its entry, and the page shows what the table has."""

from __future__ import annotations

from pathlib import Path

import pytest

from autopilot.domain.incident import Situation
from autopilot.domain.troubleshooting import TABLE, advise
from autopilot.reports.troubleshooting_page import troubleshooting_page

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("situation", list(Situation))
def test_every_situation_has_an_entry_for_any_alarm(situation: Situation) -> None:
    """So that every page has a likely cause and something to check."""
    entry = advise(situation, ())
    assert situation in entry.situations
    assert entry.checks


def test_words_of_an_alarm_choose_among_the_symptoms_of_a_situation() -> None:
    """The MCP path has other causes than Bedrock's."""
    direct = advise(Situation.PATH_LOST, ["hybrid-routing-eu-central-1-direct-failing"])
    mcp = advise(Situation.PATH_LOST, ["hybrid-routing-eu-central-1-mcp-failing"])
    assert "Bedrock" in direct.likely
    assert "MCP" in mcp.likely


def test_after_a_failed_runbook_that_is_what_is_looked_at() -> None:
    """Whatever the situation."""
    assert advise(Situation.PATH_LOST, (), failed=True).after_failure


def test_each_symptom_is_there_once_and_each_can_be_chosen() -> None:
    """An entry that nothing leads to would be a promise that nobody keeps."""
    symptoms = [entry.symptom for entry in TABLE]
    assert len(set(symptoms)) == len(symptoms) >= 12
    chosen = {
        advise(situation, ["-".join(entry.alarm_words)], failed=entry.after_failure).symptom
        for entry in TABLE
        for situation in entry.situations
    }
    assert chosen == set(symptoms)


def test_the_documentation_is_written_from_the_table() -> None:
    """`make generate` writes it."""
    assert (DOCS / "troubleshooting.md").read_text("utf-8") == troubleshooting_page()
