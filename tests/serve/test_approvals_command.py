"""`autopilot approvals`, `approve` and `deny` over HTTP, against the served lab's function URL."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

import pytest

from autopilot.adapters.dynamodb_ledger import DynamoDbLedger
from autopilot.domain.approval import ALARM, ApprovalRequest
from autopilot.gate.approvals import approval_id
from autopilot.gate.gate import Gate
from autopilot_cli.exits import EXIT_BAD_INPUT, EXIT_HELD, EXIT_NOT_HELD
from autopilot_lab.drill.project import ROOT
from tests.domain.test_approval import REQUEST
from tests.gate.service import SettableClock
from tests.serve.conftest import ServedLab, autopilot


def run(lab: ServedLab, *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command as a person does."""
    return subprocess.run(
        autopilot(*words),
        cwd=ROOT,
        env=lab.variables,
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def asked(lab: ServedLab, request: pytest.FixtureRequest) -> ApprovalRequest:
    """A run's open request in the lab's ledger, another for each test."""
    now = datetime.fromisoformat(lab.control("time", seconds=1)["now"])
    now_ms = int(now.timestamp() * 1000)
    ledger = DynamoDbLedger(
        clients=[lab.client("dynamodb")], table="hybrid-routing-ledger", service="hybrid-routing"
    )
    digest = sha256(request.node.name.encode()).hexdigest()
    one = replace(
        REQUEST,
        id=approval_id("operator-1", digest, started_ms=now_ms),
        digest=digest,
        requester=ALARM,
        requested_ms=now_ms,
        expires_ms=now_ms + 900_000,
    )
    Gate(ledger, SettableClock(now_ms)).request_approval(one)
    return one


def test_what_waits_is_listed_with_its_digest(lab: ServedLab, asked: ApprovalRequest) -> None:
    """As a table for people, and as JSON with who asks."""
    table = run(lab, "approvals")
    assert asked.id in table.stdout, table.stderr
    listed = json.loads(run(lab, "approvals", "--json").stdout)
    assert listed["caller"] == "user/operator"
    assert asked.digest in [one["digest"] for one in listed["approvals"]]


def test_a_plan_is_shown_and_approved_after_a_yes(lab: ServedLab, asked: ApprovalRequest) -> None:
    """The digest stands above the question; the request is closed then."""
    done = run(lab, "approve", asked.id, answer="y\n")
    assert done.returncode == EXIT_HELD, done.stderr
    assert f"digest      {asked.digest}" in done.stdout
    assert f"{asked.id} is approved: approved by user/operator." in done.stdout
    again = run(lab, "approve", asked.id, "--yes")
    assert again.returncode == EXIT_BAD_INPUT
    assert asked.id in again.stderr


def test_a_no_decides_nothing(lab: ServedLab, asked: ApprovalRequest) -> None:
    """The request stays open."""
    done = run(lab, "approve", asked.id, answer="n\n")
    assert done.returncode == EXIT_NOT_HELD
    assert "nothing was decided" in done.stderr
    assert asked.id in run(lab, "approvals").stdout


def test_another_digest_than_the_one_that_waits_is_refused(
    lab: ServedLab, asked: ApprovalRequest
) -> None:
    """Here when it can be compared, else by the function."""
    wrong = "f" * 64
    here = run(lab, "approve", asked.id, "--digest", wrong, answer="y\n")
    there = run(lab, "approve", asked.id, "--digest", wrong, "--yes")
    assert here.returncode == EXIT_BAD_INPUT
    assert asked.digest in here.stderr
    assert there.returncode == EXIT_NOT_HELD
    assert "other plan" in there.stderr


def test_an_approval_can_be_taken_back_with_a_reason(
    lab: ServedLab, asked: ApprovalRequest
) -> None:
    """Deny wins until the run has used it."""
    words = (asked.id, "--digest", asked.digest, "--yes", "--json")
    glass = run(lab, "approve", *words, "--break-glass", "--reason", "alone")
    assert json.loads(glass.stdout)["approval"]["detail"] == "broke glass by user/operator: alone"
    denied = run(lab, "deny", *words, "--reason", "not now")
    assert json.loads(denied.stdout)["approval"]["status"] == "denied"


@pytest.mark.parametrize(
    "words, said",
    [
        (("approve", "260101-aaaaaaaa", "--yes", "--break-glass"), "--reason"),
        (("approve", "260101-aaaaaaaa", "--yes"), "See `autopilot approvals`"),
        (("approve", "nonsense", "--yes", "--digest", "f" * 64), "text like ^[0-9]"),
    ],
)
def test_bad_words_are_refused_with_what_to_do(
    lab: ServedLab, words: tuple[str, ...], said: str
) -> None:
    """Before anything is decided."""
    done = run(lab, *words)
    assert done.returncode == EXIT_BAD_INPUT
    assert said in done.stderr


def test_without_credentials_it_says_what_to_set(lab: ServedLab) -> None:
    """No traceback, and no call to anybody."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    bare = {name: text for name, text in lab.variables.items() if name not in names}
    done = subprocess.run(
        autopilot("approvals"),
        cwd=ROOT,
        env=bare | {"AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == EXIT_BAD_INPUT
    assert "AWS_PROFILE" in done.stderr
