"""docs/states-engine.md says what the comparison with moto's interpreter found."""

from __future__ import annotations

from pathlib import Path

from tests.emulator.states.test_against_moto import CASES

DOCUMENT = Path(__file__).parents[3] / "docs" / "states-engine.md"


def test_the_document_counts_the_definitions_and_names_every_difference() -> None:
    """Whoever adds a case or closes a difference writes it down."""
    text = DOCUMENT.read_text(encoding="utf-8")
    differing = [name for name, case in CASES.items() if case.differs]
    assert f"The same {len(CASES)} definitions" in text
    assert f"{len(CASES) - len(differing)} agree" in text
    assert f"{len(differing)} differ" in text
    assert all(f"| {name} |" in text for name in differing)
