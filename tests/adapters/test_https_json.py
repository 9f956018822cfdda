"""JSON over the strict public path: asked for and posted, once, within a time and a size."""

from __future__ import annotations

import ssl
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from autopilot.adapters.https_json import BODY_BYTES_MAX, HttpsJson
from autopilot.adapters.public_path import SystemPublicPath
from autopilot.errors import Refused, Transient, Unanswered
from autopilot.ports import EndpointAnswer
from tests.adapters.tls import HOST, LOOPBACK, LocalPath, TlsServer, answering

URL: Final = f"https://{HOST}/health/detailed"
TIMEOUT_SECONDS: Final = 0.6


def answer_of(body: bytes, *, status: str = "200 OK", fields: str = "") -> bytes:
    """An answer that says how long it is."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{fields}\r\n"
    return head.encode() + body


def client(path: SystemPublicPath) -> HttpsJson:
    """One to which loopback counts as public."""
    return HttpsJson(path, TIMEOUT_SECONDS, lambda address: address == LOOPBACK)


def test_the_body_of_an_answer_is_read_as_json(server: TlsServer, path: LocalPath) -> None:
    """Whatever its status is: a service that is ill says so in its body."""
    server.serve = answering(answer_of(b'{"status": "ill"}', status="503 Service Unavailable"))
    assert client(path).get_json(URL) == EndpointAnswer(503, {"status": "ill"})
    assert server.requests[0].startswith(b"GET /health/detailed HTTP/1.1\r\n")


def test_a_body_in_chunks_is_put_together(server: TlsServer, path: LocalPath) -> None:
    """RFC 9112, section 7.1, with an extension that is to be ignored."""
    chunks = b'5;x=1\r\n{"a":\r\n3\r\n 1}\r\n0\r\n\r\n'
    server.serve = answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    assert client(path).get_json(URL) == EndpointAnswer(200, {"a": 1})


@pytest.mark.parametrize("chunks", [b"", b'5\r\n{"a":\r\n', b"zz\r\n", b'ff\r\n{"a": 1}'])
def test_chunks_without_an_end_are_no_answer(
    server: TlsServer, path: LocalPath, chunks: bytes
) -> None:
    """What broke off might have said something else."""
    server.serve = answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    with pytest.raises(Transient, match="broke off"):
        client(path).get_json(URL)


def test_a_body_that_is_no_json_is_none(server: TlsServer, path: LocalPath) -> None:
    """The status still says something."""
    server.serve = answering(answer_of(b"<html>"))
    assert client(path).get_json(URL) == EndpointAnswer(200, None)


def test_an_answer_that_is_too_large_is_none(server: TlsServer, path: LocalPath) -> None:
    """It could be without an end."""
    server.serve = answering(answer_of(b" " * BODY_BYTES_MAX))
    with pytest.raises(Transient, match=f"more than {BODY_BYTES_MAX} bytes"):
        client(path).get_json(URL)


@pytest.mark.parametrize("url", [f"http://{HOST}/", f"https://{HOST}:1/", f"https://x@{HOST}/"])
def test_an_address_that_the_profile_cannot_hold_is_refused(path: LocalPath, url: str) -> None:
    """Before any name is looked up."""
    with pytest.raises(Refused, match="expected https, a host and a path"):
        client(path).get_json(url)
    assert path.resolved == []


def test_a_host_that_leads_inside_is_sent_nothing(authority: Path) -> None:
    """Instance metadata, by whatever name."""
    path = LocalPath({HOST: ["169.254.169.254"]}, authority, 1)
    with pytest.raises(Transient, match="not a public address") as refused:
        HttpsJson(path).post(HOST, "/", {"routing_key": "secret"})
    assert not isinstance(refused.value, Unanswered)
    assert path.opened == []


def test_json_is_posted_to_the_path_and_the_status_comes_back(
    server: TlsServer, path: LocalPath
) -> None:
    """Once, with its length."""
    server.serve = answering(answer_of(b"", status="202 Accepted"))
    assert client(path).post(HOST, "/v2/enqueue", {"a": "ä"}) == 202
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v2/enqueue HTTP/1.1\r\n")
    assert f"Content-Length: {len(body)}".encode() in head
    assert body == b'{"a": "\\u00e4"}'


def test_a_redirect_is_an_answer_and_not_followed(server: TlsServer, path: LocalPath) -> None:
    """Whoever can answer for the host must not choose another."""
    elsewhere = answer_of(b"", status="307 Temporary Redirect", fields="Location: /elsewhere\r\n")
    server.serve = answering(elsewhere)
    assert client(path).post(HOST, "/", {}) == 307
    assert len(server.requests) == 1


def test_a_host_that_nobody_vouches_for_is_sent_nothing(server: TlsServer) -> None:
    """The routing key is in the body."""

    class Local(SystemPublicPath):
        def resolve(self, _host: str) -> Sequence[str]:
            return [LOOPBACK]

    with pytest.raises(Transient, match="not reached: SSLCertVerificationError") as refused:
        client(Local(port=server.port)).post(HOST, "/", {"routing_key": "secret"})
    assert not isinstance(refused.value, Unanswered)
    assert server.requests == []


def test_a_host_under_another_name_is_sent_nothing(server: TlsServer, path: LocalPath) -> None:
    """Its certificate is another's."""
    path.names = {"other.example.com": [LOOPBACK]}
    with pytest.raises(Transient, match="SSLCertVerificationError"):
        client(path).post("other.example.com", "/", {})
    assert server.requests == []


def test_a_host_that_takes_it_and_says_nothing_leaves_it_open(
    server: TlsServer, path: LocalPath
) -> None:
    """After the time is over, and no second try."""

    def silent(_connection: ssl.SSLSocket) -> None:
        time.sleep(3 * TIMEOUT_SECONDS)

    server.serve = silent
    with pytest.raises(Unanswered):
        client(path).post(HOST, "/", {})
    assert len(server.requests) == 1


def test_a_host_that_is_not_there_was_not_reached(authority: Path) -> None:
    """Nothing listens on that port."""
    path = LocalPath({HOST: [LOOPBACK]}, authority, 1)
    with pytest.raises(Transient, match="was not reached: ConnectionRefusedError"):
        client(path).post(HOST, "/", {})


def test_what_is_too_large_is_not_sent(path: LocalPath) -> None:
    """A page is small; what is not is a mistake."""
    with pytest.raises(Transient, match=f"at most {BODY_BYTES_MAX} bytes"):
        client(path).post(HOST, "/", {"a": "x" * BODY_BYTES_MAX})
    assert path.resolved == []
