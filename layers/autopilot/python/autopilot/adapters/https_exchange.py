"""One HTTPS exchange over the public path, and nothing that a request forger could use.

https only, no proxy, no redirect, no address that is not public. Every address of the host is
checked, and the connection goes to one of those very addresses, so that a second look-up cannot
lead elsewhere (DNS rebinding), while certificate and server name are those of the host.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol, TypeVar

_URL: Final = re.compile(r"https://(?P<host>[a-z0-9][a-z0-9.-]*)(?P<path>(/[A-Za-z0-9._~-]*)*)")
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)[ \r]")
_LENGTH: Final = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*\r\n", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)
_SIZE: Final = re.compile(rb"([0-9a-fA-F]{1,8})(;[^\r]*)?\r\n")
_END_OF_HEAD: Final = b"\r\n\r\n"
_BROKE_OFF: Final = "the answer broke off"
_RECEIVED_BYTES_MAX: Final = 65_536
#: Networks that carry another address inside theirs, which routers may unpack (RFC 6052, 3056,
#: 4380), and deprecated site-local addresses (RFC 3879).
_TUNNELS: Final = tuple(
    ipaddress.ip_network(each)
    for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10")
)
_V4_IN_V6: Final = ipaddress.ip_network("::/32")  #: mapped and compatible addresses

Done = TypeVar("Done")


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

    def at_once(
        self, tasks: Mapping[str, Callable[[], Done]], seconds: float
    ) -> Mapping[str, Done]:
        """Do all tasks side by side; one that takes longer is left out of the answer."""
        ...


class Forbidden(Exception):
    """Our own rules forbid this exchange, so that nothing was sent."""


class Failed(Exception):
    """The answer is none that can be used; says so in our words, never in those of the answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """The bounds of one exchange."""

    path: PublicPath
    deadline: float  #: on the monotonic clock: look-up, handshake and the last byte
    bytes_max: int  #: of the whole answer
    allowed: Callable[[str], bool]

    def connect(self, host: str) -> Connection:
        """The first address that can be connected to: one stack of two may lead nowhere."""
        problem: OSError = ConnectionError("no address")
        for address in self._addresses(host):
            try:
                return self.path.open(address, host, self._left())
            except ssl.SSLError:
                raise
            except OSError as error:
                problem = error
        raise problem

    def ask(self, connection: Connection, request: bytes) -> Answer:
        """Send a request and read up to the end of the answer, where the server closes."""
        connection.settimeout(self._left())
        connection.sendall(request)
        answer = bytearray()
        while True:
            connection.settimeout(self._left())
            received = connection.recv(_RECEIVED_BYTES_MAX)
            answer += received
            if len(answer) > self.bytes_max:
                message = f"more than {self.bytes_max} bytes"
                raise Failed(message)
            if not received:
                return _parsed(bytes(answer))

    def _addresses(self, host: str) -> Sequence[str]:
        """All addresses of the host; one that is not public spoils the others."""
        addresses = self.path.resolve(host)
        for address in addresses:
            if not self.allowed(address):
                message = f"{host} resolves to {address}, which is not a public address"
                raise Forbidden(message)
        return addresses

    def _left(self) -> float:
        """Seconds left for this exchange; raises `TimeoutError` when there are none."""
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


def parts_of(url: str) -> tuple[str, str]:
    """Host and path; the profile allows nothing else in an address, and neither does this."""
    parts = _URL.fullmatch(url)
    if parts is None:
        message = "expected https, a host and a path; correct the profile"
        raise Forbidden(message)
    return parts["host"], parts["path"] or "/"


def request_of(method: str, host: str, path: str, *, accept: str, body: bytes | None) -> bytes:
    """With `close` the server ends the connection after its answer (RFC 9112, section 9.6)."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        "User-Agent: runbook-autopilot",
        f"Accept: {accept}",
        "Connection: close",
    ]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + (body or b"")


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


def _parsed(answer: bytes) -> Answer:
    status = _STATUS.match(answer)
    head, end, body = answer.partition(_END_OF_HEAD)
    if status is None or not end:
        message = "no HTTP answer"
        raise Failed(message)
    fields = head + b"\r\n"
    if _CHUNKED.search(fields):
        return Answer(int(status[1]), b"".join(_chunks(body)))
    announced = _LENGTH.search(fields)
    if announced is not None and len(body) < int(announced[1]):
        raise Failed(_BROKE_OFF)
    return Answer(int(status[1]), body)


def _chunks(body: bytes) -> Iterator[bytes]:
    """The parts of a body sent in chunks, up to the empty one (RFC 9112, section 7.1)."""
    at = 0
    while (size := _SIZE.match(body, at)) is not None:
        begin, length = size.end(), int(size[1], 16)
        if not length:
            return
        at = begin + length + len(b"\r\n")
        yield body[begin : begin + length]
    raise Failed(_BROKE_OFF)
