"""`autopilot audit` against a lab that is served: the bucket, the ledger's anchor, and no more."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from autopilot.audit.note import VerifierKey
from autopilot.domain.trail_head import origin_of
from autopilot_lab.drill.project import ROOT
from tests.audit.memory_trail import entry
from tests.serve.conftest import HOME, STANDBY, ServedLab, autopilot

SERVICE = "hybrid-routing"


@pytest.fixture(scope="module")
def trail(lab: ServedLab) -> dict[str, str]:
    """A trail of three events, its bucket, and its key as an auditor keeps it."""
    sqs, began = lab.client("sqs"), 1_600_000_000_000
    url = sqs.get_queue_url(QueueName=f"{SERVICE}-trail-events")["QueueUrl"]
    for number in range(3):
        made = entry(number, event=f"evt-{number}", time_ms=began + number)
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps(made.model_dump(mode="json")))
    lab.control("time", seconds=180)
    account = lab.client("sts").get_caller_identity()["Account"]
    key = audit(lab, "key").stdout.strip()
    return {"bucket": f"{SERVICE}-trail-{account}-{HOME}", "key": key}


def audit(lab: ServedLab, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command as an auditor does."""
    return subprocess.run(
        autopilot("audit", *words),
        cwd=ROOT,
        env=lab.variables,
        capture_output=True,
        text=True,
        check=False,
    )


def where(trail: dict[str, str]) -> list[str]:
    """The options that say which trail."""
    return ["--bucket", trail["bucket"], "--region", HOME, "--key", trail["key"]]


@pytest.mark.parametrize("more", [[], ["--full"]])
def test_the_trail_verifies_against_the_ledgers_anchor(
    lab: ServedLab, trail: dict[str, str], more: list[str]
) -> None:
    """Bucket, ledger and key are all that is needed, by many threads at once."""
    done = audit(lab, "verify", *where(trail), "--json", *more)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["anchored"]
    assert found["entries"] >= 3
    assert found["damages"] == []
    assert found["copies"] == {HOME: "whole", STANDBY: "whole"}


def test_of_our_own_trail_only_the_region_need_be_said(
    lab: ServedLab, trail: dict[str, str]
) -> None:
    """As pages say it: bucket and key follow from the account, and that is said."""
    done = audit(lab, "verify", "--region", HOME, "--full", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["origin"] == VerifierKey.parse(trail["key"]).name
    assert "give --key as it was kept" in done.stderr


def test_an_entry_is_proven_and_the_proof_checked_without_the_lab(
    lab: ServedLab, trail: dict[str, str], tmp_path: Path
) -> None:
    """The proof is one file; checking it needs the key and nothing that answers."""
    proof = tmp_path / "evt-1.tlog-proof"
    made = audit(lab, "proof", "evt-1", *where(trail), "--output", str(proof))
    assert made.returncode == 0, made.stdout + made.stderr
    nowhere = ServedLab(lab.process, "http://127.0.0.1:9")
    checked = audit(nowhere, "check", str(proof), "--key", trail["key"])
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "evt-1" in checked.stdout


def test_the_key_of_another_region_does_not_verify_this_one(
    lab: ServedLab, trail: dict[str, str]
) -> None:
    """Each region's log has an origin and a key of its own."""
    elsewhere = VerifierKey.parse(audit(lab, "key", "--region", STANDBY).stdout)
    assert elsewhere.name == origin_of(SERVICE, STANDBY)
    other = VerifierKey(origin_of(SERVICE, HOME), elsewhere.public_key)
    done = audit(lab, "verify", *where({**trail, "key": str(other)}), "--json")
    assert done.returncode == 13, done.stdout + done.stderr
