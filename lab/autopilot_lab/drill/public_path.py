"""The public path in the lab: every address of the profile, answered from the simulated world.

The prober is the product's own; it is given this instead of a resolver, sockets and threads. An
answer takes no virtual time, a probe that gets lost takes all the time it may.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from autopilot.adapters.https_probe import Connection, Probe
from autopilot.domain.contradictions import host_of
from autopilot.domain.probes import ProbeResult
from autopilot.domain.profile import Profile
from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.world.faults import Conditions

#: Some public address: nothing is ever connected to it.
_ADDRESS = "99.0.0.1"
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class _Answering:
    """A connection to something that is well."""

    def __init__(self) -> None:
        self._parts = [b"", _ANSWER]

    def settimeout(self, _seconds: float, /) -> None:
        """It never waits."""

    def sendall(self, _data: bytes, /) -> None:
        """Whatever is asked, the answer is the same."""

    def recv(self, _most: int, /) -> bytes:
        """The answer, then its end."""
        return self._parts.pop()

    def close(self) -> None:
        """Nothing is held."""


class ServedPath:
    """Answers, or lets a probe get lost, as the world stands and by who asks."""

    def __init__(self, scheduler: Scheduler, profile: Profile) -> None:
        """Everything answers until `conditions` says otherwise."""
        self.conditions: Callable[[], Conditions] = Conditions
        self._scheduler = scheduler
        self._targets = {host_of(url): name for name, url in profile.probes.urls.items()}
        self._lost = False

    def resolve(self, host: str) -> Sequence[str]:
        """One address; raises `OSError` for a host that the profile does not have."""
        if host not in self._targets:
            raise OSError(f"no such host: {host}")
        return [_ADDRESS]

    def open(self, _address: str, host: str, _timeout_seconds: float) -> Connection:
        """Connect, or not: a lost probe is a time-out, whose seconds `at_once` lets pass."""
        task = self._scheduler.current
        vantage = str(task.locals["region"]) if task is not None else ""
        if not self.conditions().answers_probes(vantage, self._targets[host]):
            self._lost = True
            raise TimeoutError
        return _Answering()

    def at_once(self, probes: Mapping[str, Probe], seconds: float) -> Mapping[str, ProbeResult]:
        """One after the other, which takes as long as side by side: nothing switches between."""
        self._lost = False
        made = {name: probe() for name, probe in probes.items()}
        if self._lost:
            self._scheduler.sleep(seconds)
        return made
