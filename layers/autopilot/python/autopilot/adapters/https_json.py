"""Asks for JSON, and posts it, over the strict public path: once, within a time and a size."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from autopilot.adapters.https_exchange import (
    Answer,
    Exchange,
    Failed,
    Forbidden,
    PublicPath,
    is_public,
    parts_of,
    request_of,
)
from autopilot.errors import Refused, Transient, Unanswered
from autopilot.ports import EndpointAnswer

TIMEOUT_SECONDS: Final = 3.0  #: in all: look-up, handshake and the last byte
BODY_BYTES_MAX: Final = 64 * 1024
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class HttpsJson:
    """`Endpoints` over the public path, and the way of posts to a host of the profile."""

    path: PublicPath
    timeout_seconds: float = TIMEOUT_SECONDS
    allowed: Callable[[str], bool] = is_public

    def get_json(self, url: str) -> EndpointAnswer:
        """The status, and the body if it is JSON. `Transient` without an answer.

        Raises `Refused` for an address that our own rules forbid.
        """
        host, path = _parts(url)
        request = request_of("GET", host, path, accept=_JSON, body=None)
        answer = self._asked(host, request)
        return EndpointAnswer(answer.status, _json(answer.body))

    def post(self, host: str, path: str, body: Mapping[str, Any]) -> int:
        """Post `body` once; the status of the answer, whose body nobody reads.

        Raises `Unanswered` when it may have been sent and nothing came back, `Transient` when it
        was surely not sent.
        """
        data = json.dumps(body).encode()
        if len(data) > BODY_BYTES_MAX:
            message = f"expected at most {BODY_BYTES_MAX} bytes for {host}, got {len(data)}"
            raise Transient(message)
        host, path = _parts(f"https://{host}{path}")
        return self._asked(host, request_of("POST", host, path, accept=_JSON, body=data)).status

    def _asked(self, host: str, request: bytes) -> Answer:
        """The answer; in a thread of its own, because a look-up cannot be interrupted."""
        tasks = {host: lambda: self._exchanged(host, request)}
        done = self.path.at_once(tasks, self.timeout_seconds)
        if host not in done:
            message = f"{host} did not answer within {self.timeout_seconds:g} s"
            raise Unanswered(message)
        return done[host]

    def _exchanged(self, host: str, request: bytes) -> Answer:
        deadline = time.monotonic() + self.timeout_seconds
        exchange = Exchange(self.path, deadline, BODY_BYTES_MAX, self.allowed)
        try:
            connection = exchange.connect(host)
        except (OSError, Forbidden) as error:
            # Of a refusal our own words; the other side's could be anything.
            why = str(error) if isinstance(error, Forbidden) else type(error).__name__
            message = f"{host} was not reached: {why}"
            raise Transient(message) from error
        with closing(connection):
            try:
                return exchange.ask(connection, request)
            except (OSError, Failed) as error:
                why = str(error) if isinstance(error, Failed) else type(error).__name__
                message = f"{host} gave no answer that can be read: {why}"
                raise Unanswered(message) from error


def _parts(url: str) -> tuple[str, str]:
    try:
        return parts_of(url)
    except Forbidden as error:
        message = f"{url!r} is not asked: {error}"
        raise Refused(message) from error


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
