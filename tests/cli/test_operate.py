"""`autopilot status`, `stop`, `resume` and `initialise`, against a ledger table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

from autopilot.adapters.clients import client
from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
from autopilot.adapters.system_clock import SystemClock
from autopilot.gate.gate import Gate
from autopilot.gate.incidents import Opening
from autopilot_cli.exits import EXIT_BAD_INPUT
from autopilot_cli.main import commands, main
from tests.gate.service import create_table

PROFILE = Path(__file__).parents[2] / "layers" / "profile" / "profile" / "profile.toml"
HOME = "eu-central-1"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The empty ledger table, where the reference profile's commands look for it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        dynamodb = client("dynamodb", HOME)
        create_table(dynamodb, "hybrid-routing-ledger")
        yield dynamodb


def run(*words: str) -> Result:
    """Run the command as a person does."""
    return CliRunner().invoke(commands, [*words, "--profile", str(PROFILE)])


def answer(*words: str) -> dict[str, Any]:
    """What the command prints with --json."""
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    printed: dict[str, Any] = json.loads(result.output)
    return printed


@pytest.mark.usefixtures("table")
def test_a_new_service_gets_its_ledger_once() -> None:
    """With the baseline of its profile; a second time changes nothing."""
    first, second = answer("initialise"), answer("initialise")
    assert (first["created"], second["created"]) == (True, False)
    assert answer("status")["allocation"] == first["allocation"]
    assert sum(first["allocation"].values()) == 100


def test_a_dry_initialise_writes_nothing(table: Any) -> None:
    """It says what it would create."""
    assert answer("initialise", "--dry-run")["created"] is None
    assert table.scan(TableName="hybrid-routing-ledger")["Count"] == 0


@pytest.mark.usefixtures("table")
def test_the_lever_is_engaged_with_a_reason_and_freed_again() -> None:
    """And status says who did it and why."""
    run("initialise")
    engaged = answer("stop", "--reason", "provider incident")
    assert (engaged["before"]["engaged"], engaged["after"]["engaged"]) == (False, True)
    lever = answer("status")["lever"]
    assert lever["reason"] == "provider incident"
    assert lever["by"]
    assert answer("resume", "--reason", "over")["after"]["engaged"] is False
    assert answer("status")["lever"]["engaged"] is False


@pytest.mark.usefixtures("table")
def test_a_dry_stop_leaves_the_lever_alone() -> None:
    """It says what it would do."""
    run("initialise")
    result = run("stop", "--reason", "just asking", "--dry-run")
    assert "would be engaged" in result.output
    assert answer("status")["lever"]["engaged"] is False


@pytest.mark.usefixtures("table")
def test_the_status_for_people_begins_with_what_decides() -> None:
    """The lever, the lease, then a line for each route with its share."""
    run("initialise")
    run("stop", "--reason", "provider incident")
    lines = run("status").output.splitlines()
    assert lines[0].startswith("hybrid-routing, version 1.1")
    assert "ENGAGED" in lines[1]
    assert "provider incident" in lines[1]
    assert lines[2].startswith("lease       free")
    assert sum("eu-central-1/direct" in line and "60 %" in line for line in lines) == 1


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("words", [("stop",), ("resume",)])
def test_a_lever_is_never_moved_without_a_reason(words: tuple[str, ...]) -> None:
    """Everybody will ask."""
    result = run(*words)
    assert result.exit_code == 2
    assert "--reason" in result.output


def test_a_profile_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With what to do."""
    missing = tmp_path / "profile.toml"
    result = CliRunner().invoke(commands, ["status", "--profile", str(missing)])
    assert result.exit_code != 0
    assert str(missing) in str(result.exception)


@pytest.mark.parametrize("words", [("status",), ("stop", "--reason", "r"), ("initialise",)])
def test_without_credentials_one_learns_what_to_set(
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No traceback: what was expected, what came, what to do; and the code of bad input."""
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    assert ended(*words) == EXIT_BAD_INPUT
    said = capsys.readouterr().err
    assert "Unable to locate credentials" in said
    assert "Set AWS_PROFILE" in said


@pytest.mark.usefixtures("table")
def test_a_table_that_is_not_there_is_named_with_the_call(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What AWS refused, in which call, and what to check."""
    assert ended("status", "--table", "nowhere") == EXIT_BAD_INPUT
    said = capsys.readouterr().err
    assert "AWS: GetItem" in said
    assert "--table" in said


def ended(*words: str) -> int | str | None:
    """The exit code of the whole command, as the shell sees it."""
    with pytest.raises(SystemExit) as end:
        main([*words, "--profile", str(PROFILE)])
    return end.value.code


@pytest.mark.usefixtures("table")
def test_an_incident_is_acknowledged_by_its_id() -> None:
    """The ledger keeps by whom; a second time says that it was before."""
    regions = [client("dynamodb", HOME)]
    ledger = DynamoDbLedger(
        clients=regions, table="hybrid-routing-ledger", service="hybrid-routing"
    )
    Gate(ledger, SystemClock()).record("incident/i-1", {"opened_ms": 0, "status": "open"})
    first, second = answer("ack", "i-1"), answer("ack", "i-1")
    assert (first["ours"], second["ours"]) == (True, False)
    kept = ledger.read("ack/i-1")
    assert kept is not None
    assert kept["by"]


@pytest.mark.usefixtures("table")
def test_the_status_names_open_incidents_and_the_command_that_takes_them() -> None:
    """Until somebody has; and again when it was opened again after that."""
    regions = [client("dynamodb", HOME)]
    ledger = DynamoDbLedger(
        clients=regions, table="hybrid-routing-ledger", service="hybrid-routing"
    )
    gate = Gate(ledger, SystemClock())
    run("initialise")
    gate.claim_incident(Opening("traffic", "incident-1", owner="an alarm", reason="a test"))
    known = {"severity": "P0", "situation": "bad_release", "opened_ms": 1}
    gate.record("incident/incident-1", known, once=False)
    said = run("status").output
    assert "incident-1: P0 bad release, since 00:00:00Z" in said
    assert "nobody has taken it: autopilot ack incident-1" in said
    answer("ack", "incident-1")
    (shown,) = answer("status")["incidents"]
    assert f"taken by {shown['taken_by']}" in run("status").output
    again = SystemClock().now_ms() + 60_000
    gate.record("incident/incident-1", {**known, "opened_ms": again}, once=False)
    assert "nobody has taken it" in run("status").output


@pytest.mark.usefixtures("table")
def test_an_incident_that_is_not_there_is_bad_input() -> None:
    """With what a right id is, and where to find it."""
    with pytest.raises(SystemExit) as ended:
        main(["ack", "i-2", "--profile", str(PROFILE)])
    assert ended.value.code == EXIT_BAD_INPUT
