"""Nothing leaves this machine: a connection to anything but loopback is refused."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class NetworkRefused(ConnectionRefusedError):
    """Something tried to reach a host other than this machine."""


def _is_loopback(host: object) -> bool:
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def _refuse(address: object) -> None:
    raise NetworkRefused(f"the lab reaches nothing but loopback; refused {address!r}")


@contextmanager
def loopback_only() -> Iterator[None]:
    """Refuse to connect to, or to look up, any host but loopback until the exit."""
    real_connect, real_lookup = socket.socket.connect, socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(address[0]):
            _refuse(address)
        real_connect(self, address)

    def lookup(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host is not None and not _is_loopback(host):
            _refuse(host)
        return real_lookup(host, *args, **kwargs)

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]
    socket.getaddrinfo = lookup
    try:
        yield
    finally:
        socket.socket.connect = real_connect  # type: ignore[method-assign]
        socket.getaddrinfo = real_lookup
