"""A pre-flight as a person reads it: with colours to a terminal, else plain."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autopilot.domain.preflight import Answer, Check, Preflight
from autopilot.domain.preflight_steps import first_step, next_step
from autopilot_cli.preflight_view import show

FINE = Check("lease", "free", "free", "the ledger", 0, Answer.GO, "nobody else")
OLD = Check("key/alias/a", "Enabled", "Enabled", "kms", 7_200, Answer.WARN, "2 h ago")
UNREAD = Check.unread("canary/direct", limit="3 of 3", source="Converse", reason="no answer")
FOUND = Preflight("eu-central-1", "eu-west-1", (FINE, OLD, UNREAD), 1_790_000_000_000, 70)


def printed(found: Preflight, *, terminal: bool) -> str:
    """What is printed, 100 columns wide."""
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
    show(found, "hybrid-routing", console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_what_stands_in_the_way_comes_first(*, terminal: bool) -> None:
    """NO-GO, then WARN, then GO; the next step is that of the worst."""
    text = printed(FOUND, terminal=terminal)
    assert text.index("canary/direct") < text.index("key/alias/a") < text.index("lease")
    assert next_step(UNREAD) in text
    assert "carries 70 % of the load" in text
    assert ("\x1b[" in text) is terminal


def test_everything_known_of_a_check_is_shown() -> None:
    """Observed, wanted, source, age and why, of one that does not say GO."""
    text = printed(FOUND, terminal=True)
    for said in ("could not be read", "3 of 3", "Converse, not read", "no answer", "kms, 2 h"):
        assert said in text


def test_without_a_terminal_each_check_is_one_line() -> None:
    """For a log or grep, however long it is."""
    lines = printed(FOUND, terminal=False).splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["NO-GO", "NO-GO", "WARN", "GO", "next"]


def test_with_nothing_in_the_way_there_is_nothing_to_do() -> None:
    """The last line says so."""
    found = Preflight("eu-central-1", "eu-west-1", (FINE,), 0, None)
    assert first_step(found) == "Nothing stands in the way."
    assert "nobody knows what it carries" in printed(found, terminal=False)
