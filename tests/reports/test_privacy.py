"""Personal data is taken out of every form, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autopilot.domain.personal import unattributed
from autopilot.reports.forms import FORMS
from autopilot.reports.privacy import without_personal_data
from tests.reports.made_up import report

PERSONAL = {
    "an e-mail address": ("asked by jo.doe+x@example.org today", "jo.doe"),
    "a role session": ("arn:aws:sts::123456789012:assumed-role/Ops/jo.doe said", "jo.doe"),
    "a user": ("arn:aws:iam::123456789012:user/team/jo said", "team/jo"),
    "an IPv4 address": ("from 203.0.113.77.", "203.0.113"),
    "an IPv6 address": ("from 2001:db8:85a3:8d3:1319:8a2e:370:7348", "8a2e"),
}
NOT_PERSONAL = [
    "eu-central-1/direct=60,mcp=30 at 08:05:47 UTC",
    "arn:aws:states:eu-west-1:123456789012:execution:ramp:down-20260105T080534Z-f87f66e010c2",
    "version 1.2 of 721216 requests, 0.26 %",
    "e284a9df1e3c8b34e2cd80fc865380fc34e13262f9e397a05f8b7827669fc34f",
]


@pytest.mark.parametrize("what", PERSONAL)
def test_what_is_personal_is_withheld(what: str) -> None:
    """And said to have been."""
    text, personal = PERSONAL[what]
    assert personal not in unattributed(text)
    assert "withheld]" in unattributed(text)


@pytest.mark.parametrize("text", NOT_PERSONAL)
def test_what_is_not_personal_stays(text: str) -> None:
    """Names of routes, runs, versions and digests are what a report is for."""
    assert unattributed(text) == text


@pytest.mark.parametrize("ending", FORMS)
def test_no_form_shows_a_person(ending: str) -> None:
    """Whichever field it was in."""
    made = report()
    by = replace(made.effects[0], by="jo.doe@example.org")
    page = replace(made.pages[0], text="call jo.doe@example.org")
    shown = FORMS[ending](report(effects=[by], pages=[page], title="for jo.doe@example.org"))
    assert "jo.doe" not in shown


@pytest.mark.parametrize("ending", FORMS)
def test_no_form_shows_a_name_that_the_report_knows(ending: str) -> None:
    """A name looks like any other word, so whoever makes the report says which words are names."""
    made = report()
    refusal = replace(made.refusals[0], reason="alice stopped it; malice did not.")
    shown = FORMS[ending](report(people=["alice"], refusals=[refusal])).replace("\\", "")
    assert " alice" not in shown
    assert '"alice"' not in shown
    assert "[name withheld] stopped it; malice did not" in shown


def test_a_plan_keeps_its_digest() -> None:
    """Plans are not touched: they are what the digest is of."""
    assert all(made.digest_holds for made in without_personal_data(report()).plans)
