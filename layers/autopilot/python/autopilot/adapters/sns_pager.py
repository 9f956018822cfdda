"""Pages people through an SNS topic: mail readers get text, chat gets a formatted card.

The card follows the custom-notification schema of Amazon Q Developer in chat applications
(docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html).
"""

from __future__ import annotations

import json
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.domain.page import Page
from autopilot.errors import Transient

_SUBJECT_MAX: Final = 100  #: SNS: subjects are ASCII, up to 100 characters
_TEXT_MAX: Final = 8_000


class SnsPager:
    """Publishes to one topic; the thread keeps the messages of one run together."""

    def __init__(self, *, client: Any, topic_arn: str) -> None:
        """`client`: an SNS client of the region that holds `topic_arn`."""
        self._client = client
        self._topic_arn = topic_arn

    def page(self, page: Page) -> str:
        """Publish; return the region it went through. Raises `Transient` when SNS refused it."""
        subject = f"[{page.severity} {page.severity.word}] {page.title}"
        try:
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=_ascii_line(subject),
                Message=json.dumps(
                    {"default": page.text[:_TEXT_MAX], "https": _card(subject, page)}
                ),
                MessageStructure="json",
                MessageAttributes={
                    "severity": {"DataType": "String", "StringValue": page.severity.value},
                },
            )
        except (BotoCoreError, ClientError) as error:
            message = f"SNS did not take the page {subject!r}: {error}"
            raise Transient(message) from error
        return str(self._client.meta.region_name)


def _card(subject: str, page: Page) -> str:
    content = {
        "textType": "client-markdown",
        "title": subject,
        "description": page.text[:_TEXT_MAX],
    }
    metadata = {"threadId": page.thread, "summary": subject}
    return json.dumps(
        {"version": "1.0", "source": "custom", "content": content, "metadata": metadata}
    )


def _ascii_line(text: str) -> str:
    line = " ".join(text.split()).encode("ascii", "replace").decode("ascii")
    return line[:_SUBJECT_MAX]
