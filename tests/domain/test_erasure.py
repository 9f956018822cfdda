"""Deadlines, what is left, and the receipt."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.erasure import (
    EXPORT_DAYS,
    RECEIPT_BYTES_MAX,
    IdentityCheck,
    Progress,
    Receipt,
    Standing,
    due_ms,
    remains,
    warning,
)
from autopilot.domain.instants import instant, month_of
from autopilot.errors import Inconsistent

BERLIN = "Europe/Berlin"
DAY_MS = 86_400_000


def at(text: str) -> int:
    """An instant in Unix milliseconds."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    "received, extended, due",
    [
        ("2026-01-15T12:00:00+01:00", False, "2026-02-15T23:59:59+01:00"),
        ("2026-01-31T12:00:00+01:00", False, "2026-02-28T23:59:59+01:00"),
        ("2024-01-31T12:00:00+01:00", False, "2024-02-29T23:59:59+01:00"),
        ("2026-12-05T12:00:00+01:00", False, "2027-01-05T23:59:59+01:00"),
        ("2026-11-30T12:00:00+01:00", True, "2027-02-28T23:59:59+01:00"),
        ("2026-03-10T12:00:00+01:00", False, "2026-04-10T23:59:59+02:00"),
        ("2026-01-14T23:30:00+00:00", False, "2026-02-15T23:59:59+01:00"),
    ],
)
def test_a_request_is_due_at_the_end_of_the_day_a_month_later(
    received: str,
    extended: bool,  # noqa: FBT001 - a case of the table
    due: str,
) -> None:
    """GDPR Art. 12(3); short months, years, clocks and zones included."""
    assert due_ms(at(received), BERLIN, extended=extended) == at(due)


@given(st.integers(at("2020-01-01T00:00:00+00:00"), at("2099-01-01T00:00:00+00:00")))
def test_a_deadline_is_never_later_than_a_month_of_31_days(start: int) -> None:
    """And never sooner than 28 days, whatever the calendar does."""
    assert 28 * DAY_MS <= due_ms(start, "UTC", extended=False) - start <= 32 * DAY_MS
    assert 89 * DAY_MS <= due_ms(start, "UTC", extended=True) - start <= 93 * DAY_MS


@pytest.mark.parametrize(
    "left_days, expected",
    [
        (30, None),
        (10, None),
        (9, "P3"),
        (2, "P2"),
        (0, "P2"),
        (-1, "P1"),
    ],
)
def test_a_deadline_is_told_of_more_urgently_as_it_comes_nearer(
    left_days: int, expected: str | None
) -> None:
    """Ten days, three days, too late."""
    due = at("2026-02-15T23:59:59+00:00")
    told = warning(due, due - left_days * DAY_MS)
    assert (told.value if told else None) == expected


def test_months_are_named_as_deadlines_are_listed() -> None:
    """By UTC."""
    assert month_of(at("2026-12-31T23:59:59+00:00")) == "2026-12"


def receipt(**changes: object) -> Receipt:
    """A plausible receipt."""
    facts: dict[str, object] = {
        "service": "hybrid-routing",
        "request": "DSAR-2026-0042",
        "reference": "a" * 52,
        "identity": IdentityCheck("signed-in", "privacy desk", 1_790_000_000_000),
        "received_ms": 1_790_000_000_000,
        "due_ms": 1_792_600_000_000,
        "begun_ms": 1_790_000_100_000,
        "done_ms": 1_790_000_400_000,
        "held": True,
        "exported": False,
        "run": "erase-1",
    }
    return Receipt(**(facts | changes))  # type: ignore[arg-type]


def test_a_receipt_says_what_is_left_where_until_when() -> None:
    """Each place with what is there and its end; an export only when there was one."""
    plain, exported = (json.loads(receipt(exported=each).body()) for each in (False, True))
    assert all(each["where"] and each["what"] and each["until"] for each in plain["remains"])
    assert "export bucket" not in {each["where"] for each in plain["remains"]}
    (copy,) = [each for each in exported["remains"] if each["where"] == "export bucket"]
    assert copy["until"] == instant(1_790_000_100_000 + EXPORT_DAYS * DAY_MS)
    assert json.loads(receipt(held=False).body())["destroyed"] == "nothing was held"


def test_the_same_facts_make_the_same_bytes() -> None:
    """Ed25519 signs the same message alike, so a receipt made twice is one."""
    assert receipt().body() == receipt().body()


def test_a_receipt_that_kms_could_not_sign_is_refused() -> None:
    """The longest that inputs allow fits; more is a fault of ours."""
    longest = receipt(
        request="R" * 48, identity=IdentityCheck("m" * 40, "b" * 64, 0), exported=True, run="r" * 80
    )
    assert len(longest.body()) < RECEIPT_BYTES_MAX
    with pytest.raises(Inconsistent, match="at most 4096 bytes"):
        receipt(run="r" * 4096).body()


def test_what_remains_names_nobody() -> None:
    """Places and ends only."""
    assert len({each.where for each in remains(0, exported=True)}) == 7


def test_a_record_that_is_none_is_refused() -> None:
    """A hold without its end cannot be judged."""
    assert Standing.of("a", None).progress is Progress.NONE
    with pytest.raises(Inconsistent, match="erasure/a"):
        Standing.of("a", {"hold": {"exemption": "legal-claims", "by": "x"}})
    with pytest.raises(Inconsistent, match="erasure/a"):
        Standing.of("a", {"progress": "half"})
