"""`autopilot compliance`: forms, exit codes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autopilot_cli.exits import EXIT_BAD_INPUT, EXIT_CONTROL_FAILED, EXIT_HELD
from autopilot_cli.main import main
from autopilot_lab.drill.project import REFERENCE_PROFILE


def command(*arguments: str) -> int:
    """Run the command; its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["compliance", *arguments])
    return int(str(ended.value.code))


def test_our_own_stacks_in_the_lab_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """At least thirty controls, none failing, none unknown; findings as they were promised."""
    assert command("--json") == EXIT_HELD

    shown = json.loads(capsys.readouterr().out)
    assert len(shown["findings"]) >= 30
    assert shown["counts"]["fail"] == shown["counts"]["unknown"] == 0
    for one in shown["findings"]:
        assert one.keys() >= {"id", "article", "verdict", "evidence", "remedy"}


def test_a_control_that_fails_ends_with_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unless it weighs less than --fail-on; and the form goes into the file."""
    profile = tmp_path / "profile.toml"
    text = REFERENCE_PROFILE.read_text("utf-8")
    profile.write_text(text.replace('authority = "', 'authority = "" # "'), "utf-8")
    where = ("--profile", str(profile), "--control", "breach-contacts")
    report = tmp_path / "reports" / "compliance.html"

    assert command(*where) == EXIT_CONTROL_FAILED
    assert "does not name authority" in capsys.readouterr().out
    filed = ("--format", "html", "--output", str(report))
    assert command(*where, *filed, "--fail-on", "high") == EXIT_HELD
    assert "Of 1 control that applies, 1 fail" in report.read_text("utf-8")


@pytest.mark.parametrize(
    "arguments", [("--control", "no-such"), ("--json", "--format", "csv")], ids=" ".join
)
def test_what_makes_no_sense_is_refused(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is read."""
    assert command(*arguments) == EXIT_BAD_INPUT
    assert "expected" in capsys.readouterr().err


def test_the_register_joins_profile_and_templates(capsys: pytest.CaptureFixture[str]) -> None:
    """Purposes and limits from the one, stores with their keys and limits from the others."""
    assert command("--format", "register") == EXIT_HELD

    register = capsys.readouterr().out
    assert "Controller: matbakh.app" in register
    assert "| ActivityBucket | S3 bucket | a customer key | 400 days |" in register
    assert (
        "| TrailBucket | S3 bucket | S3's own key | until deleted; quarantine/ 30 days |"
        in register
    )
    assert "| Ledger | DynamoDB table | DynamoDB's own key | until deleted" in register
