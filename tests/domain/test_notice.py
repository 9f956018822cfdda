"""What people read: each form within its limits, without personal data, and useful."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from autopilot.domain.notice import (
    DEDUP_KEY_MAX,
    DESCRIPTION_MAX,
    EVENT_SUMMARY_MAX,
    KEYWORD_MAX,
    LINK_MAX,
    MESSAGE_BYTES_MAX,
    SMS_MAX,
    STEP_MAX,
    SUBJECT_MAX,
    SUMMARY_MAX,
    TITLE_MAX,
    Notice,
)
from autopilot.domain.page import Link, Page
from autopilot.domain.severity import Severity

EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:hybrid-routing-traffic-ramp:down-1"
CONSOLE = "https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1"
DUE = "Mon 2026-11-23 11:15 CET (10:15 UTC)"
WORDS = st.text(max_size=9_000)


def notice(**changes: Any) -> Notice:
    """A page about a contained route, with changes."""
    fields: dict[str, Any] = {
        "key": "contain/1f2e",
        "thread": "incident-traffic-20261123T100000Z-1f2e3d4c5b6a",
        "severity": Severity.P1,
        "title": "hybrid-routing: eu-central-1/direct was contained",
        "seen": "alarm hybrid-routing-eu-central-1-direct-failing went off.",
        "done": "Traffic was moved off eu-central-1/direct.",
        "decide": "Nothing yet.",
        "links": (Link("Run", EXECUTION),),
    }
    page = Page(**{**fields, **changes})
    return Notice.of(page, service="hybrid-routing", due_ms=0, due=DUE)


def test_a_mail_says_what_was_seen_done_left_to_decide_and_typed() -> None:
    """In that order, in lines that a phone shows."""
    assert notice().mail.splitlines() == [
        "alarm hybrid-routing-eu-central-1-direct-failing went off.",
        "",
        "Done: Traffic was moved off eu-central-1/direct.",
        "",
        "To decide: Nothing yet.",
        "",
        f"First response due: {DUE}",
        "",
        "Next: autopilot status",
        f"Run: {CONSOLE}#/v2/executions/details/{EXECUTION}",
        "",
        "Thread: incident-traffic-20261123T100000Z-1f2e3d4c5b6a",
    ]


def test_long_words_are_wrapped_between_words_only() -> None:
    """A command or a name that was broken could not be copied."""
    long = " ".join(["hybrid-routing-eu-central-1-direct-failing"] * 9)
    lines = notice(seen=long).mail.split("\n\n")[0].splitlines()
    assert max(map(len, lines)) <= 76
    assert " ".join(lines) == long


def test_the_subject_is_one_line_of_ascii() -> None:
    """SNS refuses any other."""
    subject = notice(title="Überlast\r\n\x07 „direct“").subject
    assert subject == "[P1 WARNING] ?berlast ? ?direct?"


def test_a_text_message_ends_with_what_to_type() -> None:
    """However long the title."""
    said = notice(title="x" * 300, next_command="autopilot ack incident-1").sms
    assert said.endswith("... Next: autopilot ack incident-1")
    assert len(said) == SMS_MAX


def test_the_card_has_the_fields_of_a_custom_notification() -> None:
    """version, source and content.description are required; the rest is documented."""
    card = notice().card()
    assert (card["version"], card["source"]) == ("1.0", "custom")
    assert set(card) == {"version", "source", "id", "content", "metadata"}
    assert set(card["content"]) == {"textType", "title", "description", "nextSteps", "keywords"}
    assert set(card["metadata"]) == {
        "threadId",
        "summary",
        "eventType",
        "relatedResources",
        "additionalContext",
    }
    assert card["content"]["textType"] == "client-markdown"
    assert card["content"]["nextSteps"] == ["Nothing yet.", "`autopilot status`"]
    assert card["metadata"]["threadId"] == notice().thread
    assert card["metadata"]["eventType"] == "contain"


def test_an_event_is_one_alert_for_one_thread() -> None:
    """PagerDuty adds what has the same key to the alert that is open."""
    first, later = (
        notice().event("key"),
        notice(key="ramp/1/done", severity=Severity.P3).event("key"),
    )
    assert first["dedup_key"] == later["dedup_key"] == notice().thread
    assert first["event_action"] == "trigger"
    assert first["payload"]["severity"] == "error"
    assert later["payload"]["severity"] == "info"
    assert first["links"][0]["href"].startswith("https://eu-west-1.console.aws.amazon.com/")


def test_only_what_a_browser_opens_is_a_link_of_an_event() -> None:
    """PagerDuty wants URLs."""
    assert notice(links=(Link("Plan digest", "f00d"),)).event("key")["links"] == []


def test_personal_data_is_in_no_form() -> None:
    """An alarm's reason may quote a request."""
    leaky = "Request of maria.muster@example.org from 203.0.113.9 failed."
    said = notice(title=leaky, seen=leaky, done=leaky, decide=leaky, next_command=leaky)
    forms = said.message() + said.subject + json.dumps(said.event("key"))
    assert "maria" not in forms
    assert "203.0.113.9" not in forms
    assert "[address withheld]" in forms


@given(title=WORDS, seen=WORDS, done=WORDS, decide=WORDS, command=WORDS, target=WORDS)
def test_whatever_a_page_says_every_form_keeps_its_limits(
    *, title: str, seen: str, done: str, decide: str, command: str, target: str
) -> None:
    """Whole characters, valid JSON, within the bytes that SNS takes."""
    links = tuple(Link(f"link {number}", target) for number in range(12))
    made = notice(
        title=title, seen=seen, done=done, decide=decide, next_command=command, links=links
    )
    message = made.message()
    assert len(message.encode()) <= MESSAGE_BYTES_MAX
    forms = json.loads(message)
    assert set(forms) == {"default", "https", "sms"}
    assert len(forms["sms"]) <= SMS_MAX
    assert forms["sms"].isascii()
    assert 0 < len(made.subject) <= SUBJECT_MAX
    assert made.subject.isascii()
    assert made.subject.isprintable()
    card = json.loads(forms["https"])
    content, metadata = card["content"], card["metadata"]
    assert len(content["title"]) <= TITLE_MAX
    assert 0 < len(content["description"]) <= DESCRIPTION_MAX
    assert all(len(step) <= STEP_MAX for step in content["nextSteps"])
    assert all(0 < len(word) <= KEYWORD_MAX for word in content["keywords"])
    assert len(metadata["summary"]) <= SUMMARY_MAX
    assert all(len(link) <= LINK_MAX for link in metadata["relatedResources"])
    event = made.event("key")
    assert len(event["payload"]["summary"]) <= EVENT_SUMMARY_MAX
    assert len(event["dedup_key"]) <= DEDUP_KEY_MAX
    assert len(json.dumps(event).encode()) <= 512 * 1024
