"""`autopilot conformance`, as a person or a pipeline sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from autopilot.errors import BadInput
from autopilot_cli.main import commands
from autopilot_lab.conformance import documents
from autopilot_lab.conformance.places import LAB_STARTS_AT
from autopilot_lab.emulator.cloud import EmbeddedAws

HELD = "update-item-is-all-or-nothing"
GAP = "an-item-may-have-400-kb"
COSTS = "a-disabled-key-does-not-sign"
DOCUMENTED = "a-strong-table-survives-one-region"


def autopilot(*arguments: str, answer: str | None = None) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(commands, ["conformance", *arguments], input=answer)


def test_a_belief_that_holds_ends_with_0() -> None:
    """One line for the belief with its source's address, one for the sum."""
    result = autopilot("--only", HELD)
    assert result.exit_code == 0
    first, last = result.stdout.splitlines()
    assert first.startswith(f"{HELD}\theld\thttps://docs.aws.amazon.com/")
    assert last == "1 tried: 1 held, 0 violated, 0 not shown here"


def test_a_terminal_gets_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words in columns, with the source's title."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    result = autopilot("--only", HELD)
    assert result.exit_code == 0
    assert "verdict" in result.stdout
    assert "dynamodb UpdateItem, API reference" in result.stdout


def test_json_is_one_object_and_nothing_else() -> None:
    """Verdicts, reasons and sources, for a machine."""
    told = json.loads(autopilot("--json", "--only", HELD, "--only", DOCUMENTED).stdout)
    assert told["summary"] == {"held": 1, "violated": 0, "not shown here": 1}
    assert [one["id"] for one in told["beliefs"]] == [HELD, DOCUMENTED]
    assert told["beliefs"][1]["reason"].startswith("documented only: ")


def test_a_known_gap_does_not_fail_the_run() -> None:
    """It is named as a gap, so that nobody takes it for a belief that holds."""
    result = autopilot("--only", GAP)
    assert result.exit_code == 0
    assert "known gap of the lab" in result.stdout


def test_an_unknown_belief_is_refused() -> None:
    """The message names what was meant."""
    result = autopilot("--only", "update-item-is-all-or-nothin")
    assert isinstance(result.exception, BadInput)
    assert f"Did you mean {HELD}?" in str(result.exception)


def test_options_of_an_account_need_the_account() -> None:
    """--yes without --aws is a slip, and is not passed over."""
    result = autopilot("--yes", "--only", HELD)
    assert isinstance(result.exception, BadInput)
    assert "--aws beside it" in str(result.exception)


def test_without_credentials_an_account_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked and nothing is made."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    result = autopilot("--aws", "--only", HELD)
    assert isinstance(result.exception, BadInput)
    assert "no credentials were found" in str(result.exception)


def test_regions_are_three_different_ones() -> None:
    """Two regions hold no strongly consistent table with a witness."""
    result = autopilot("--aws", "--regions", "eu-west-1,eu-west-1,eu-west-3", "--only", HELD)
    assert isinstance(result.exception, BadInput)
    assert "three different regions" in str(result.exception)


def test_an_account_is_named_and_priced_before_it_is_asked_for() -> None:
    """Saying no makes nothing and ends with 2."""
    with EmbeddedAws(LAB_STARTS_AT) as aws:
        result = autopilot("--aws", "--only", HELD, "--only", COSTS, answer="n\n")
        tables = aws.client("dynamodb", "eu-central-1").list_tables()["TableNames"]
    assert result.exit_code == 2
    assert "In account 123456789012, every name begins with belief-" in result.stderr
    assert f"{HELD}: 1 table" in result.stderr
    assert "Estimated cost: at most $0.05" in result.stderr
    assert "Nothing was made." in result.stderr
    assert tables == []


def test_nobody_to_ask_is_a_no() -> None:
    """Without --yes and without a person, an account is left alone."""
    with EmbeddedAws(LAB_STARTS_AT):
        assert autopilot("--aws", "--only", HELD, answer="").exit_code == 2


def test_an_account_is_used_and_left_as_it_was() -> None:
    """With --yes the trial runs through plain clients, and its table is gone afterwards."""
    with EmbeddedAws(LAB_STARTS_AT) as aws:
        result = autopilot("--aws", "--yes", "--only", HELD)
        tables = aws.client("dynamodb", "eu-central-1").list_tables()["TableNames"]
    assert result.exit_code == 0
    assert f"{HELD}: held" in result.stderr
    assert tables == []


def test_in_an_account_a_gap_of_the_lab_is_a_violation() -> None:
    """Only the lab has gaps: the same behaviour of an account fails the run."""
    with EmbeddedAws(LAB_STARTS_AT):
        result = autopilot("--aws", "--yes", "--only", GAP)
    assert result.exit_code == 1
    assert f"{GAP}\tviolated (an item of 400 KB was refused" in result.stdout


def test_the_documents_are_written_on_demand(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """--docs writes both pages and tries nothing."""
    monkeypatch.setattr(documents, "BELIEFS", tmp_path / "beliefs.md")
    monkeypatch.setattr(documents, "FIDELITY", tmp_path / "fidelity.md")
    assert autopilot("--docs").exit_code == 0
    assert (tmp_path / "beliefs.md").read_text("utf-8") == documents.beliefs_text()
    assert (tmp_path / "fidelity.md").read_text("utf-8") == documents.fidelity_text()
