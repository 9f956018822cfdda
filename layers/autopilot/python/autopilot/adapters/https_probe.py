"""Probes the profile's addresses over the public path, and nothing else.

What a request forger could use is closed: https only, no proxy, no redirect, no credentials, no
address that is not public. Every address of the host is checked, and the connection goes to one
of those very addresses, so that a second look-up cannot lead elsewhere (DNS rebinding), while
certificate and server name are those of the host. Of an answer nothing is kept but its status.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, Protocol, TypeAlias

from autopilot.domain.probes import Outcome, ProbeResult

_URL: Final = re.compile(r"https://(?P<host>[a-z0-9][a-z0-9.-]*)(?P<path>(/[A-Za-z0-9._~-]*)*)")
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)[ \r]")
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n", re.IGNORECASE)
_END_OF_HEAD: Final = b"\r\n\r\n"
_CHUNK_BYTES: Final = 65_536
_SUCCESS: Final = range(200, 300)
#: Networks that carry another address inside theirs, which routers may unpack (RFC 6052, 3056,
#: 4380), and deprecated site-local addresses (RFC 3879).
_TUNNELS: Final = tuple(
    ipaddress.ip_network(each)
    for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10")
)
_V4_IN_V6: Final = ipaddress.ip_network("::/32")  #: mapped and compatible addresses

Probe: TypeAlias = Callable[[], ProbeResult]


class Connection(Protocol):
    """An open TLS connection whose certificate was verified for the host: an `ssl.SSLSocket`."""

    def settimeout(self, seconds: float, /) -> None:
        """Bound the next operation."""
        ...

    def sendall(self, data: bytes, /) -> None:
        """Send all of it."""
        ...

    def recv(self, most: int, /) -> bytes:
        """At most so many bytes; none at the end of the answer."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class PublicPath(Protocol):
    """The way out. Raises `OSError` as sockets do, `ssl.SSLError` among them."""

    def resolve(self, host: str) -> Sequence[str]:
        """Every address of a host."""
        ...

    def open(self, address: str, host: str, timeout_seconds: float) -> Connection:
        """Connect to `address` on port 443 and verify that it is `host`."""
        ...

    def at_once(self, probes: Mapping[str, Probe], seconds: float) -> Mapping[str, ProbeResult]:
        """Make all probes side by side; one that takes longer is left out of the answer."""
        ...


@lru_cache(maxsize=256)
def is_public(address: str) -> bool:
    """Whether an address is one of the public internet, and no tunnel into anything else."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    special = parsed.is_multicast or parsed.is_reserved or parsed.is_unspecified
    if special or parsed.is_loopback or parsed.is_link_local or not parsed.is_global:
        return False
    if isinstance(parsed, ipaddress.IPv4Address):
        return True
    return parsed not in _V4_IN_V6 and not any(parsed in network for network in _TUNNELS)


class _Refusal(Exception):
    """Our own rules forbid this probe."""


class _Failure(Exception):
    """The answer is not a good one."""


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
        deadline = time.monotonic() + self.timeout_seconds
        try:
            self._ask(url, deadline)
        except _Refusal as refusal:
            return ProbeResult(Outcome.REFUSED, str(refusal))
        except (OSError, _Failure) as failure:
            return ProbeResult(Outcome.FAILED, self._words(failure))
        return ProbeResult(Outcome.GOOD)

    def _ask(self, url: str, deadline: float) -> None:
        host, path = _parts(url)
        connection = self._connect(host, self._addresses(host), deadline)
        try:
            connection.sendall(_request(host, path))
            self._judge(connection, deadline)
        finally:
            connection.close()

    def _addresses(self, host: str) -> Sequence[str]:
        """All addresses of the host; one that is not public spoils the others."""
        addresses = self.path.resolve(host)
        for address in addresses:
            if not self.allowed(address):
                message = f"{host} resolves to {address}, which is not a public address"
                raise _Refusal(message)
        return addresses

    def _connect(self, host: str, addresses: Sequence[str], deadline: float) -> Connection:
        """The first address that can be connected to: one stack of two may lead nowhere."""
        problem: OSError = ConnectionError("no address")
        for address in addresses:
            try:
                return self.path.open(address, host, _left(deadline))
            except ssl.SSLError:
                raise
            except OSError as error:
                problem = error
        raise problem

    def _judge(self, connection: Connection, deadline: float) -> None:
        """Read up to the end of the answer, which the server closes, and look at its status."""
        answer = bytearray()
        while True:
            connection.settimeout(_left(deadline))
            received = connection.recv(_CHUNK_BYTES)
            answer += received
            if len(answer) > self.bytes_max:
                message = f"more than {self.bytes_max} bytes"
                raise _Failure(message)
            if not received:
                break
        _check(bytes(answer))

    def _words(self, failure: Exception) -> str:
        """Our own words: the other side's could be anything, and end in logs and pages."""
        if isinstance(failure, _Failure):
            return str(failure)
        if isinstance(failure, TimeoutError):
            return f"no answer within {self.timeout_seconds:g} s"
        if isinstance(failure, ssl.SSLCertVerificationError):
            return "its certificate could not be verified"
        return f"no connection ({type(failure).__name__})"


def _parts(url: str) -> tuple[str, str]:
    """Host and path; the profile allows nothing else in an address, and neither does this."""
    parts = _URL.fullmatch(url)
    if parts is None:
        message = "expected https, a host and a path; correct the profile's probes section"
        raise _Refusal(message)
    return parts["host"], parts["path"] or "/"


def _request(host: str, path: str) -> bytes:
    """With `close` the server ends the connection after its answer (RFC 9112, section 9.6)."""
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: runbook-autopilot-probe\r\n"
    return f"{head}Accept: */*\r\nConnection: close\r\n\r\n".encode("ascii")


def _check(answer: bytes) -> None:
    status = _STATUS.match(answer)
    head, end, body = answer.partition(_END_OF_HEAD)
    if status is None or not end:
        message = "no HTTP answer"
        raise _Failure(message)
    if int(status[1]) not in _SUCCESS:
        message = f"answered {int(status[1])}"
        raise _Failure(message)
    announced = _LENGTH.search(head + b"\r\n")
    if announced is not None and len(body) < int(announced[1]):
        message = "the answer broke off"
        raise _Failure(message)


def _left(deadline: float) -> float:
    """Seconds left for this probe; raises `TimeoutError` when there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
