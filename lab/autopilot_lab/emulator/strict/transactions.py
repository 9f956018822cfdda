"""DynamoDB: a transaction that is sent again under its token is not carried out again.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html, Idempotency
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.aws_error import AwsError
from autopilot_lab.emulator.strict.layer import Answer, StrictLayer

TOKEN_KEPT_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class _Done:
    """A transaction that was carried out: when, what it was, and what was answered."""

    at: float
    content: str
    response: wire.Response


class Transactions:
    """Remembers tokens for ten minutes. `now` gives Unix seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._done: dict[tuple[str, str], _Done] = {}

    def register(self, layer: StrictLayer) -> None:
        """Put the amendment in force."""
        layer.amend("dynamodb", ("TransactWriteItems",), self.once)

    def once(self, asked: Asked, answer: Answer) -> wire.Response:
        """Carry a transaction out unless its token says that this has been done.

        Raises IdempotentParameterMismatchException for another transaction under the token.
        """
        token = asked.text("ClientRequestToken")
        if not token:
            return answer()
        self._forget()
        key = (asked.call.region, token)
        content = json.dumps(asked.params.get("TransactItems"), sort_keys=True)
        done = self._done.get(key)
        if done is None:
            response = answer()
            if not wire.error_code(response):
                self._done[key] = _Done(self._now(), content, response)
            return response
        if done.content != content:
            raise AwsError(
                "IdempotentParameterMismatchException",
                "Request parameters do not match the ones that were used with this token before.",
            )
        return done.response

    def _forget(self) -> None:
        """Drop the oldest tokens; they stand in the order of their instants."""
        limit = self._now() - TOKEN_KEPT_SECONDS
        for key in [key for key, done in self._done.items() if done.at <= limit]:
            del self._done[key]
