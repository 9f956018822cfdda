"""The public path of this machine: its resolver, its sockets, its trusted authorities."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final

from autopilot.adapters.https_exchange import Connection, Done

PORT: Final = 443
#: More than are ever made at once: a look-up cannot be interrupted, and may hang in its thread.
THREADS: Final = 16


class SystemPublicPath:
    """Resolves, connects and waits with what the standard library has; asks no proxy."""

    def __init__(self, *, context: ssl.SSLContext | None = None, port: int = PORT) -> None:
        """Trust the authorities of this machine, unless told by a `context` whom to trust."""
        self._context = context or ssl.create_default_context()
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._port = port
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="public-path")

    def resolve(self, host: str) -> Sequence[str]:
        """Every address, those of IPv4 first: functions outside a network of ours have no other."""
        found = socket.getaddrinfo(host, self._port, type=socket.SOCK_STREAM)
        ordered = sorted(found, key=lambda one: one[0] is not socket.AF_INET)
        return list(dict.fromkeys(str(one[4][0]) for one in ordered))

    def open(self, address: str, host: str, timeout_seconds: float) -> Connection:
        """Connect to that address; verify certificate and name of the host."""
        plain = socket.create_connection((address, self._port), timeout_seconds)
        try:
            return self._context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    def at_once(
        self, tasks: Mapping[str, Callable[[], Done]], seconds: float
    ) -> Mapping[str, Done]:
        """Each task in a thread of its own; late ones are not waited for."""
        futures = {name: self._threads.submit(task) for name, task in tasks.items()}
        wait(futures.values(), timeout=seconds)
        return {name: future.result() for name, future in futures.items() if future.done()}
