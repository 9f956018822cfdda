"""The report of a rehearsal in its three forms."""

from __future__ import annotations

import json

from autopilot.domain.preflight import Answer, Check
from autopilot.domain.rehearsal import Numbers
from autopilot.reports.rehearsal_forms import FORMS
from tests.domain.test_rehearsal import rehearsal

BAD = Check("key/<b>", "absent | gone", "enabled", "kms", 0, Answer.NO_GO, "make it & mend it")
BEFORE = (Numbers("2026-10-06", "eu-west-1", "GO", {"failover": 150, "restore": None}, {}),)


def test_the_page_says_the_answer_the_times_and_the_trend() -> None:
    """And what comes from outside is text there, never markup."""
    page = FORMS["html"](rehearsal(BAD), BEFORE)
    assert "NO-GO to eu-west-1, should eu-central-1 be lost" in page
    assert "2 min 21 s" in page
    assert "2026-10-06" in page
    assert "key/&lt;b&gt;" in page
    assert "<b>" not in page.partition("</style>")[2]


def test_markdown_keeps_its_columns() -> None:
    """A bar in what was observed does not open another cell."""
    text = FORMS["md"](rehearsal(BAD), BEFORE)
    (row,) = [line for line in text.splitlines() if "key/<b>" in line]
    assert r"absent \| gone" in row
    assert "| 2026-10-06 | GO | 2 min 30 s | unknown | unknown | unknown |" in text


def test_json_holds_everything_and_the_trend() -> None:
    """For programs: the whole rehearsal under a named format."""
    plain = json.loads(FORMS["json"](rehearsal(BAD), BEFORE))
    assert plain["format"] == "runbook-autopilot/rehearsal/1"
    assert plain["answer"] == "NO-GO"
    assert [each["day"] for each in plain["trend"]] == ["2026-10-06", "2026-11-03"]
