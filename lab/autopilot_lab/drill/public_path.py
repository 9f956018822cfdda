"""The public path in the lab: every address of the profile, answered from the simulated world.

Prober and client are the product's own; they are given this instead of a resolver, sockets and
threads. A good probe takes no virtual time, what gets lost takes all the time it may.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from autopilot.adapters.https_exchange import Connection, Done
from autopilot.domain.contradictions import host_of
from autopilot.domain.profile import Profile
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.services.endpoints import Answer, Endpoints, Probe
from autopilot_lab.emulator.world.faults import Conditions

#: Some public address: nothing is ever connected to it.
_ADDRESS: Final = "99.0.0.1"
HTTPS: Final = 443
#: Lambda functions outside a network of ours have an address of their region; any will do.
SOURCE: Final = "192.0.2.1"


class _Answering:
    """A connection to something that is well."""

    def __init__(self, answer: bytes = b"") -> None:
        self._parts = [b"", answer]

    def settimeout(self, _seconds: float, /) -> None:
        """It never waits."""

    def sendall(self, _data: bytes, /) -> None:
        """Whatever is asked, the answer is the same."""

    def recv(self, _most: int, /) -> bytes:
        """The answer, then its end."""
        return self._parts.pop()

    def close(self) -> None:
        """Nothing is held."""


class _Served(_Answering):
    """A connection to a host that somebody serves in the world."""

    def __init__(self, host: str, ask: Callable[[Probe], Answer]) -> None:
        super().__init__()
        self._host = host
        self._ask = ask

    def sendall(self, data: bytes, /) -> None:
        """Have the request answered; raises `TimeoutError` when it gets lost."""
        head, _, body = data.partition(b"\r\n\r\n")
        method, path, _ = head.decode("ascii").split(" ", 2)
        answer = self._ask(Probe("https", self._host, HTTPS, path, SOURCE, method, body))
        start = f"HTTP/1.1 {answer.status} \r\nContent-Length: {len(answer.body)}\r\n\r\n"
        self._parts = [b"", start.encode("ascii") + answer.body]


class ServedPath:
    """Answers, or lets a request get lost, as the world stands and by who asks."""

    def __init__(self, scheduler: Scheduler, profile: Profile, endpoints: Endpoints) -> None:
        """Every probe is answered until `conditions` says otherwise; `endpoints` serve the rest."""
        self.conditions: Callable[[], Conditions] = Conditions
        self.answer: bytes | None = None  #: what every probe is answered instead of a good answer
        self.takes_writes: Callable[[str], bool] | None = None  #: of each region, if it is known
        self._said: Mapping[str, Any] = {}
        self._scheduler = scheduler
        self._targets = {host_of(url): name for name, url in profile.probes.urls.items()}
        self._endpoints = endpoints
        self._lost = False
        self._seconds = 0.0

    def say(self, body: Mapping[str, Any]) -> None:
        """Let every region answer probes so, as docs/service-contract.md describes it."""
        self._said = body

    def resolve(self, host: str) -> Sequence[str]:
        """One address; raises `OSError` for a host that nobody serves."""
        if host not in self._targets and not self._endpoints.serves(host):
            raise OSError(f"no such host: {host}")
        return [_ADDRESS]

    def open(self, _address: str, host: str, _timeout_seconds: float) -> Connection:
        """Connect, or not: a lost request is a time-out, whose seconds `at_once` lets pass."""
        if host not in self._targets:
            return _Served(host, self._asked)
        task = self._scheduler.current
        vantage = str(task.locals["region"]) if task is not None else ""
        if not self.conditions().answers_probes(vantage, self._targets[host]):
            self._lost = True
            raise TimeoutError
        return _Answering(self.answer or self._healthy(self._targets[host]))

    def at_once(
        self, tasks: Mapping[str, Callable[[], Done]], seconds: float
    ) -> Mapping[str, Done]:
        """One after the other, which takes as long as side by side: nothing switches between."""
        self._lost, self._seconds = False, 0.0
        try:
            return {name: task() for name, task in tasks.items()}
        finally:
            takes = seconds if self._lost else min(self._seconds, seconds)
            if takes and self._scheduler.current is not None:
                self._scheduler.sleep(takes)

    def _healthy(self, target: str) -> bytes:
        """What is said of every region, and whether this one takes writes."""
        said = dict(self._said)
        if self.takes_writes is not None:
            said["writes"] = {"accepting": self.takes_writes(target)}
        body = json.dumps(said).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)

    def _asked(self, probe: Probe) -> Answer:
        answer = self._endpoints.get(probe)
        if answer is None:
            self._lost = True
            raise TimeoutError
        self._seconds = max(self._seconds, answer.seconds)
        return answer
