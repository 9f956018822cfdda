"""Probes the profile's addresses over the public path. Of an answer only the status is kept."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Final

from autopilot.adapters.https_exchange import (
    Exchange,
    Failed,
    Forbidden,
    PublicPath,
    is_public,
    parts_of,
    request_of,
)
from autopilot.domain.probes import Outcome, ProbeResult

_SUCCESS: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class HttpsProber:
    """Probes addresses side by side, each within the same bounds."""

    path: PublicPath
    timeout_seconds: float  #: in all: look-up, handshake and the last byte
    bytes_max: int
    allowed: Callable[[str], bool] = is_public

    def probe(self, urls: Mapping[str, str]) -> Mapping[str, ProbeResult]:
        """The result of one probe of each address, by the same names. Never raises."""
        probes = {name: partial(self._probe, url) for name, url in urls.items()}
        made = self.path.at_once(probes, self.timeout_seconds)
        late = ProbeResult(Outcome.FAILED, f"no answer within {self.timeout_seconds:g} s")
        return {name: made.get(name, late) for name in urls}

    def _probe(self, url: str) -> ProbeResult:
        try:
            status = self._status(url)
        except Forbidden as forbidden:
            return ProbeResult(Outcome.REFUSED, str(forbidden))
        except (OSError, Failed) as failure:
            return ProbeResult(Outcome.FAILED, self._words(failure))
        if status not in _SUCCESS:
            return ProbeResult(Outcome.FAILED, f"answered {status}")
        return ProbeResult(Outcome.GOOD)

    def _status(self, url: str) -> int:
        host, path = parts_of(url)
        deadline = time.monotonic() + self.timeout_seconds
        exchange = Exchange(self.path, deadline, self.bytes_max, self.allowed)
        request = request_of("GET", host, path, accept="*/*", body=None)
        with closing(exchange.connect(host)) as connection:
            return exchange.ask(connection, request).status

    def _words(self, failure: Exception) -> str:
        """Our own words: the other side's could be anything, and end in logs and pages."""
        if isinstance(failure, Failed):
            return str(failure)
        if isinstance(failure, TimeoutError):
            return f"no answer within {self.timeout_seconds:g} s"
        if isinstance(failure, ssl.SSLCertVerificationError):
            return "its certificate could not be verified"
        return f"no connection ({type(failure).__name__})"
