"""Counts the messages in the queues of failures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.errors import Transient

_COUNT: Final = "ApproximateNumberOfMessages"


class SqsQueues:
    """`Queues` over one SQS client."""

    def __init__(self, *, client: Any, urls: Sequence[str]) -> None:
        """`urls`: the queues to look at."""
        self._client = client
        self._urls = tuple(urls)

    def waiting(self) -> Mapping[str, int]:
        """By the last part of each queue's URL, which is its name. Counts are approximate."""
        return {url.rpartition("/")[2]: self._count(url) for url in self._urls}

    def _count(self, url: str) -> int:
        try:
            answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=[_COUNT])
        except (BotoCoreError, ClientError) as error:
            message = f"SQS did not count the messages of {url.rpartition('/')[2]}: {error}"
            raise Transient(message) from error
        return int(answer["Attributes"][_COUNT])
