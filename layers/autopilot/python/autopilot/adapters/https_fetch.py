"""Fetches from one HTTPS host: no redirects, a short time-out, a small answer.

Whoever runs the functions elsewhere than on the internet puts another transport in `TRANSPORTS`,
which never comes from an input.
"""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from autopilot.errors import Refused, Transient

TIMEOUT_SECONDS: Final = 3
BODY_BYTES_MAX: Final = 64 * 1024

#: (host, path) → (status, body); raises `OSError` or `HTTPException` when no answer came.
Transport: TypeAlias = Callable[[str, str], tuple[int, bytes]]


def _over_the_internet(host: str, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPSConnection(host, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", path, headers={"Accept": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read(BODY_BYTES_MAX + 1)
    finally:
        connection.close()


#: The last one is used.
TRANSPORTS: Final[list[Transport]] = [_over_the_internet]


class HttpsFetch:
    """A fetcher of one host's addresses."""

    def __init__(self, *, address: str) -> None:
        """`address`: `https://host`, the only one that is fetched from."""
        self._host = urlsplit(address).hostname or ""

    def __call__(self, url: str) -> tuple[int, bytes]:
        """Status and body. `Transient` without an answer, `Refused` for another host."""
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != ("https", self._host):
            message = f"{url!r} is not fetched: expected https://{self._host}"
            raise Refused(message)
        try:
            status, body = TRANSPORTS[-1](self._host, parts.path)
        except (OSError, http.client.HTTPException) as error:
            message = f"{url} did not answer: {type(error).__name__}"
            raise Transient(message) from error
        if len(body) > BODY_BYTES_MAX:
            message = f"{url} answered more than {BODY_BYTES_MAX} bytes"
            raise Transient(message)
        return status, body
