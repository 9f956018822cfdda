"""HTTP on loopback: threads that read requests, queue them, and write the answers.

Functions that clients upload run in this process. A web page must therefore not be able to send
requests here from a visitor's browser: whatever a browser marks as its own is refused, and so are
host names that are not this machine's (names can be rebound to 127.0.0.1 by whoever owns them).
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from autopilot.errors import BadInput, Problem
from autopilot_lab.emulator.wire import Request, Response
from autopilot_lab.serve.bodies import BadBody, read_body
from autopilot_lab.serve.exchange import Exchange, Inbox

HOST: Final = "127.0.0.1"
_IDLE_SECONDS: Final = 65
_SHUTDOWN_POLL_SECONDS: Final = 0.05
_OWN_NAMES: Final = ("localhost", HOST, "[::1]")
_OWN_HEADERS: Final = frozenset({"connection", "content-length", "date", "server"})
_WITHOUT_BODY: Final = frozenset({204, 304})
_BROWSER_HEADERS: Final = ("origin", "sec-fetch-site", "sec-fetch-mode")


@contextmanager
def listening(port: int, inbox: Inbox) -> Iterator[int]:
    """Accept connections on a port of loopback until the exit; give the port.

    Port 0 takes a free one. Raises `BadInput` when the port is taken.
    """
    try:
        server = _Server(port, inbox)
    except OSError as error:
        raise _refused(port, error) from error
    thread = Thread(target=server.serve_forever, args=(_SHUTDOWN_POLL_SECONDS,), daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def _refused(port: int, error: OSError) -> BadInput:
    problem = Problem("--port", "a port of this machine that is free", f"{port}: {error.strerror}")
    advice = (
        "Another lab may be running there: use it, or stop it with Ctrl-C. "
        "Or choose another port, as in: autopilot local --port 4567 (0 takes any that is free)."
    )
    return BadInput("the command", [problem], advice)


class _Server(ThreadingHTTPServer):
    """One thread for each connection; none of them outlives the process."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, port: int, inbox: Inbox) -> None:
        self.inbox = inbox
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking a name server who 127.0.0.1 is."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to tell."""


class _Handler(BaseHTTPRequestHandler):
    """Reads one request after the other from a connection."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _IDLE_SECONDS

    def _serve(self) -> None:
        try:
            headers, body = read_body(self.rfile, self._lower_headers())
        except BadBody as error:
            self.close_connection = True
            self._write(_plain(400, "BadRequest", str(error)))
            return
        target, headers = _in_origin_form(self.path, headers)
        if _is_foreign(headers):
            self._write(_plain(403, "AccessDenied", "the lab takes no requests from web pages"))
            return
        exchange = Exchange(Request(self.command, target, headers, body))
        self.server.inbox.put(exchange)
        answer = exchange.wait()
        if answer is None:
            self.close_connection = True
        else:
            self._write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815

    def _lower_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    def _write(self, answer: Response) -> None:
        """Send status, headers and body in one piece."""
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in _OWN_HEADERS | {"transfer-encoding"}:
                self.send_header(name, value)
        for name, value in self._framing(answer):
            self.send_header(name, value)
        has_body = self.command != "HEAD" and answer.status not in _WITHOUT_BODY
        buffer: Any = self
        buffer._headers_buffer.append(b"\r\n" + (answer.body if has_body else b""))
        self.flush_headers()

    def _framing(self, answer: Response) -> Iterator[tuple[str, str]]:
        if self.close_connection:
            yield "Connection", "close"
        given = {name.lower(): value for name, value in answer.headers.items()}
        if self.command == "HEAD":
            yield "Content-Length", str(given.get("content-length", len(answer.body)))
        elif answer.status not in _WITHOUT_BODY:
            yield "Content-Length", str(len(answer.body))

    def version_string(self) -> str:
        """What the Server header says."""
        return "autopilot-lab"

    def log_message(self, *_: Any) -> None:
        """Say nothing on standard error; the lab keeps a log of its own."""


def _in_origin_form(target: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
    """Path and query, with the host that a client named for which the lab is a proxy.

    Names below `localhost`, such as those of S3 Control, are then nobody's to resolve
    (RFC 9112, 3.2.2: the absolute form is accepted, and its host replaces the header's).
    """
    split = urlsplit(target)
    if not split.scheme:
        return target, headers
    return urlunsplit(("", "", split.path or "/", split.query, "")), {
        **headers,
        "host": split.netloc,
    }


def _is_foreign(headers: dict[str, str]) -> bool:
    host = headers.get("host", HOST)
    name = host if host.endswith("]") else host.rsplit(":", 1)[0]
    own = name in _OWN_NAMES or name.endswith(".localhost")
    return not own or any(header in headers for header in _BROWSER_HEADERS)


def _plain(status: int, code: str, message: str) -> Response:
    body = json.dumps({"__type": code, "message": message}).encode()
    return Response(status, {"content-type": "application/json"}, body)
