"""`autopilot audit demo`: what it shows holds, and it says so step by step."""

from __future__ import annotations

from click.testing import CliRunner

from autopilot_cli.audit import audit

TOLD = (
    "ok   ingest        6,000 events of 60 persons",
    "ok   seal          2 segments, 6,000 entries",
    "ok   archive       1 packs locked in each of 2 regions; 0 segments left in the log",
    "ok   tamper        two segments swapped: segment swapped",
    "ok   tamper        the tail cut: tail cut",
    "ok   tamper        everything deleted: emptied",
    "ok   tamper        a pack of one copy deleted: copy missing",
    "ok   read          100 entries of customer-00017 can be read with their keys",
    "ok   erase         data key and pseudonym key destroyed",
    "ok   prove again   evt-0000017 is in the log: 2 proofs checked offline",
    "0 entries can be read (vault: no keys, cache: no keys)",
)


def test_the_demonstration_holds_from_the_first_event_to_the_last_search() -> None:
    """A small one, through the deployed functions and machines."""
    ended = CliRunner().invoke(audit, ["demo", "--entries", "6000", "--subjects", "60"])
    assert ended.exit_code == 0, ended.output
    assert [line for line in TOLD if line not in ended.output] == []
    assert "FAIL" not in ended.output
