"""One SNS topic as a way to people: mail, SMS and chat each get a form of their own."""

from __future__ import annotations

from typing import Any

from botocore import exceptions as aws

from autopilot.domain.notice import Notice
from autopilot.errors import Transient, Unanswered


class SnsChannel:
    """Publishes to one topic of one region, once: whoever calls decides what comes next."""

    def __init__(self, *, client: Any, topic_arn: str) -> None:
        """`client`: an SNS client of the region that holds `topic_arn`."""
        self._client = client
        self._topic_arn = topic_arn

    @property
    def name(self) -> str:
        """The topic's region."""
        return f"topic {self._client.meta.region_name}"

    def deliver(self, notice: Notice) -> None:
        """Publish. Raises `Unanswered` after a read time-out, else `Transient`."""
        try:
            self._client.publish(
                TopicArn=self._topic_arn,
                Subject=notice.subject,
                Message=notice.message(),
                MessageStructure="json",
                MessageAttributes={
                    "severity": {"DataType": "String", "StringValue": notice.severity.value},
                },
            )
        except (aws.ReadTimeoutError, aws.ConnectionClosedError) as error:
            message = f"{self.name} did not say whether it took the page"
            raise Unanswered(message) from error
        except (aws.BotoCoreError, aws.ClientError) as error:
            message = f"{self.name} did not take the page: {_why(error)}"
            raise Transient(message) from error


def _why(error: Exception) -> str:
    """The code of a refusal: its text may quote what was sent."""
    if isinstance(error, aws.ClientError):
        return str(error.response.get("Error", {}).get("Code", "unknown"))
    return type(error).__name__
