"""Lets functions reach the hosts of the simulated world over HTTPS, in virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from autopilot.adapters.https_fetch import TIMEOUT_SECONDS, TRANSPORTS
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.services.endpoints import Endpoints, Probe

HTTPS = 443
#: Lambda functions outside a network of ours have an address of their region; any will do.
SOURCE = "192.0.2.1"


@contextmanager
def public_path(endpoints: Endpoints, scheduler: Scheduler) -> Iterator[None]:
    """Answer every fetch from the hosts that are served; the others do not answer in time."""

    def transport(host: str, path: str) -> tuple[int, bytes]:
        answer = endpoints.get(Probe("https", host, HTTPS, path, SOURCE))
        seconds = TIMEOUT_SECONDS if answer is None else answer.seconds
        if scheduler.current is not None:
            scheduler.sleep(min(seconds, TIMEOUT_SECONDS))
        if answer is None or seconds >= TIMEOUT_SECONDS:
            raise TimeoutError(f"{host} did not answer")
        return answer.status, answer.body

    TRANSPORTS.append(transport)
    try:
        yield
    finally:
        TRANSPORTS.remove(transport)
