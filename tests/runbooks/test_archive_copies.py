"""Copies of the archive as they are deployed: damage to one is told by name, and mended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from autopilot.audit.damage import Kind
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.drill.trail_history import History
from autopilot_lab.emulator.faults import Fault, FaultKind
from tests.runbooks.test_audit_archive import EXECUTE, HOME, STANDBY, played, run, verified

DAYS_AGO = 40  #: in the archive for long, and far from its end


def two_packs(history: History) -> list[str]:
    """The keys of two packs that lie whole in both copies."""
    history.seal(days_ago=DAYS_AGO)
    history.seal(days_ago=DAYS_AGO - 1, kept="legal")
    history.archive_as_then()
    return [name.key for name in history.packs()]


def told(history: History) -> dict[str, Any]:
    """What the daily verification answers, records and pages, and whether an alarm went off."""
    answer = verified(history, "quick")
    aws = history.installation.aws
    pages = [str(each["subject"]) for each in aws.log.of("page") if "trail" in each["subject"]]
    aws.run(600)
    alarms = {each["name"] for each in aws.log.of("alarm") if each["state"] == "ALARM"}
    return {
        "copies": answer["copies"],
        "damages": [[each["copy"], each["key"], each["kind"]] for each in answer["damages"]],
        "verified": answer["verified"],
        "record": history.installation.ledger.read(f"trail-verified/{HOME}") or {},
        "pages": pages,
        "alarm": "autopilot-hybrid-routing-trail-damaged" in alarms,
        "denied": [dict(each) for each in aws.log.of("denied")],
    }


def hidden(history: History, lies_in: str, key: str) -> None:
    """A mark of deletion, which no lock stops; later than what it hides, as marks are."""
    history.installation.aws.run(1)
    history.archive(lies_in).remove(key)


def overlaid(history: History, lies_in: str, key: str) -> None:
    """Other bytes over a mark: the bucket's policy lets nobody overwrite, and a mark is nothing."""
    hidden(history, lies_in, key)
    history.installation.aws.run(1)
    history.archive(lies_in).put_if_absent(key, b"nothing of the kind")


ATTACKS: dict[str, tuple[Callable[[History, str, str], None], Kind]] = {
    "hidden": (hidden, Kind.COPY_MISSING),
    "overlaid": (overlaid, Kind.COPY_CHANGED),
}


@pytest.mark.parametrize("lies_in", [HOME, STANDBY])
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_daily_verification_pages_and_records_a_damaged_copy(
    deployed: Bench, attack: str, lies_in: str
) -> None:
    """At a lower severity than a loss, and without the alarm that is for one."""
    act, kind = ATTACKS[attack]

    def play(history: History) -> dict[str, Any]:
        first, _ = two_packs(history)
        act(history, lies_in, first)
        return told(history) | {"key": first}

    seen = played(deployed, play)
    assert seen["damages"] == [[lies_in, seen["key"], kind.label]]
    assert (seen["verified"], seen["alarm"], seen["denied"]) == (True, False, [])
    assert (
        seen["record"]["copies"]
        == seen["copies"]
        == {HOME: "whole", STANDBY: "whole"} | {lies_in: "damaged"}
    )
    assert seen["pages"] == [
        "[P2 WARNING] hybrid-routing: the archive of eu-central-1's trail is damaged in " + lies_in
    ]


def test_a_region_that_does_not_answer_is_told_and_accused_of_nothing(deployed: Bench) -> None:
    """The log is verified by the other copy; what is not known is said at the lowest severity."""

    def play(history: History) -> dict[str, Any]:
        two_packs(history)
        away = Fault(service="s3", region=STANDBY, kind=FaultKind.CONNECT_TIMEOUT)
        history.installation.aws.faults.add(away)
        return told(history)

    seen = played(deployed, play)
    assert (seen["damages"], seen["verified"]) == ([], True)
    assert seen["record"]["copies"] == {HOME: "whole", STANDBY: "unread"}
    assert seen["pages"] == [
        "[P3 INFO] hybrid-routing: the archive of eu-central-1's trail was not read in eu-west-1"
    ]


def test_a_bucket_that_refuses_to_be_read_is_not_taken_for_whole(deployed: Bench) -> None:
    """Whoever can write its policy could else take one copy after the other away unseen."""

    def play(history: History) -> dict[str, Any]:
        two_packs(history)
        refused = Fault(
            service="s3",
            operation="ListObjectVersions",
            region=STANDBY,
            code="AccessDenied",
            status=403,
        )
        history.installation.aws.faults.add(refused)
        return told(history)

    assert played(deployed, play)["copies"] == {HOME: "whole", STANDBY: "unread"}


def test_a_pack_that_a_copy_lost_is_put_back_by_the_next_run(deployed: Bench) -> None:
    """From the whole copy, verified against the log and locked like any other."""

    def play(history: History) -> dict[str, Any]:
        keys = two_packs(history)
        bucket, client = (
            history.archive_bucket(STANDBY),
            history.installation.aws.client("s3", STANDBY),
        )
        for listed in list(history.archive(STANDBY).objects()):
            key = f"{HOME}/{listed.key}"
            client.delete_object(Bucket=bucket, Key=key, VersionId=listed.version)
        before = verified(history, "quick")["copies"]
        ended = run(history, EXECUTE)
        locks = [
            client.get_object_retention(Bucket=bucket, Key=f"{HOME}/{key}")["Retention"]["Mode"]
            for key in keys
        ]
        return {
            "copies": [before, verified(history, "full")["copies"]],
            "outcome": ended["output"]["outcome"],
            "locks": locks,
        }

    seen = played(deployed, play)
    assert [copies[STANDBY] for copies in seen["copies"]] == ["damaged", "whole"]
    assert (seen["outcome"], seen["locks"]) == ("done", ["COMPLIANCE", "COMPLIANCE"])


def test_what_has_come_to_its_end_is_not_put_back(deployed: Bench) -> None:
    """One copy was emptied before the other: a run would else bring back what must be gone."""

    def play(history: History) -> Any:
        history.seal(days_ago=410)
        history.archive_as_then()
        (listed,) = history.archive(STANDBY).objects()
        history.installation.aws.client("s3", STANDBY).delete_object(
            Bucket=history.archive_bucket(STANDBY),
            Key=f"{HOME}/{listed.key}",
            VersionId=listed.version,
        )
        return run(history, {})["output"]["plan"]["packs"]

    assert played(deployed, play) == []


def test_what_is_hidden_or_foreign_in_a_copy_is_left_to_people(deployed: Bench) -> None:
    """A second version would hide the evidence, and a forged pack must not be spread."""

    def play(history: History) -> list[list[str]]:
        first, _ = two_packs(history)
        hidden(history, STANDBY, first)
        forged = first.replace("000000000001.pack", "000000000000.pack")
        history.archive(HOME).put_if_absent(forged, b"forged")
        outcome = run(history, EXECUTE)["output"]["outcome"]
        return [[outcome], [name.key for name in history.packs(STANDBY)], [first, forged]]

    (outcome,), standby, touched = played(deployed, play)
    assert outcome == "done"
    assert len(standby) == 1
    assert not set(standby) & set(touched)
