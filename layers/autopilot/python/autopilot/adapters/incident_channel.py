"""The incident channel of the profile: an HTTPS endpoint of PagerDuty's Events API v2.

Its routing key is a secret: it is read under the function's role from a SecureString of the
Parameter Store when it is first needed, kept while the function stays warm, and in no log, error
or record (developer.pagerduty.com/docs/events-api-v2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final, TypeAlias

from botocore import exceptions as aws

from autopilot.domain.notice import Notice
from autopilot.errors import Transient, Unanswered

#: Posts JSON to a path of a host; answers with the HTTP status.
Post: TypeAlias = Callable[[str, str, Mapping[str, Any]], int]

ACCEPTED: Final = 202  #: "the event has been accepted"; nothing else is a success
_SERVER_FAULT: Final = 500


class IncidentChannel:
    """Sends a notice as an alert; the thread is the alert's deduplication key."""

    def __init__(self, *, host: str, path: str, parameters: Any, key_name: str, post: Post) -> None:
        """`parameters`: an SSM client; `key_name`: the parameter that holds the routing key."""
        self._host = host
        self._path = path
        self._parameters = parameters
        self._key_name = key_name
        self._post = post

    @property
    def name(self) -> str:
        """The host."""
        return f"incident channel {self._host}"

    def deliver(self, notice: Notice) -> None:
        """Send an event. Raises `Unanswered` when it may have been taken, else `Transient`."""
        status = self._post(self._host, self._path, notice.event(self._routing_key))
        if status >= _SERVER_FAULT:
            message = f"{self.name} answered {status}: it may have taken the page"
            raise Unanswered(message)
        if status != ACCEPTED:
            message = f"{self.name} did not take the page: expected {ACCEPTED}, got {status}"
            raise Transient(message)

    @cached_property
    def _routing_key(self) -> str:
        try:
            answer = self._parameters.get_parameter(Name=self._key_name, WithDecryption=True)
        except (aws.BotoCoreError, aws.ClientError) as error:
            message = f"{self.name} has no routing key: {self._key_name} could not be read"
            raise Transient(message) from error
        return str(answer["Parameter"]["Value"])
