"""`autopilot preflight` over HTTP, against the served lab's deployed function."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from autopilot.domain.preflight import Answer, Preflight
from autopilot_cli.exits import EXIT_BAD_INPUT, EXIT_HELD, EXIT_NOT_HELD
from autopilot_lab.drill.project import ROOT
from tests.serve.conftest import HOME, STANDBY, ServedLab, autopilot

KEY = "alias/hybrid-routing-pages"


def run(lab: ServedLab, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a person does, into a pipe."""
    return subprocess.run(
        autopilot("preflight", *words),
        cwd=ROOT,
        env=lab.variables,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def without_key(lab: ServedLab) -> Iterator[None]:
    """The standby's key for pages is disabled for the time of a test."""
    kms = lab.client("kms", STANDBY)
    key = kms.describe_key(KeyId=KEY)["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=key)
    yield
    kms.enable_key(KeyId=key)


def test_a_region_that_is_fit_is_no_failure(lab: ServedLab) -> None:
    """Home, from the standby: warnings do not fail the command, and its JSON is read back."""
    done = run(lab, "--to", HOME, "--json")
    assert done.returncode == EXIT_HELD, done.stderr + done.stdout
    found = Preflight.from_json(json.loads(done.stdout))
    assert (found.source_region, found.target) == (STANDBY, HOME)
    assert found.answer is Answer.WARN
    warned = {check.name for check in found.with_answer(Answer.WARN)}
    assert warned - {"calendar"} == {"shared-fate/direct"}  # a served lab goes by the real time


@pytest.mark.usefixtures("without_key")
def test_a_no_go_fails_the_command_and_comes_first(lab: ServedLab) -> None:
    """The standby by default; into a pipe it is one plain line for each check."""
    done = run(lab)
    assert done.returncode == EXIT_NOT_HELD, done.stderr
    head, first, *_, last = done.stdout.splitlines()
    assert head.startswith(f"NO-GO hybrid-routing: {HOME} → {STANDBY}, 1 NO-GO")
    assert first.startswith(f"NO-GO  key/{KEY}  observed: Disabled  wanted: Enabled")
    assert last.startswith("next step: Enable the key")
    assert "\x1b" not in done.stdout


def test_a_loss_without_a_record_is_no_go(lab: ServedLab) -> None:
    """Nobody wrote down what the other region carried, and it is not asked."""
    done = run(lab, "--lost", "--json")
    assert done.returncode == EXIT_NOT_HELD
    found = Preflight.from_json(json.loads(done.stdout))
    unread = {check.kind for check in found.checks if not check.is_read}
    assert unread == {"quota-requests-per-minute", "quota-tokens-per-minute"}


def test_only_a_region_that_serves_can_be_moved_to(lab: ServedLab) -> None:
    """With what was expected, and nothing asked."""
    done = run(lab, "--to", "eu-west-3")
    assert done.returncode == EXIT_BAD_INPUT
    assert f"expected  one of {HOME}, {STANDBY}" in done.stderr
