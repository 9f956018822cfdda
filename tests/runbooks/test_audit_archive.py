"""The archive as it is deployed: what it moves, what stops it, what it lets go, and the proof."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autopilot.adapters.s3_archive import S3Shredder
from autopilot.domain.permit import Removal, issue_removal
from autopilot.errors import Refused
from autopilot_lab.assurance.bench import Bench
from autopilot_lab.assurance.forked import in_forks
from autopilot_lab.drill.trail_history import History
from autopilot_lab.emulator.faults import Fault

EVENTS = Path(__file__).parents[2] / "events"
HOME, STANDBY = "eu-central-1", "eu-west-1"


def played(deployed: Bench, happening: Callable[[History], Any]) -> Any:
    """Play in a fork; what `happening` returns comes back as plain values."""
    begun = History(deployed.installation)
    ((_, seen),) = in_forks([happening], lambda play: play(begun), at_once=1)
    return seen


def run(
    history: History, request: Any, *, name: str = "archive-1", states_left: int | None = None
) -> dict[str, Any]:
    """Start the runbook and let it end; or stop it after it has left so many states."""
    installation = history.installation
    engine = installation.aws.engine
    installation.start_run("audit_archive", request, region=history.region, name=name)
    found = next(each for each in engine.list() if each.name == name)
    while found.running and states_left is not None:
        left = [event for event in found.history.events() if "Exited" in event["type"]]
        if len(left) >= states_left:
            engine.stop(found.arn)
        else:
            installation.aws.run(0.01)
    if found.running:
        found.wait()
    return {
        "status": found.status,
        "error": found.error or "",
        "cause": found.cause or "",
        "output": found.output.value if found.output else {},
    }


def example(name: str) -> Any:
    """The input in one of the repository's events."""
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


EXECUTE = example("console_audit_archive_execute")


def verified(history: History, kind: str = "full") -> dict[str, Any]:
    """What the deployed verification says of the region's trail."""
    answer = history.installation.aws.invoke(
        "hybrid-routing-verify-trail", {"mode": "execute", "kind": kind}, region=history.region
    )
    return dict(answer.body())


def test_settled_days_are_moved_into_locked_packs_of_both_regions(deployed: Bench) -> None:
    """One pack for each day and class; the log's bucket keeps none of their segments."""

    def play(history: History) -> dict[str, Any]:
        history.seal(days_ago=3, segments=3)
        history.seal(days_ago=2, kept="security")
        history.seal(days_ago=0, segments=1)
        ended = run(history, EXECUTE)
        return {
            **ended,
            "hot": len(history.hot()),
            "packs": [[n.key for n in history.packs(where)] for where in (HOME, STANDBY)],
            "verified": verified(history),
        }

    seen = played(deployed, play)
    assert seen["output"]["outcome"] == "done", seen
    assert seen["hot"] == 1
    home, standby = seen["packs"]
    assert home == standby
    assert [key.rpartition("/")[0] for key in home] == [
        "operations/2026-01-02",
        "security/2026-01-03",
    ]
    assert seen["verified"]["verified"]
    assert seen["verified"]["segments"] == 6


def test_an_empty_object_shows_what_is_due_and_changes_nothing(deployed: Bench) -> None:
    """By a function that cannot write."""

    def play(history: History) -> dict[str, Any]:
        history.seal(days_ago=2)
        ended = run(history, example("console_audit_archive_dry_run"))
        return {**ended, "hot": len(history.hot()), "packs": len(history.packs())}

    seen = played(deployed, play)
    assert seen["status"] == "SUCCEEDED"
    assert seen["output"]["outcome"] == "dry_run"
    assert len(seen["output"]["plan"]["packs"]) == 1
    assert (seen["hot"], seen["packs"]) == (2, 0)


def test_a_bad_segment_stops_its_pack_and_no_other(deployed: Bench) -> None:
    """It is named, people are paged, and nothing of its pack is destroyed."""

    def play(history: History) -> dict[str, Any]:
        history.seal(days_ago=4)
        history.seal(days_ago=3)
        history.spoil(history.hot()[0])
        ended = run(history, EXECUTE)
        return {
            **ended,
            "hot": history.hot(),
            "packs": [name.sealed_on for name in history.packs()],
            "pages": _pages(history),
        }

    seen = played(deployed, play)
    assert seen["output"]["outcome"] == "partial"
    assert "segment/000.jsonl.zst: segment changed" in seen["output"]["summary"]
    assert seen["hot"] == ["segment/000.jsonl.zst", "segment/001.jsonl.zst"]
    assert seen["packs"] == ["2026-01-02"]
    assert seen["pages"] == [
        "[P2 WARNING] hybrid-routing: trail of eu-central-1: packs could not be archived"
    ]


def test_more_failures_than_are_borne_stop_the_round(deployed: Bench) -> None:
    """Something larger is wrong then; the run fails and names what is left."""

    def play(history: History) -> dict[str, Any]:
        for days_ago in range(8, 1, -1):
            history.seal(days_ago=days_ago, segments=1)
        for key in history.hot():
            history.spoil(key)
        return run(history, EXECUTE)

    seen = played(deployed, play)
    assert (seen["status"], seen["error"]) == ("FAILED", "Failed")
    assert "segment/000.jsonl.zst" in seen["cause"]


@pytest.mark.parametrize("states_left", range(1, 12))
def test_a_run_that_was_killed_after_any_state_is_finished_by_the_next(
    deployed: Bench, states_left: int
) -> None:
    """Stopped from outside, so that nothing catches it; the next run leaves the same world."""

    def play(history: History) -> list[Any]:
        history.seal(days_ago=3, segments=2)
        history.seal(days_ago=2, segments=1, kept="legal")
        run(history, EXECUTE, name="killed", states_left=states_left)
        ended = run(history, EXECUTE, name="next")
        packs = [name.sealed_on for name in history.packs()]
        verification = verified(history)
        return [ended["output"]["outcome"], history.hot(), packs, verification["verified"]]

    assert played(deployed, play) == ["done", [], ["2026-01-02", "2026-01-03"], True]


def test_what_has_ended_is_destroyed_and_proven(deployed: Bench) -> None:
    """In both regions, once its lock has ended; the trail tells what there was, and verifies."""

    def play(history: History) -> dict[str, Any]:
        history.seal(days_ago=410, segments=2, each=3)
        history.seal(days_ago=410, segments=1, kept="legal")
        history.archive_as_then()
        ended = run(history, EXECUTE)
        proof = next(each for each in history.waiting() if each.action == "let-go")
        again = run(history, EXECUTE, name="again")
        return {
            "outcomes": [ended["output"]["outcome"], again["output"]["outcome"]],
            "left": [[n.retention for n in history.packs(where)] for where in (HOME, STANDBY)],
            "detail": dict(proof.detail),
            "verified": verified(history),
        }

    seen = played(deployed, play)
    assert seen["outcomes"] == ["done", "done"]
    assert seen["left"] == [["legal"], ["legal"]]
    assert (seen["detail"]["segments"], seen["detail"]["entries"]) == (2, 6)
    assert seen["verified"]["verified"]
    assert (seen["verified"]["ended"], seen["verified"]["segments"]) == (2, 1)


def test_a_legal_hold_stops_the_ending(deployed: Bench) -> None:
    """Until it is lifted; the report says that it is held, and nobody is paged for it."""

    def play(history: History) -> dict[str, Any]:
        history.seal(days_ago=410)
        history.archive_as_then()
        until = {"exemption": "legal-claims", "by": "legal, L-7", "until": "2026-06-01T00:00:00Z"}
        hold = {"mode": "execute", "action": "hold", "classes": ["operations"], "hold": until}
        run(history, hold, name="hold")
        stopped = run(history, EXECUTE, name="stopped")
        held = len(history.packs())
        run(history, {"mode": "execute", "action": "lift"}, name="lift")
        run(history, EXECUTE, name="after")
        report = stopped["output"]["review"]["retention"]
        return {
            "outcome": stopped["output"]["outcome"],
            "held": held,
            "report": next(e for e in report if (e["place"], e["held"]) == ("archive", True)),
            "left": len(history.packs()),
            "pages": _pages(history),
        }

    seen = played(deployed, play)
    assert (seen["outcome"], seen["held"], seen["left"], seen["pages"]) == ("done", 1, 0, [])
    assert (seen["report"]["class"], seen["report"]["over"]) == ("operations", False)


def test_what_is_kept_too_long_is_reported_and_paged(deployed: Bench) -> None:
    """An archive that refuses to let go is a violation of Art. 5(1)(e), and is said to be one."""

    def play(history: History) -> dict[str, Any]:
        history.seal(days_ago=410)
        history.archive_as_then()
        refused = Fault(
            service="s3", operation="DeleteObject", code="AccessDenied", status=403, count=None
        )
        history.installation.aws.faults.add(refused)
        ended = run(history, EXECUTE)
        return {**ended, "pages": _pages(history)}

    seen = played(deployed, play)
    assert seen["status"] == "FAILED"
    assert "Over its limit: operations in the archive, sealed on 2024-11-21" in seen["cause"]
    assert seen["pages"] == [
        "[P2 WARNING] hybrid-routing: trail of eu-central-1: 1 classes are kept for too long"
    ]


def test_three_days_that_were_missed_are_caught_up_by_one_run(deployed: Bench) -> None:
    """What is due follows from the log, not from when a run was to be."""

    def play(history: History) -> list[str]:
        for days_ago in (5, 4, 3, 2):
            history.seal(days_ago=days_ago, segments=1)
        run(history, EXECUTE)
        return [name.sealed_on for name in history.packs()]

    assert played(deployed, play) == ["2025-12-31", "2026-01-01", "2026-01-02", "2026-01-03"]


def test_the_role_cannot_destroy_what_is_locked(deployed: Bench) -> None:
    """Nor can anybody: compliance mode asks for no right."""

    def play(history: History) -> str:
        history.seal(days_ago=2)
        run(history, EXECUTE)
        (listed,) = history.archive(STANDBY).objects()
        shredder = S3Shredder(
            bucket=history.archive_bucket(STANDBY),
            prefix=f"{HOME}/",
            client=history.installation.aws.client("s3", STANDBY),
        )
        removal = Removal(((listed.key, listed.version),), "by hand")
        try:
            shredder.destroy(removal, issue_removal("a test", removal))
        except Refused as refused:
            return str(refused)
        return ""

    assert "refused with AccessDenied" in played(deployed, play)


def _pages(history: History) -> list[str]:
    told = [page["subject"] for page in history.installation.aws.log.of("page")]
    return [subject for subject in told if "trail of" in subject]
