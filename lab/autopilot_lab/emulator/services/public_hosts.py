"""Hosts on the public internet, as code that speaks HTTPS by itself reaches them.

botocore's own HTTP session is how deployed code sends what no client of an AWS service sends.
While the lab runs, requests to a host that somebody serves here end up at that somebody; others
go on to the network, which the socket guard keeps shut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.httpsession import URLLib3Session
from moto.core.botocore_stubber import MockRawResponse

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.calls import ConnectTimedOut, ReadTimedOut

#: Answers one request. Raises `Unanswered` when a fault keeps the answer back.
PublicHost = Callable[[wire.Request], wire.Response]


class PublicHosts:
    """Who answers at which host name."""

    def __init__(self) -> None:
        self._hosts: dict[str, PublicHost] = {}

    def serve(self, name: str, host: PublicHost) -> None:
        """Let a host be reachable under a name; a later call replaces it."""
        self._hosts[name.lower()] = host

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Answer for these hosts until the exit."""
        real = URLLib3Session.send

        def send(session: URLLib3Session, request: Any) -> Any:
            host = self._hosts.get((urlsplit(request.url).hostname or "").lower())
            return real(session, request) if host is None else _answer(host, request)

        setattr(URLLib3Session, "send", send)  # noqa: B010 - a method, which mypy would guard
        try:
            yield
        finally:
            setattr(URLLib3Session, "send", real)  # noqa: B010


def _answer(host: PublicHost, request: AWSPreparedRequest) -> AWSResponse:
    given: Any = request
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in given.headers.items()
    }
    body = given.body or b""
    asked = wire.Request(given.method, given.url, headers, bytes(body))
    try:
        answer = host(asked)
    except ConnectTimedOut as late:
        raise ConnectTimeoutError(endpoint_url=given.url) from late
    except ReadTimedOut as late:
        raise ReadTimeoutError(endpoint_url=given.url) from late
    made: Any = AWSResponse
    response: AWSResponse = made(
        given.url, answer.status, dict(answer.headers), MockRawResponse(answer.body)
    )
    return response
