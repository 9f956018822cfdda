"""What a rehearsal says: sums of parts, the promise, and the way through JSON and the ledger."""

from __future__ import annotations

import json

import pytest

from autopilot.domain.preflight import Answer, Check
from autopilot.domain.rehearsal import (
    Basis,
    Estimate,
    Numbers,
    Part,
    Promise,
    Recovery,
    Rehearsal,
    duration,
)

PROMISE = Promise(rto_minutes=240, rpo_minutes=60)


def estimate(seconds: int, lost: int | None, unknown: str = "") -> Estimate:
    """A failover of two parts."""
    parts = (Part("detection", 70, Basis.STATED), Part("move", seconds - 70, Basis.MEASURED))
    return Estimate(Recovery.FAILOVER, parts, lost, unknown)


def rehearsal(*checks: Check, day: str = "2026-11-03") -> Rehearsal:
    """One with these checks."""
    return Rehearsal(
        service="s",
        day=day,
        source="eu-central-1",
        target="eu-west-1",
        observed_ms=1_790_000_000_000,
        checks=checks,
        plan="writes, weight, clients",
        digest="ab" * 32,
        estimates=(
            estimate(141, 8),
            Estimate(Recovery.RESTORE, (), 298, "never tried"),
        ),
    )


def answers(one: Estimate) -> dict[str, Answer]:
    """What the promise says of an estimate, by check."""
    return {check.name: check.answer for check in PROMISE.checks([one])}


def test_a_time_is_the_sum_of_its_parts_and_unknown_while_one_is() -> None:
    """A small number that leaves something out would be a promise that nobody keeps."""
    assert estimate(141, 8).rto_seconds == 141
    assert estimate(141, 8, "nobody measured the copy").rto_seconds is None


@pytest.mark.parametrize(
    "rto, lost, expected",
    [
        (240 * 60, 3_600, {"rto/failover": Answer.GO, "rpo/failover": Answer.GO}),
        (240 * 60 + 1, 3_601, {"rto/failover": Answer.NO_GO, "rpo/failover": Answer.NO_GO}),
        (141, None, {"rto/failover": Answer.GO, "rpo/failover": Answer.NO_GO}),
    ],
)
def test_the_promise_holds_up_to_its_last_second(
    rto: int, lost: int | None, expected: dict[str, Answer]
) -> None:
    """Worse than promised, or not known, is NO-GO."""
    assert answers(estimate(rto, lost)) == expected


def test_an_unknown_time_says_why() -> None:
    """So that somebody can mend it."""
    (time, _) = PROMISE.checks([estimate(141, 8, "no restore was tried")])
    assert (time.answer, time.reason) == (Answer.NO_GO, "no restore was tried")


def test_a_rehearsal_without_checks_is_no_go() -> None:
    """Nothing was looked at, so nothing is known."""
    assert rehearsal().answer is Answer.NO_GO


def test_it_reads_back_from_json_as_it_was() -> None:
    """A machine's state, the record and the report hold the same."""
    unread = Check.unread("key/a", limit="enabled", source="kms", reason="no answer")
    found = rehearsal(Check("plan", "a", "b", "c", 0, Answer.GO, "d"), unread)
    assert Rehearsal.of(json.loads(json.dumps(found.to_json()))) == found
    assert [each.name for each in found.against] == ["key/a"]


def test_numbers_of_what_was_not_known_stay_unknown() -> None:
    """The ledger has no null: what was not known is left out, and read back as None."""
    numbers = rehearsal().numbers
    item = numbers.to_item()
    assert item["rto_seconds"] == {"failover": 141}
    assert Numbers.of(item) == numbers
    assert numbers.rto_seconds["restore"] is None


@pytest.mark.parametrize(
    "seconds, said",
    [(None, "unknown"), (0, "0 s"), (59, "59 s"), (60, "1 min"), (141, "2 min 21 s")],
)
def test_a_duration_has_its_units(seconds: int | None, said: str) -> None:
    """No bare numbers for people."""
    assert duration(seconds) == said
