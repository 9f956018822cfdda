"""A TLS server on loopback, and the real public path with names that lead there."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from autopilot.adapters.https_exchange import Connection
from autopilot.adapters.public_path import SystemPublicPath

HOST: Final = "eu-central-1.api.example.com"
LOOPBACK: Final = "127.0.0.1"
OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Serve = Callable[[ssl.SSLSocket], None]


def answering(answer: bytes) -> Serve:
    """Send this and close."""

    def serve(connection: ssl.SSLSocket) -> None:
        connection.sendall(answer)

    return serve


@dataclass
class TlsServer:
    """One server on loopback; what it was asked is kept."""

    context: ssl.SSLContext
    serve: Serve = field(default_factory=lambda: answering(OK))
    requests: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen."""
        self.listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self.listener.getsockname()[1]
        self.context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(plain,), daemon=True).start()

    def _answer(self, plain: socket.socket) -> None:
        try:
            with closing(self.context.wrap_socket(plain, server_side=True)) as connection:
                self.requests.append(connection.recv(65_536))
                self.serve(connection)
        except OSError:
            return  # the prober was not content, and has gone


class LocalPath(SystemPublicPath):
    """The real path, with names that lead where a test says."""

    def __init__(self, names: Mapping[str, Sequence[str]], authority: Path, port: int) -> None:
        """Trust this authority only."""
        super().__init__(context=ssl.create_default_context(cafile=str(authority)), port=port)
        self.names = names
        self.resolved: list[str] = []
        self.opened: list[str] = []

    def resolve(self, host: str) -> Sequence[str]:
        """The addresses that the test gave it."""
        self.resolved.append(host)
        return self.names[host]

    def open(self, address: str, host: str, timeout_seconds: float) -> Connection:
        """Connect as ever, and remember where."""
        self.opened.append(address)
        return super().open(address, host, timeout_seconds)
