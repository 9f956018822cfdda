"""A page as each way to people wants it: subject, mail, SMS, chat card, incident event. Pure.

Every form is made of whole characters within its limit. The limits are those of SNS (Publish,
API reference), of custom notifications in Amazon Q Developer in chat applications
(docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html) and of PagerDuty's Events API
v2 (developer.pagerduty.com/docs/events-api-v2).
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from autopilot.domain.console import console_url
from autopilot.domain.instants import moment
from autopilot.domain.page import Link, Page
from autopilot.domain.personal import unattributed
from autopilot.domain.severity import Severity

SUBJECT_MAX: Final = 100  #: SNS: ASCII characters on one line
MESSAGE_BYTES_MAX: Final = 262_144  #: SNS: all forms of one message together
SMS_MAX: Final = 140  #: SNS: ASCII characters that travel as one message
TITLE_MAX: Final = 250
DESCRIPTION_MAX: Final = 8_000
STEP_MAX: Final = 350
KEYWORD_MAX: Final = 75
SUMMARY_MAX: Final = 300
PART_MAX: Final = 2_000  #: one part of a page, before it is put into any form
LINKS_MAX: Final = 10
LINK_MAX: Final = 1_024
DEDUP_KEY_MAX: Final = 255  #: PagerDuty: characters
EVENT_SUMMARY_MAX: Final = 1_024  #: PagerDuty: characters
_LINE: Final = 76  #: columns of a mail
_CUT: Final = "..."

#: PagerDuty knows critical, error, warning and info.
EVENT_SEVERITIES: Final[Mapping[Severity, str]] = MappingProxyType(
    {
        Severity.P0: "critical",
        Severity.P1: "error",
        Severity.P2: "warning",
        Severity.P3: "info",
    }
)


@dataclass(frozen=True, slots=True)
class Notice:
    """A page that is about to be sent: with when an answer is due, without personal data."""

    key: str
    thread: str
    service: str
    severity: Severity
    title: str
    seen: str
    done: str
    decide: str
    next_command: str
    links: tuple[Link, ...]
    due_ms: int
    due: str  #: the same for people

    @classmethod
    def of(cls, page: Page, *, service: str, due_ms: int, due: str) -> Notice:
        """The notice of `page`; what looks like personal data is withheld from its text."""
        links = (Link(link.name, console_url(link.target)) for link in page.links[:LINKS_MAX])
        return cls(
            key=page.key,
            thread=page.thread,
            service=service,
            severity=page.severity,
            title=_one_line(_plain(page.title)),
            seen=_plain(page.seen),
            done=_plain(page.done),
            decide=_plain(page.decide),
            next_command=_one_line(_plain(page.next_command)),
            links=tuple(Link(link.name, _plain(link.target)[:LINK_MAX]) for link in links),
            due_ms=due_ms,
            due=due,
        )

    @property
    def headline(self) -> str:
        """Severity and title."""
        return f"[{self.severity} {self.severity.word}] {self.title}"

    @property
    def subject(self) -> str:
        """At most `SUBJECT_MAX` ASCII characters on one line."""
        return shortened(_ascii(self.headline), SUBJECT_MAX)

    @property
    def mail(self) -> str:
        """Short lines for a mail reader; links and commands stay whole."""
        parts = [_wrapped(self.seen)]
        parts += [_wrapped(f"Done: {self.done}")] if self.done else []
        parts += [_wrapped(f"To decide: {self.decide}")] if self.decide else []
        parts.append(f"First response due: {self.due}")
        parts.append("\n".join([f"Next: {self.next_command}", *map(_link_line, self.links)]))
        parts.append(f"Thread: {self.thread}")
        return "\n\n".join(part for part in parts if part)

    @property
    def sms(self) -> str:
        """One text message: what it is, and what to type."""
        next_step = f" Next: {_ascii(self.next_command)}"
        room = SMS_MAX - len(next_step)
        return shortened(_ascii(self.headline), max(room, 0)) + next_step[:SMS_MAX]

    def message(self) -> str:
        """The message of an SNS publication with `MessageStructure` json; mail is the default."""
        forms = {
            "default": self.mail,
            "https": json.dumps(self.card(), ensure_ascii=False),
            "sms": self.sms,
        }
        return json.dumps(forms, ensure_ascii=False)

    def card(self) -> dict[str, Any]:
        """A custom notification of Amazon Q Developer in chat applications."""
        return {
            "version": "1.0",
            "source": "custom",
            "id": self.key,
            "content": {
                "textType": "client-markdown",
                "title": shortened(self.headline, TITLE_MAX),
                "description": shortened(self._description, DESCRIPTION_MAX),
                "nextSteps": [shortened(step, STEP_MAX) for step in self._steps],
                "keywords": [
                    shortened(word, KEYWORD_MAX)
                    for word in (self.service, self.severity.value, self.severity.word)
                ],
            },
            "metadata": {
                "threadId": self.thread,
                "summary": shortened(self.headline, SUMMARY_MAX),
                "eventType": self.key.partition("/")[0],
                "relatedResources": [link.target for link in self.links],
                "additionalContext": {
                    "severity": self.severity.value,
                    "due": self.due,
                    "dueAt": self._due_at,
                },
            },
        }

    def event(self, routing_key: str) -> dict[str, Any]:
        """An alert event of PagerDuty's Events API v2; one thread is one alert."""
        return {
            "routing_key": routing_key,
            "event_action": "trigger",
            "dedup_key": shortened(self.thread, DEDUP_KEY_MAX),
            "payload": {
                "summary": shortened(self.headline, EVENT_SUMMARY_MAX),
                "source": self.service,
                "severity": EVENT_SEVERITIES[self.severity],
                "class": self.key.partition("/")[0],
                "custom_details": {
                    "seen": self.seen,
                    "done": self.done,
                    "decide": self.decide,
                    "next": self.next_command,
                    "due": self.due,
                    "due_at": self._due_at,
                    "severity": self.severity.value,
                    "page": self.key,
                },
            },
            "links": [
                {"href": link.target, "text": link.name}
                for link in self.links
                if link.target.startswith("https://")
            ],
        }

    @property
    def _due_at(self) -> str:
        return moment(self.due_ms).isoformat()

    @property
    def _description(self) -> str:
        parts = [
            self.seen,
            f"*Done:* {self.done}" if self.done else "",
            f"*First response due:* {self.due}",
            *(f"*{link.name}:* {link.target}" for link in self.links),
        ]
        return "\n".join(part for part in parts if part)

    @property
    def _steps(self) -> list[str]:
        return [*([self.decide] if self.decide else []), f"`{self.next_command}`"]


def shortened(text: str, characters_max: int) -> str:
    """At most so many characters; a text that was cut says so."""
    if len(text) <= characters_max:
        return text
    return text[: max(characters_max - len(_CUT), 0)] + _CUT[:characters_max]


def _plain(text: str) -> str:
    """What cannot be encoded becomes a question mark, so that a page is never refused for it."""
    encodable = text.encode("utf-8", "replace").decode("utf-8")
    return shortened(unattributed(encodable), PART_MAX)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _ascii(text: str) -> str:
    """Printable ASCII only: SNS refuses a subject with line breaks or control characters."""
    plain = _one_line(text).encode("ascii", "replace").decode("ascii")
    return "".join(each if each.isprintable() else "?" for each in plain)


def _wrapped(text: str) -> str:
    lines = (
        textwrap.fill(line, _LINE, break_long_words=False, break_on_hyphens=False)
        for line in text.splitlines()
    )
    return "\n".join(lines)


def _link_line(link: Link) -> str:
    return f"{link.name}: {link.target}"
