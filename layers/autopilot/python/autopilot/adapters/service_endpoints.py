"""Asks the service's own health endpoints, through whatever fetches an address safely."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

from autopilot.ports import EndpointAnswer

#: URL → (status, body). Raises `Transient` when no answer came. It is this that keeps to time and
#: size limits, follows no redirect, and checks the address that a name resolves to.
Fetch: TypeAlias = Callable[[str], tuple[int, bytes]]


class ServiceEndpoints:
    """`Endpoints` over a fetcher."""

    def __init__(self, *, fetch: Fetch) -> None:
        """`fetch`: the strict way out."""
        self._fetch = fetch

    def get_json(self, url: str) -> EndpointAnswer:
        """The status, and the body if it is JSON."""
        status, body = self._fetch(url)
        return EndpointAnswer(status, _parsed(body))


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
