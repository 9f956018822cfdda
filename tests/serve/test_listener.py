"""HTTP as clients speak it, and as web pages must not."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from queue import SimpleQueue
from threading import Thread

import pytest

from autopilot.errors import BadInput
from autopilot_lab.emulator.wire import Request, Response
from autopilot_lab.serve.exchange import Exchange, Inbox, Stop
from autopilot_lab.serve.listener import listening

SECONDS = 10


@pytest.fixture
def port() -> Iterator[int]:
    """A listener whose lab answers every request with what it was sent."""
    inbox: Inbox = SimpleQueue()
    echoing = Thread(target=echo, args=(inbox,))
    echoing.start()
    with listening(0, inbox) as opened:
        yield opened
    inbox.put(Stop())
    echoing.join()


def echo(inbox: Inbox) -> None:
    """Answer with method, path and body; close without an answer at /silence."""
    while isinstance(exchange := inbox.get(), Exchange):
        exchange.answer(None if exchange.request.url == "/silence" else told(exchange.request))


def told(request: Request) -> Response:
    """The echo of a request."""
    if request.url == "/nothing":
        return Response(204)
    body = f"{request.method} {request.url} ".encode() + request.body
    return Response(200, {"X-Told": "yes", "Content-Length": "999"}, body)


def ask(
    port: int, method: str = "GET", path: str = "/", **headers: str
) -> tuple[HTTPResponse, bytes]:
    """One request on a connection of its own."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as connection:
        connection.request(
            method, path, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )
        answer = connection.getresponse()
        return answer, answer.read()


def test_a_request_and_its_answer_arrive_whole(port: int) -> None:
    """The length is the body's, whatever the lab's own headers say."""
    answer, body = ask(port, path="/a%20b?c=d")
    assert (answer.status, answer.getheader("X-Told")) == (200, "yes")
    assert body == b"GET /a%20b?c=d "


def test_a_client_may_wait_for_leave_to_send_its_body(port: int) -> None:
    """`Expect: 100-continue` is answered before the body comes; the chunks are put together."""
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        connection.sendall(
            b"PUT /key HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        assert connection.recv(1024).startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert connection.recv(4096).endswith(b"PUT /key abcde")


def test_one_connection_carries_many_requests(port: int) -> None:
    """A connection stays open, also after answers without a body."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=SECONDS)) as connection:
        for method, path, length in (("HEAD", "/", 0), ("GET", "/nothing", 0), ("GET", "/", 6)):
            connection.request(method, path)
            assert len(connection.getresponse().read()) == length


def test_no_answer_closes_the_connection(port: int) -> None:
    """What a fault keeps back, the client misses."""
    with pytest.raises(ConnectionError):
        ask(port, path="/silence")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Host": "rebound.example.com"},
    ],
)
def test_web_pages_are_refused(port: int, headers: dict[str, str]) -> None:
    """A page in a visitor's browser cannot reach the lab, nor can a name bound to loopback."""
    answer, _ = ask(port, "POST", **headers)
    assert answer.status == 403


def test_a_body_that_is_none_is_refused(port: int) -> None:
    """A wrong length is the client's mistake, and said so."""
    answer, body = ask(port, "PUT", Content_Length="many")
    assert answer.status == 400
    assert b"many" in body


def test_a_port_that_is_taken_is_refused_with_what_to_do(port: int) -> None:
    """Two labs do not share a port; the message says how to go on."""
    with pytest.raises(BadInput, match="--port 4567"), listening(port, SimpleQueue()):
        pass


def test_the_lab_is_a_proxy_for_its_own_names(port: int) -> None:
    """The absolute form of a target is accepted, and its host is the one that counts."""
    _, body = ask(port, path="http://123456789012.localhost:4566/a?b=c")
    assert body == b"GET /a?b=c "
    answer, _ = ask(port, path="http://rebound.example.com/")
    assert answer.status == 403
