"""The generated pages say what the beliefs say."""

from __future__ import annotations

import pytest

from autopilot_lab.conformance.catalogue import beliefs
from autopilot_lab.conformance.documents import (
    BELIEFS,
    FIDELITY,
    beliefs_text,
    fidelity_text,
)

WRITE_AGAIN = "run autopilot conformance --docs"


def test_the_page_of_beliefs_is_in_step() -> None:
    """docs/beliefs.md is what the beliefs generate."""
    assert BELIEFS.read_text("utf-8") == beliefs_text(), WRITE_AGAIN


def test_the_page_of_gaps_is_in_step() -> None:
    """docs/fidelity.md is what the gaps generate."""
    assert FIDELITY.read_text("utf-8") == fidelity_text(), WRITE_AGAIN


@pytest.mark.parametrize("text", [beliefs_text(), fidelity_text()], ids=["beliefs", "fidelity"])
def test_a_page_ends_its_lines_cleanly(text: str) -> None:
    """No trailing blanks, and one newline at the end."""
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


def test_every_belief_is_on_the_page() -> None:
    """With its id in bold, once."""
    text = beliefs_text()
    assert [one.id for one in beliefs() if text.count(f"**{one.id}**") != 1] == []
